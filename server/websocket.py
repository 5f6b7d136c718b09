"""`WS /ws`: one connection, one session, one episode at a time."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from attrs import define, frozen
from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect

from ..core.conversion import unstructure
from ..core.documents import encode_document
from ..core.errors import InvalidInput, SupportQueueError
from ..core.session import Session, read_reset_options
from .messages import (
    ErrorCode,
    Message,
    MessageType,
    Refused,
    error_frame,
    invalid,
    read_message,
)
from .wire import error_entries, socket_observation


log = logging.getLogger(__name__)

NORMAL = 1000
GOING_AWAY = 1001


@define
class Slots:
    """How many sessions may be open, and how many are."""

    capacity: int
    taken: int = 0

    def take(self) -> bool:
        """Take a slot if one is free."""
        if self.taken >= self.capacity:
            return False
        self.taken += 1
        return True

    def give_back(self) -> None:
        """Free a slot."""
        self.taken -= 1


@frozen
class SocketServer:
    """Serves every WebSocket session of one application."""

    open_session: Callable[[], Session]
    slots: Slots
    idle_timeout: float

    async def serve(self, socket: "WebSocket[Any, Any, Any]") -> None:
        """Accept, play until the client leaves or idles, free the slot.

        A refused client is accepted first: OpenEnv's clients read the reason from a
        frame, which a refused handshake could not carry.
        """
        await socket.accept()
        if socket.query_params.get("session_id"):
            await _turn_away(
                socket, error_frame(ErrorCode.SESSION_ERROR, "Unknown session_id")
            )
            return
        if not self.slots.take():
            await _turn_away(socket, self._at_capacity())
            return
        try:
            session = self._open()
            if session is None:
                await _turn_away(socket, _factory_failed())
            else:
                await self._play(socket, session)
        except WebSocketDisconnect:
            pass
        finally:
            self.slots.give_back()

    def _at_capacity(self) -> dict[str, Any]:
        taken, capacity = self.slots.taken, self.slots.capacity
        return error_frame(
            ErrorCode.CAPACITY_REACHED,
            f"Server at capacity: {taken}/{capacity} sessions active. "
            "Cannot accept new connections.",
            active_sessions=taken,
            max_sessions=capacity,
        )

    def _open(self) -> Session | None:
        try:
            return self.open_session()
        except Exception:
            log.exception("a session could not be made")
            return None

    async def _play(self, socket: "WebSocket[Any, Any, Any]", session: Session) -> None:
        while True:
            try:
                async with asyncio.timeout(self.idle_timeout):
                    event = await socket.receive()
            except TimeoutError:
                await socket.close(GOING_AWAY, "idle")
                return
            if event["type"] == "websocket.disconnect":
                return
            reply = answer(session, _text(event))
            if reply is None:
                await socket.close(NORMAL)
                return
            await _send(socket, reply)


def _text(event: Mapping[str, Any]) -> str | None:
    text: str | None = event.get("text")
    return text


def answer(session: Session, text: str | None) -> dict[str, Any] | None:
    """The reply to one frame; None for `close`. Never raises.

    `text` is None for a binary frame.
    """
    if text is None:
        return error_frame(
            ErrorCode.INVALID_JSON, "Invalid JSON: expected a text frame"
        )
    try:
        return _perform(session, read_message(text))
    except Refused as refused:
        return refused.frame
    except InvalidInput as error:
        return error_frame(
            ErrorCode.EXECUTION_ERROR,
            error.public,
            errors=error_entries(error.faults),
        )
    except SupportQueueError as error:
        log.info("refused: %s", error.public)
        return error_frame(ErrorCode.EXECUTION_ERROR, error.public)
    except Exception:
        log.exception("a message could not be handled")
        return error_frame(ErrorCode.EXECUTION_ERROR, "internal error")


def _perform(session: Session, message: Message) -> dict[str, Any] | None:
    match message.type:
        case MessageType.RESET:
            options, ignored = read_reset_options(message.data)
            return socket_observation(session.reset(options, ignored))
        case MessageType.STEP:
            try:
                action = session.read_action(message.data)
            except InvalidInput as error:
                raise invalid(error.faults) from None
            return socket_observation(session.step(action))
        case MessageType.STATE:
            return {"type": "state", "data": unstructure(session.state)}
        case MessageType.MCP:
            return {"type": "mcp", "data": _no_tools(message)}
        case MessageType.CLOSE:
            return None


def _no_tools(message: Message) -> dict[str, Any]:
    """JSON-RPC's answer of an environment without tools."""
    identity = message.data.get("id")
    return {
        "jsonrpc": "2.0",
        "id": identity if isinstance(identity, str | int) else None,
        "error": {
            "code": -32603,
            "message": "Environment does not support MCP",
            "data": None,
        },
    }


def _factory_failed() -> dict[str, Any]:
    return error_frame(
        ErrorCode.FACTORY_ERROR,
        "Environment factory 'Session' failed to create instance.",
        factory_name="Session",
    )


async def _turn_away(socket: "WebSocket[Any, Any, Any]", frame: dict[str, Any]) -> None:
    await _send(socket, frame)
    await socket.close(NORMAL)


async def _send(socket: "WebSocket[Any, Any, Any]", frame: dict[str, Any]) -> None:
    await socket.send_data(encode_document(frame).decode(), mode="text")
