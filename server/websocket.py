"""`WS /ws` and `WS /mcp`: one connection, one session, one message at a time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from attrs import frozen
from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect

from ..core.conversion import unstructure
from ..core.documents import encode_document
from ..core.errors import Fault, InvalidInput, SupportQueueError
from ..core.session import Session, read_reset_options
from .log_context import bind
from .mcp import McpServer, RpcCode, error_response
from .messages import (
    ErrorCode,
    Message,
    MessageType,
    Refused,
    error_frame,
    invalid,
    read_message,
)
from .replies import log_cause
from .sessions import AtCapacity, Held, SessionFailed, Sessions, SessionUnavailable
from .wire import error_entries, socket_observation


log = logging.getLogger(__name__)

Socket = WebSocket[Any, Any, Any]
Reply = Mapping[str, Any] | None
Answer = Callable[[Held, str | None], Awaitable[Reply]]
"""A session and a text frame (None: a binary one) to the reply; None closes."""

MAX_TEXT = 64 * 1024
"""Characters of a message, as many as bytes of an HTTP body."""

_PARTING_SECONDS = 5

# Litestar's word for it, and the server's; a timeout is an OSError, too.
_GONE = (WebSocketDisconnect, OSError)

NORMAL = 1000
GOING_AWAY = 1001


@frozen
class SocketServer:
    """Serves every WebSocket of one application."""

    sessions: Sessions
    mcp: McpServer

    async def serve(self, socket: Socket) -> None:
        """`WS /ws`: accept, play until the client leaves or idles, free the slot.

        A refused client is accepted first: OpenEnv's clients read the reason from a
        frame, which a refused handshake could not carry.
        """
        await socket.accept()
        session_id = socket.query_params.get("session_id")
        try:
            if session_id:
                held = self.sessions.attach(session_id)
            else:
                held = self.sessions.open(attached=True)
                held.session.source = "websocket"
        except (AtCapacity, SessionFailed, SessionUnavailable) as error:
            await _turn_away(socket, _refusal(error))
            return
        await self._converse(socket, held, self._answer, keep=bool(session_id))

    async def serve_mcp(self, socket: Socket) -> None:
        """`WS /mcp`: the same with a JSON-RPC request per frame."""
        await socket.accept()
        try:
            held = self.sessions.open(attached=True)
        except (AtCapacity, SessionFailed) as error:
            data = _details(error)
            frame = error_response(None, RpcCode.SERVER_ERROR, str(error), data)
            await _turn_away(socket, frame)
            return
        await self._converse(socket, held, self._answer_rpc, keep=False)

    async def _converse(
        self, socket: Socket, held: Held, answer_: Answer, *, keep: bool
    ) -> None:
        bind(session=held.id)
        try:
            while await self._exchange(socket, held, answer_):
                pass
        except TimeoutError:
            # Silent, or not reading what it is sent. Closed before the slot is free:
            # no session outlives its place.
            self.sessions.refusals.count("idle")
            await _leave(socket, GOING_AWAY, "idle")
        except _GONE:
            pass
        finally:
            self.sessions.leave(held, keep=keep)

    async def _exchange(self, socket: Socket, held: Held, answer_: Answer) -> bool:
        """One message and its reply; False when the conversation is over.

        The answer has no time limit here, however long it takes to score and to log:
        the client did its part, and scorers and the log have limits of their own.

        Raises:
            TimeoutError: the client does not send, or does not read, for the idle timeout.
        """
        async with asyncio.timeout(self.sessions.idle_timeout):
            event = await socket.receive()
        if event["type"] == "websocket.disconnect":
            return False
        reply = await answer_(held, _text(event))
        if reply is None:
            await _leave(socket, NORMAL)
            return False
        async with asyncio.timeout(self.sessions.idle_timeout):
            await _send(socket, reply)
        return True

    async def _answer(self, held: Held, text: str | None) -> Reply:
        session = held.session
        return await answer(session, text, lambda data: self.mcp.answer(data, held))

    async def _answer_rpc(self, held: Held, text: str | None) -> Reply:
        return await self.mcp.answer_text("" if text is None else text, held)


async def answer(
    session: Session,
    text: str | None,
    mcp: Callable[[object], Awaitable[Mapping[str, Any]]],
) -> Reply:
    """The reply to one frame of `WS /ws`; None for `close`. Never raises.

    `text` is None for a binary frame; `mcp` answers JSON-RPC requests.
    """
    if text is None:
        return error_frame(
            ErrorCode.INVALID_JSON, "Invalid JSON: expected a text frame"
        )
    if len(text) > MAX_TEXT:
        rule = f"expected at most {MAX_TEXT} characters"
        return invalid([Fault((), "too_long", rule)]).frame
    try:
        return await _perform(session, read_message(text), mcp)
    except Refused as refused:
        return refused.frame
    except InvalidInput as error:
        return error_frame(
            ErrorCode.EXECUTION_ERROR,
            error.public,
            errors=error_entries(error.faults),
        )
    except SupportQueueError as error:
        log_cause(error)
        return error_frame(ErrorCode.EXECUTION_ERROR, error.public)
    except Exception:
        log.exception("a message could not be handled")
        return error_frame(ErrorCode.EXECUTION_ERROR, "internal error")


async def _perform(
    session: Session,
    message: Message,
    mcp: Callable[[object], Awaitable[Mapping[str, Any]]],
) -> Reply:
    match message.type:
        case MessageType.RESET:
            options, ignored = read_reset_options(message.data)
            return socket_observation(await session.reset_async(options, ignored))
        case MessageType.STEP:
            try:
                action = session.read_action(message.data)
            except InvalidInput as error:
                raise invalid(error.faults) from None
            return socket_observation(await session.step_async(action))
        case MessageType.STATE:
            return {"type": "state", "data": unstructure(session.state)}
        case MessageType.MCP:
            return {"type": "mcp", "data": await mcp(message.data)}
        case MessageType.CLOSE:
            return None


def _text(event: Mapping[str, Any]) -> str | None:
    text: str | None = event.get("text")
    return text


def _refusal(
    error: AtCapacity | SessionFailed | SessionUnavailable,
) -> Mapping[str, Any]:
    code = {
        AtCapacity: ErrorCode.CAPACITY_REACHED,
        SessionFailed: ErrorCode.FACTORY_ERROR,
        SessionUnavailable: ErrorCode.SESSION_ERROR,
    }[type(error)]
    return error_frame(code, str(error), **_details(error))


def _details(error: SupportQueueError) -> dict[str, Any]:
    match error:
        case AtCapacity():
            return {"active_sessions": error.active, "max_sessions": error.maximum}
        case SessionFailed():
            return {"factory_name": error.factory_name}
        case _:
            return {}


async def _turn_away(socket: Socket, frame: Mapping[str, Any]) -> None:
    try:
        async with asyncio.timeout(_PARTING_SECONDS):
            await _send(socket, frame)
        await _leave(socket, NORMAL)
    except _GONE:
        pass


async def _leave(socket: Socket, code: int, reason: str | None = None) -> None:
    """Close, but do not wait for a client that does not read."""
    try:
        async with asyncio.timeout(_PARTING_SECONDS):
            await socket.close(code, reason)
    except _GONE:
        pass


async def _send(socket: Socket, frame: Mapping[str, Any]) -> None:
    await socket.send_data(_encoded(frame), mode="text")


def _encoded(frame: Mapping[str, Any]) -> str:
    """A frame as text; one that cannot be is a fault of ours, not the session's end."""
    try:
        return encode_document(frame).decode()
    except Exception:
        log.exception("a reply could not be encoded")
        fault = error_frame(ErrorCode.EXECUTION_ERROR, "internal error")
        return encode_document(fault).decode()
