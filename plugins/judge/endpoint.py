"""An endpoint that speaks OpenAI's chat completions, asked for one judgement.

Importing this module imports the OpenAI client, which takes the better part of a
second; the judge does so at its first question, in a thread.
"""

import asyncio
import math
import ssl
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import httpx
from openai import (
    APIConnectionError,
    APIStatusError,
    AsyncOpenAI,
    DefaultAsyncHttpxClient,
)

from .failure import JudgeFailure
from .prompt import verdict_schema
from .settings import JudgeSettings


MOST_BYTES = 65_536
_MOST_TOKENS = 400
_PAUSE = 0.2
_UNSUPPORTED = (400, 422)
_WORTH_A_RETRY = (429, 500, 502, 503, 504, 529)
_MAY_BE_THE_TEXT = (400, 413, 422)

Messages = Sequence[Mapping[str, str]]


@cache
def _certificates() -> ssl.SSLContext:
    """Whom to trust; reading it takes 20 ms, which judges need not spend each."""
    return httpx.create_ssl_context()


class Endpoint:
    """Sends questions and returns the bytes of answers; belongs to one event loop.

    Args:
        settings: address, key and model.
        temperature: 0 for the likeliest answer.
        sending: called before each request.
    """

    def __init__(
        self, settings: JudgeSettings, temperature: float, sending: Callable[[], None]
    ) -> None:
        self._model = settings.model
        self._sending = sending
        self._client = AsyncOpenAI(
            base_url=settings.base_url,
            api_key=settings.key.reveal(),
            # One deadline covers everything, and is not kept here; nor are retries,
            # because the client would wait for minutes if the endpoint says so.
            timeout=None,
            max_retries=0,
            # No connection outlives its answer, so there is nothing to close and no
            # answer to an earlier question to be taken for one to this.
            default_headers={"Connection": "close", "Accept-Encoding": "identity"},
            http_client=DefaultAsyncHttpxClient(
                follow_redirects=False,
                event_hooks={"response": [_drop_errors]},
                verify=_certificates(),
            ),
        )
        # The client reads these from the environment: names of an account with
        # OpenAI, which are no business of another endpoint.
        self._client.organization = self._client.project = None
        self._options: Mapping[str, Any] = {
            "temperature": temperature,
            "max_tokens": _MOST_TOKENS,
            "response_format": {
                "type": "json_schema",
                "json_schema": {
                    "name": "verdict",
                    "strict": True,
                    "schema": verdict_schema(),
                },
            },
        }

    async def ask(self, messages: Messages, deadline: float) -> bytes:
        """The body of the answer; the caller ends this at `deadline`, in loop time.

        Raises:
            JudgeFailure: the endpoint is down, or answers with an error.
        """
        try:
            return await self._try_twice(messages, self._options, deadline)
        except APIStatusError as error:
            if error.status_code not in _UNSUPPORTED or not self._options:
                raise _status_failure(error.status_code) from None
        # It may not know one of the options; without any it may do.
        try:
            body = await self._try_twice(messages, {}, deadline)
        except APIStatusError as error:
            raise _status_failure(error.status_code) from None
        self._options = {}
        return body

    async def _try_twice(
        self, messages: Messages, options: Mapping[str, Any], deadline: float
    ) -> bytes:
        try:
            return await self._send(messages, options)
        except APIStatusError as error:
            pause = _pause(error)
            if not _fits(pause, deadline):
                raise
        except JudgeFailure as failure:
            pause = _PAUSE
            if failure.code != "judge_unreachable" or not _fits(pause, deadline):
                raise
        await asyncio.sleep(pause)
        return await self._send(messages, options)

    async def _send(self, messages: Messages, options: Mapping[str, Any]) -> bytes:
        create: Any = self._client.chat.completions.with_streaming_response.create
        request = create(model=self._model, messages=list(messages), **options)
        self._sending()
        try:
            async with request as response:
                return await _body(response.http_response)
        except (APIStatusError, JudgeFailure):
            raise
        except APIConnectionError:
            raise _unreachable("it cannot be reached") from None
        # A connection that breaks later raises an error of httpx or of httpx2,
        # whichever this version of the client stands on.
        except Exception:  # noqa: BLE001
            raise _unreachable("the connection broke") from None


async def _body(response: Any) -> bytes:
    """At most `MOST_BYTES`, as sent: what is compressed is no JSON here, nor a bomb."""
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MOST_BYTES:
            why = f"malformed: its answer is longer than {MOST_BYTES} bytes"
            raise JudgeFailure("judge_malformed", why, down=True)
    return bytes(body)


async def _drop_errors(response: Any) -> None:
    """Close an error before its body is read: the client would read it to the end."""
    if response.status_code >= 300:
        await response.aclose()


def _pause(error: APIStatusError) -> float:
    """Seconds to wait before another try; infinite when none is worth it."""
    if error.status_code not in _WORTH_A_RETRY:
        return math.inf
    wanted = error.response.headers.get("retry-after")
    if wanted is None:
        return _PAUSE
    try:
        seconds = float(wanted)
    except ValueError:  # a date, or nonsense; neither is soon
        return math.inf
    return seconds if seconds >= 0 else math.inf


def _fits(pause: float, deadline: float) -> bool:
    return asyncio.get_running_loop().time() + pause < deadline


def _status_failure(status: int) -> JudgeFailure:
    why = f"the judge's endpoint answered {status}"
    match status:
        case 401 | 403:
            return JudgeFailure("judge_refused", why, down=True)
        case 429:
            return JudgeFailure("judge_overloaded", why, down=True)
    return JudgeFailure("judge_error", why, down=status not in _MAY_BE_THE_TEXT)


def _unreachable(why: str) -> JudgeFailure:
    return JudgeFailure("judge_unreachable", f"the judge's endpoint: {why}", down=True)
