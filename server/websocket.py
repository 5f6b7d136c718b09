"""`WS /ws` and `WS /mcp`: one connection, one session, one message at a time."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any

from attrs import frozen
from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect

from ..core.documents import encode_document
from ..core.errors import SupportQueueError
from .answers import Answer, Answers, Reply
from .asgi import CONVERSE
from .log_context import bind
from .mcp import McpServer, RpcCode, error_response
from .messages import ErrorCode, error_frame
from .sessions import AtCapacity, Held, SessionFailed, Sessions, SessionUnavailable


Socket = WebSocket[Any, Any, Any]

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
                # No step is given up on, but at the end of the process.
                held.session.may_be_cancelled = False
        except (AtCapacity, SessionFailed, SessionUnavailable) as error:
            await _turn_away(socket, _refusal(error))
            return
        answer = Answers(held.session, partial(self.mcp.answer, held=held))
        await self._converse(socket, held, answer, keep=bool(session_id))

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
        await self._converse(socket, held, self._answers_rpc(held), keep=False)

    def _answers_rpc(self, held: Held) -> Answer:
        async def answered(text: str | None) -> Reply:
            response = await self.mcp.answer_text("" if text is None else text, held)
            return encode_document(response)

        return answered

    async def _converse(
        self, socket: Socket, held: Held, answer: Answer, *, keep: bool
    ) -> None:
        bind(session=held.id)
        idle = self.sessions.idle_timeout
        try:
            extensions: Mapping[str, Any] = socket.scope.get("extensions") or {}
            converse = extensions.get(CONVERSE) or partial(converse_over_asgi, socket)
            if await converse(answer, idle):
                await _leave(socket, NORMAL)
        except TimeoutError:
            # Silent, or not reading what it is sent. Closed before the slot is free:
            # no session outlives its place.
            self.sessions.refusals.count("idle")
            await _leave(socket, GOING_AWAY, "idle")
        except _GONE:
            pass
        finally:
            self.sessions.leave(held, keep=keep)


async def converse_over_asgi(socket: Socket, answer: Answer, idle: float) -> bool:
    """What `AnsweringSocket.converse` does, on any ASGI server, a message at a time.

    Raises:
        TimeoutError: the client does not send, or does not read, for that long.
    """
    while True:
        async with asyncio.timeout(idle):
            event: Mapping[str, Any] = await socket.receive()
        if event["type"] == "websocket.disconnect":
            return False
        reply = answer(event.get("text"))
        if reply is not None and not isinstance(reply, bytes):
            reply = await reply
        if reply is None:
            return True
        async with asyncio.timeout(idle):
            await socket.send_data(reply, mode="text")


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
    await socket.send_data(encode_document(frame), mode="text")
