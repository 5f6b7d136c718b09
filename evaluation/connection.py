"""A client of the server, over the protocol that every OpenEnv client speaks."""

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any, Self, TypeVar

import httpx
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from ..core.conversion import structure, unstructure
from ..core.documents import decode_document, encode_document
from ..core.errors import InvalidInput, SupportQueueError
from ..models import (
    SupportQueueAction,
    SupportQueueObservation,
    SupportQueueState,
    TaskCard,
)


T = TypeVar("T")

_MAX_REPLY = 100 * 1024 * 1024
"""Bytes of a reply, the limit of OpenEnv's own clients."""


class ServerUnreachable(SupportQueueError):
    """No answer, or none that this protocol allows."""


class ServerRefused(SupportQueueError):
    """An error frame; `code` is OpenEnv's. The episode is as it was."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(f"{message} ({code})")


class Connection:
    """One session on a server; a context manager.

    Args:
        base_url: as `http://host:port`; `https`, `ws`, `wss`, a path prefix or no
            scheme at all are understood too.
        timeout: seconds to wait for the connection and for each reply.
        headers: sent with the handshake, such as `authorization(os.environ)`.

    Raises:
        ServerUnreachable: nothing there speaks the protocol.
    """

    def __init__(
        self,
        base_url: str,
        timeout: float = 30.0,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._timeout = timeout
        self._shown = without_credentials(base_url)
        self._open = ExitStack()
        try:
            self._socket: ClientConnection = self._open.enter_context(
                connect(
                    socket_url(base_url),
                    open_timeout=timeout,
                    max_size=_MAX_REPLY,
                    proxy=None,
                    additional_headers=headers,
                )
            )
        except (OSError, WebSocketException, ValueError) as error:
            raise ServerUnreachable(f"no server at {self._shown}: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the session; calling it twice is harmless."""
        self._open.close()

    def reset(self, **options: object) -> SupportQueueObservation:
        """Start an episode; raises `ServerRefused` for an unknown task and the like."""
        data = {key: value for key, value in options.items() if value is not None}
        return _observation(self._ask({"type": "reset", "data": data}))

    def step(self, action: SupportQueueAction) -> SupportQueueObservation:
        """Answer the current ticket."""
        return self.step_raw(unstructure(action))

    def step_raw(self, action: object) -> SupportQueueObservation:
        """Send an action as plain values; the server says what is wrong with it."""
        return _observation(self._ask({"type": "step", "data": action}))

    def state(self) -> SupportQueueState:
        """The episode so far."""
        return _read(self._ask({"type": "state"}), SupportQueueState)

    def _ask(self, message: dict[str, Any]) -> dict[str, Any]:
        try:
            self._socket.send(encode_document(message).decode())
            reply = decode_document(self._socket.recv(self._timeout))
        except (OSError, WebSocketException) as error:
            # A late reply would pass for the answer to the next question.
            self.close()
            reason = str(error) or type(error).__name__
            raise ServerUnreachable(
                f"{self._shown} stopped answering: {reason}"
            ) from error
        except InvalidInput as error:
            raise ServerUnreachable(f"{self._shown}: {error}") from error
        match reply:
            case {
                "type": "error",
                "data": {"code": code, "message": str(text)} as data,
            }:
                raise ServerRefused(str(code), _explained(text, data.get("errors")))
            case {"type": _, "data": dict() as data}:
                return data
        raise ServerUnreachable(f"{self._shown} sent a reply without type and data")


def socket_url(base_url: str) -> str:
    """The WebSocket address of a server, made as OpenEnv's clients make it."""
    url = base_url.rstrip("/")
    for scheme, replacement in (("http://", "ws://"), ("https://", "wss://")):
        if url.startswith(scheme):
            return f"{replacement}{url.removeprefix(scheme)}/ws"
    return f"{url if url.startswith(('ws://', 'wss://')) else f'ws://{url}'}/ws"


def without_credentials(url: str) -> str:
    """The address without the user and password that it may hold."""
    scheme, separator, rest = url.rpartition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{separator}{authority.rpartition('@')[2]}{slash}{path}"


def list_tasks(
    base_url: str, timeout: float = 30.0, headers: Mapping[str, str] | None = None
) -> tuple[TaskCard, ...]:
    """The tasks that a server offers.

    Raises:
        ServerUnreachable: no answer, or not a list of tasks.
    """
    url = socket_url(base_url).removesuffix("/ws").replace("ws", "http", 1)
    shown = without_credentials(base_url)
    try:
        # trust_env=False: like the WebSocket, straight there and through no proxy.
        reply = httpx.get(
            f"{url}/tasks", timeout=timeout, trust_env=False, headers=headers
        )
        cards = decode_document(reply.raise_for_status().content)["tasks"]
        return tuple(_read(card, TaskCard) for card in cards)
    except httpx.HTTPStatusError as error:
        reason = f"status {error.response.status_code}"
        raise ServerUnreachable(f"no tasks from {shown}: {reason}") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = str(error) or type(error).__name__
        raise ServerUnreachable(f"no tasks from {shown}: {reason}") from error
    except (InvalidInput, KeyError, TypeError) as error:
        raise ServerUnreachable(f"{shown} sent no list of tasks") from error


def _observation(data: dict[str, Any]) -> SupportQueueObservation:
    inner = data.get("observation")
    if not isinstance(inner, dict):
        raise ServerUnreachable("the server sent no observation")
    whole = {**inner, "reward": data.get("reward"), "done": data.get("done", False)}
    return _read(whole, SupportQueueObservation)


def _read(value: object, cls: type[T]) -> T:
    try:
        return structure(value, cls, cls.__name__)
    except InvalidInput as error:
        raise ServerUnreachable(f"the server sent something else: {error}") from error


def _explained(message: str, errors: object) -> str:
    """The message, with the single faults where the server lists them."""
    listed = errors if isinstance(errors, list) else []
    reasons = [str(e["msg"]) for e in listed if isinstance(e, dict) and "msg" in e]
    fresh = [reason for reason in reasons if reason not in message]
    return f"{message}: {'; '.join(fresh)}" if fresh else message
