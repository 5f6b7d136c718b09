"""WebSocket connections, bounded in time, memory and turns.

Bytes are parsed in small slices, and none while a message waits for the application:
a client that sends ahead holds up itself, and not the event loop.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

from uvicorn.protocols.utils import ClientDisconnected
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.protocol import State

from .gate import Refusal
from .http_protocol import raw_response
from .patience import Allowance, Limits, Patience, Watch
from .refusals import refusals_of
from .socket_protocol import SocketProtocol


BAD_HANDSHAKE = Refusal(400, "handshake", "expected a WebSocket handshake")

INVALID_TEXT = 1007
POLICY = 1008
TOO_BIG = 1009

_SLICE = 4096
"""Bytes parsed at a time: at most some 700 frames, a few milliseconds."""

_TURN = 250
"""Frames without a message that are taken in one go: a few milliseconds, too."""

_COUNTED_AS = {INVALID_TEXT: "text", POLICY: "frames", TOO_BIG: "message"}
"""Reasons, by the code of our close frame; any other is `framing`."""


class GuardedSocket(SocketProtocol):
    """One WebSocket connection.

    Args:
        limits: how long it waits, and for how many frames that bring no message.
        options: uvicorn's own.
    """

    def __init__(self, *, limits: Limits, **options: Any) -> None:
        super().__init__(**options)
        self._limits = limits
        self._refusals = refusals_of(self.app)
        self._watch = Watch(self.loop, limits.glance, self._look)
        self._unread = Patience(limits.listening)
        self._unfinished = Patience(limits.message)
        self._frames = Allowance(limits.frames, limits.frames_per_second)
        self._ahead = bytearray()
        """Received, but not parsed: there are messages before it, or it is not its turn."""
        self._in_turn = 0
        self._next_turn: asyncio.Handle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A handshake is about to follow."""
        super().connection_made(transport)
        self._watch.start()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._watch.stop()
        self._ahead.clear()
        if self._next_turn is not None:
            self._next_turn.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came, as far as it is its turn."""
        if not self._ahead and not self.read_paused and len(data) <= _SLICE:
            self._parse(data)
        else:
            self._ahead += data
            self._parse_ahead()

    def _parse_ahead(self) -> None:
        if self._next_turn is not None:
            return
        while self._ahead and not self.read_paused:
            part = bytes(self._ahead[:_SLICE])
            del self._ahead[:_SLICE]
            self._parse(part)
            if self._in_turn >= _TURN:
                self._let_others_go_first()
                return

    def _let_others_go_first(self) -> None:
        self._in_turn = 0
        if self._ahead and not self.transport.is_closing():
            self.transport.pause_reading()
            self._next_turn = self.loop.call_soon(self._take_turn)

    def _take_turn(self) -> None:
        self._next_turn = None
        self._parse_ahead()
        waits = bool(self._ahead) or self.read_paused or not self.writable.is_set()
        if not waits and not self.transport.is_closing():
            self.transport.resume_reading()

    def _parse(self, data: bytes) -> None:
        super().data_received(data)
        if not self.handshake_initiated and self.conn.handshake_exc is not None:
            # No request that the parser takes, so that there is nobody to say so.
            self.handshake_initiated = self.handshake_complete = self.close_sent = True
            self._refusals.count(BAD_HANDSHAKE.reason)
            self.transport.write(raw_response(BAD_HANDSHAKE))
            self.transport.close()

    def handle_connect(self, event: Request) -> None:
        """Count a handshake that is none; the parser answers it."""
        super().handle_connect(event)
        if self.response.status_code != 101:
            self._refusals.count(BAD_HANDSHAKE.reason)

    def handle_ping(self) -> None:
        """Answer a ping, unless there were too many."""
        if self._may_go_on():
            super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        """Take a pong, asked for or not."""
        if self._may_go_on():
            super().handle_pong(event)

    def handle_cont(self, event: Frame) -> None:
        """Take the next piece of a message."""
        if self._may_go_on():
            super().handle_cont(event)

    def _may_go_on(self) -> bool:
        """Whether one more frame that brings no message of its own is fine."""
        if self.close_sent:
            return False
        self._in_turn += 1
        if self._frames.take(self.loop.time()):
            return True
        self._fail(POLICY, "too many frames")
        return False

    def send_receive_event_to_app(self) -> None:
        """Queue a message, and read no further until the application has taken it."""
        data = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        self.frames = []
        self._unfinished.start_anew()
        if self.close_sent:
            return
        event: Any = {"type": "websocket.receive"}
        if self.curr_msg_data_type == "text":
            try:
                event["text"] = data.decode()
            except UnicodeDecodeError:
                self._fail(INVALID_TEXT, "")
                return
        else:
            event["bytes"] = data
        self.queue.put_nowait(event)
        if not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

    def _fail(self, code: int, reason: str) -> None:
        if self.conn.state is not State.OPEN:
            # The client's close frame came in the same slice, and is answered already.
            return
        self.conn.send_close(code, reason)
        self.handle_parser_exception()

    def handle_parser_exception(self) -> None:
        """Close because of what the client sent."""
        if not self.close_sent and self.conn.close_sent is not None:
            code = self.conn.close_sent.code
            self._refusals.count(_COUNTED_AS.get(code, "framing"))
        super().handle_parser_exception()

    # Neither is a coroutine itself: a layer of those costs more than all they look at.

    def receive(self) -> Coroutine[Any, Any, Any]:
        """The next event; a client that sends ahead lets others go first."""
        if self._ahead or not self.queue.empty():
            return self._receive_ahead()
        return super().receive()

    async def _receive_ahead(self) -> Any:
        if not self.queue.empty():
            await asyncio.sleep(0)
        else:
            self._parse_ahead()
        event = await super().receive()
        self._parse_ahead()
        return event

    def send(self, message: Any) -> Coroutine[Any, Any, None]:
        """Send for the application, which may not know yet that it is over."""
        if (
            self._ahead
            or self.close_sent
            or self.initial_response is not None
            or self.transport.is_closing()
        ):
            return self._send_beside(message)
        return super().send(message)

    async def _send_beside(self, message: Any) -> None:
        over = self.close_sent or self.transport.is_closing()
        if over and self.initial_response is None:
            raise ClientDisconnected
        await super().send(message)
        if self.initial_response is not None and self.close_sent:
            # Refused before it was accepted; uvicorn would log that as a fault.
            self.handshake_complete = True
        # After our close frame there is only the client's to wait for.
        self._parse_ahead()

    def resume_writing(self) -> None:
        """The client reads on; it is read from again when it is its turn."""
        super().resume_writing()
        if self._next_turn is not None and not self.transport.is_closing():
            self.transport.pause_reading()

    def shutdown(self) -> None:
        """Close because the server ends, and do not wait for one that does not read."""
        super().shutdown()
        self.loop.call_later(self._limits.shutdown, self.transport.abort)

    def _look(self, now: float) -> None:
        unread = not self.writable.is_set()
        pending = not self.read_paused and bool(self.frames or self.conn.reader.buffer)
        if self._unread.is_over(now, going_on=unread):
            self._refusals.count("slow_reader")
            self.transport.abort()
        elif self._unfinished.is_over(now, going_on=pending):
            self._refusals.count("slow_message")
            self.transport.abort()
