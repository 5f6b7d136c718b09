"""A client of the server, over the protocol that every OpenEnv client speaks."""

import json
from types import TracebackType
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

    Raises:
        ServerUnreachable: nothing there speaks the protocol.
    """

    def __init__(self, base_url: str, timeout: float = 30.0) -> None:
        self._timeout = timeout
        self._url = socket_url(base_url)
        try:
            self._socket: ClientConnection = connect(
                self._url, open_timeout=timeout, max_size=None, proxy=None
            )
        except (OSError, WebSocketException, ValueError) as error:
            raise ServerUnreachable(f"no server at {base_url}: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the session; calling it twice is harmless."""
        self._socket.close()

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
            raise ServerUnreachable(
                f"{self._url} stopped answering: {str(error) or type(error).__name__}"
            ) from error
        except InvalidInput as error:
            raise ServerUnreachable(f"{self._url}: {error}") from error
        match reply:
            case {
                "type": "error",
                "data": {"code": code, "message": str(text)} as data,
            }:
                raise ServerRefused(str(code), _explained(text, data.get("errors")))
            case {"type": _, "data": dict() as data}:
                return data
        raise ServerUnreachable(f"{self._url} sent a reply without type and data")


def socket_url(base_url: str) -> str:
    """The WebSocket address of a server, made as OpenEnv's clients make it."""
    url = base_url.rstrip("/")
    for scheme, replacement in (("http://", "ws://"), ("https://", "wss://")):
        if url.startswith(scheme):
            return f"{replacement}{url.removeprefix(scheme)}/ws"
    return f"{url if url.startswith(('ws://', 'wss://')) else f'ws://{url}'}/ws"


def list_tasks(base_url: str, timeout: float = 30.0) -> tuple[TaskCard, ...]:
    """The tasks that a server offers.

    Raises:
        ServerUnreachable: no answer, or not a list of tasks.
    """
    url = socket_url(base_url).removesuffix("/ws").replace("ws", "http", 1)
    try:
        reply = httpx.get(f"{url}/tasks", timeout=timeout).raise_for_status().json()
        return tuple(_read(card, TaskCard) for card in reply["tasks"])
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ServerUnreachable(f"no tasks from {base_url}: {error}") from error
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise ServerUnreachable(f"{base_url} sent no list of tasks") from error


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
