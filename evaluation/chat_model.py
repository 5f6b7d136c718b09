"""A language model behind an endpoint that speaks OpenAI's chat completions.

Importing this module imports the OpenAI client, which takes a second; import it only
where a model is really asked.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Self

from attrs import frozen
from openai import (
    APIConnectionError,
    APIStatusError,
    AsyncOpenAI,
    BadRequestError,
    OpenAIError,
    UnprocessableEntityError,
)

from ..core.documents import decode_document
from ..core.errors import InvalidInput
from .model_policy import Message, ModelError
from .secret import Secret


_RETRIES = 1
_DETAIL_SHOWN = 120


@frozen
class _Request:
    """What a request asks for beyond the messages.

    Endpoints differ in what they take, and say so with a 400 or 422.
    """

    form: str = "json_schema"
    temperature: bool = True

    def simpler(self, complaint: str) -> "_Request | None":
        """The next thing to try after a complaint; None when nothing is left."""
        if self.temperature and "temperature" in complaint:
            return _Request(self.form, temperature=False)
        match self.form:
            case "json_schema":
                return _Request("json_object", self.temperature)
            case "json_object":
                return _Request("text", self.temperature)
        return None

    def options(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """The request's fields."""
        options: dict[str, Any] = {"temperature": 0} if self.temperature else {}
        match self.form:
            case "json_schema":
                options["response_format"] = {
                    "type": "json_schema",
                    "json_schema": {
                        "name": "support_queue_action",
                        "strict": True,
                        "schema": schema,
                    },
                }
            case "json_object":
                options["response_format"] = {"type": "json_object"}
        return options


class ChatModel:
    """One model at one endpoint; a context manager.

    Args:
        base_url: of the endpoint, `https://…/v1`.
        name: of the model.
        token: the endpoint's key. No error and no reply carries it.
        timeout: seconds for one `complete`, whatever the endpoint does: retries,
            fallbacks and a reply that trickles in byte by byte included.
    """

    def __init__(self, base_url: str, name: str, token: Secret, timeout: float) -> None:
        self._name = name
        self._token = token
        self._timeout = timeout
        self._client = AsyncOpenAI(
            api_key=token.reveal(),
            base_url=base_url,
            timeout=timeout,
            max_retries=_RETRIES,
        )
        # The asynchronous client, because only there a deadline can end a call.
        self._runner = asyncio.Runner()
        self._request = _Request()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Drop the connections; calling it twice is harmless."""
        if not self._client.is_closed():
            self._runner.run(self._client.close())
        self._runner.close()

    @property
    def name(self) -> str:
        """The model's name."""
        return self._name

    def complete(self, messages: Sequence[Message], schema: Mapping[str, Any]) -> str:
        """The text of the model's reply; empty when it said nothing.

        Raises:
            ModelError: the endpoint is down, slow or talks something else, or the
                model refused.
        """
        try:
            body = self._runner.run(self._ask(messages, schema))
        except TimeoutError:
            raise ModelError(
                f"the model gave no answer within {self._timeout:g} seconds"
            ) from None
        except OpenAIError as error:
            raise ModelError(_explained(error, self._token)) from None
        reply = _text_of(body, self._token)
        if self._token.is_in(reply):
            raise ModelError("the model's reply repeats the token of its endpoint")
        return reply

    async def _ask(self, messages: Sequence[Message], schema: Mapping[str, Any]) -> str:
        async with asyncio.timeout(self._timeout):
            request = self._request
            while True:
                try:
                    body = await self._send(messages, request.options(schema))
                except (BadRequestError, UnprocessableEntityError) as error:
                    simpler = request.simpler(error.message)
                    if simpler is None:
                        raise
                    request = simpler
                else:
                    self._request = request
                    return body

    async def _send(
        self, messages: Sequence[Message], options: Mapping[str, Any]
    ) -> str:
        create: Any = self._client.chat.completions.with_raw_response.create
        raw = await create(model=self._name, messages=list(messages), **options)
        # The body itself: the client's own reading of it accepts any shape at all.
        body: str = raw.http_response.text
        return body


def _text_of(body: str, token: Secret) -> str:
    try:
        document = decode_document(body, "completion")
    except InvalidInput as error:
        begin = _shown(body, token)
        raise ModelError(f"the endpoint sent an {error}; it begins: {begin}") from None
    match document:
        case {"choices": [{"message": {"refusal": str(reason)}}, *_]} if reason:
            raise ModelError(f"the model refused: {_shown(reason, token)}")
        case {"choices": [{"message": {"content": str(content)}}, *_]}:
            return content
        case {"choices": [{"message": {}}, *_]}:
            return ""
    raise ModelError("the endpoint sent a completion without a message")


def _explained(error: OpenAIError, token: Secret) -> str:
    match error:
        case APIStatusError():
            reason = _shown(_reason(error), token) or "no reason given"
            return f"the endpoint answered {error.status_code}: {reason}"
        case APIConnectionError():
            cause = _shown(str(error.__cause__ or error), token)
            return f"the endpoint cannot be reached: {cause}"
    return f"the endpoint failed: {_shown(str(error), token)}"


def _reason(error: APIStatusError) -> str:
    match error.body:
        case {"message": str(message)}:
            return message
    return error.response.text


def _shown(text: str, token: Secret) -> str:
    """The begin of a text. The token goes first: a cut could leave half of it."""
    return token.hidden_in(text).strip()[:_DETAIL_SHOWN]
