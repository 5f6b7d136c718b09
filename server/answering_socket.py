"""WebSocket connections whose messages are answered where they arrive.

An ASGI application is woken by the event loop for a message, and hands its reply back
through as many layers as are around it. For a step that is most of what it costs. So
an application may give its function to the connection instead, through the extension
`CONVERSE` of the scope, and sleep until the conversation is over.
"""

import asyncio
from contextvars import Context, copy_context
from typing import Any

from attrs import define
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from .answers import Answer, Later, Reply
from .asgi import CONVERSE
from .guarded_socket import INVALID_TEXT, GuardedSocket
from .mailbox import Mailbox
from .patience import Limits, Patience


try:
    from websockets.speedups import apply_mask
except ImportError:  # where no wheel was built for it
    from websockets.utils import apply_mask


_FINAL_TEXT = 0x81
_MASKED = 0x80
_TWO_BYTES = 126
_MOST_IN_TWO_BYTES = 65_535


def whole_text_frame(data: bytes) -> bytes | None:
    """The payload of a client's text frame, if `data` is one from end to end.

    Anything else, a part of a frame, two of them, another kind, is for the parser.
    """
    if len(data) < 6 or data[0] != _FINAL_TEXT:
        return None
    length, start = data[1] - _MASKED, 2
    if length == _TWO_BYTES:
        length, start = int.from_bytes(data[2:4], "big"), 4
    elif not 0 <= length < _TWO_BYTES:
        return None
    if len(data) != start + 4 + length:
        return None
    return apply_mask(data[start + 4 :], data[start : start + 4])


def text_frame(payload: bytes) -> bytes | None:
    """A server's frame of that text; None for one so long that it takes another head."""
    length = len(payload)
    if length < _TWO_BYTES:
        return bytes((_FINAL_TEXT, length)) + payload
    if length <= _MOST_IN_TWO_BYTES:
        head = bytes((_FINAL_TEXT, _TWO_BYTES, length >> 8, length & 0xFF))
        return head + payload
    return None


def between_frames(connection: ServerProtocol) -> bool:
    """Whether the parser has taken every byte, and waits for a message to begin.

    It is a generator inside another one; there, the innermost asks whether that was all.
    Within a message of several frames only the parser knows what may come next.
    """
    if connection.current_size is not None:
        return False
    waiting: Any = connection.parser
    while (inner := getattr(waiting, "gi_yieldfrom", None)) is not None:
        waiting = inner
    return getattr(waiting, "__name__", "") == "at_eof"


@define(eq=False)
class _Conversation:
    """What an application asked of a connection.

    `over` becomes true when the application ended it, false when the client is gone.
    `later` is a reply that is being waited for, `woken` says that the next event will
    be looked at soon.
    """

    answer: Answer
    context: Context
    over: "asyncio.Future[bool]"
    silence: Patience
    later: "asyncio.Task[None] | None" = None
    woken: bool = False


class _Events(Mailbox):
    """What happened on a connection, for the application to take; tells who listens."""

    __slots__ = ("_socket",)

    def __init__(self, socket: "AnsweringSocket") -> None:
        super().__init__()
        self._socket = socket

    def put_nowait(self, item: Any) -> None:
        super().put_nowait(item)
        self._socket.event_came()


class AnsweringSocket(GuardedSocket):
    """One WebSocket connection.

    Args:
        limits: how long it waits, and for how many frames that bring no message.
        options: uvicorn's own.
    """

    def __init__(self, *, limits: Limits, **options: Any) -> None:
        super().__init__(limits=limits, **options)
        self.queue = _Events(self)  # type: ignore[assignment]  # as in `SocketProtocol`
        self._conversation: _Conversation | None = None
        self._between = False
        """Whether the next byte begins a frame, and no extension changes frames."""

    def handle_connect(self, event: Request) -> None:
        """A handshake: tell the application what this connection can do."""
        super().handle_connect(event)
        if self.response.status_code == 101:
            extensions: Any = self.scope["extensions"]
            extensions[CONVERSE] = self.converse

    async def converse(self, answer: Answer, idle: float) -> bool:
        """Answer every message until the client has gone, or the answer is None.

        One message is answered at a time, in the order in which they came. True when
        the answer was None: then the connection is still there, and to be closed.

        Args:
            answer: called in the caller's context.
            idle: seconds that the client may be silent, or leave replies unread.

        Raises:
            TimeoutError: it was silent, or did not read, for that long.
        """
        over: asyncio.Future[bool] = self.loop.create_future()
        patience = Patience(idle)
        conversation = _Conversation(answer, copy_context(), over, patience)
        self._conversation = conversation
        self._note_where_frames_begin()
        self._watch.look_every(idle / 4)
        self.event_came()
        try:
            return await over
        finally:
            # A reply that takes time is left to end: the step behind it may be made.
            self._conversation = None

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone, whether it had read everything or not."""
        super().connection_lost(exc)
        self.event_came()

    def resume_writing(self) -> None:
        """The client reads on; go on where its messages had to wait for that."""
        super().resume_writing()
        self.event_came()

    def data_received(self, data: bytes) -> None:
        """Answer a message that came as one piece; else, whatever it takes."""
        conversation = self._conversation
        if conversation is not None:
            if conversation.later is not None:
                self.transport.pause_reading()
            elif self._is_free(conversation):
                payload = whole_text_frame(data)
                if payload is not None:
                    self._take_text(conversation, payload)
                    return
        super().data_received(data)

    def _is_free(self, conversation: _Conversation) -> bool:
        """Whether nothing came before what comes now that has not been answered."""
        return (
            self._between
            and not self._ahead
            and not conversation.woken
            and not self.close_sent
        )

    def _take_text(self, conversation: _Conversation, payload: bytes) -> None:
        try:
            text = payload.decode()
        except UnicodeDecodeError:
            self._fail(INVALID_TEXT, "")
        else:
            self._take(conversation, text)

    def _parse(self, data: bytes) -> None:
        super()._parse(data)
        self._note_where_frames_begin()

    def _note_where_frames_begin(self) -> None:
        self._between = not self.conn.extensions and between_frames(self.conn)

    def event_came(self) -> None:
        """Look at the next event, or at bytes that wait, when it is their turn.

        Nobody has a turn who does not read: replies would pile up.
        """
        conversation = self._conversation
        if conversation is None or conversation.woken or conversation.later is not None:
            return
        if not self.writable.is_set():
            return
        if self.queue.empty() and not self._ahead:
            return
        conversation.woken = True
        self.loop.call_soon(self._take_next)

    def _take_next(self) -> None:
        conversation = self._conversation
        if conversation is None:
            return
        conversation.woken = False
        if self.queue.empty():
            self.read_paused = False
            self._parse_ahead()
            self._read_on()
            return
        event: Any = self.queue.get_nowait()
        if event["type"] == "websocket.disconnect":
            self._end(conversation, by_answer=False)
            return
        self._read_on()
        self._take(conversation, event.get("text"))
        self.event_came()

    def _take(self, conversation: _Conversation, text: str | None) -> None:
        conversation.silence.start_anew()
        if conversation.over.done():
            return
        try:
            reply = conversation.context.run(conversation.answer, text)
        except Exception as error:  # noqa: BLE001 - the application's own to deal with
            conversation.over.set_exception(error)
            return
        if reply is None or isinstance(reply, bytes):
            self._reply(conversation, reply)
            return
        self.read_paused = True
        conversation.later = self.loop.create_task(
            self._reply_later(conversation, reply), context=conversation.context
        )

    async def _reply_later(self, conversation: _Conversation, later: Later) -> None:
        try:
            self._reply(conversation, await later)
        except Exception as error:  # noqa: BLE001 - the application's own to deal with
            if not conversation.over.done():
                conversation.over.set_exception(error)
        finally:
            conversation.later = None
        conversation.silence.start_anew()
        self._read_on()
        self.event_came()

    def _read_on(self) -> None:
        """Read again, if everything that was read has had its turn."""
        if self._ahead or not self.queue.empty():
            return
        self.read_paused = False
        if self.writable.is_set() and self._next_turn is None:
            self.transport.resume_reading()

    def _reply(self, conversation: _Conversation, reply: Reply) -> None:
        if reply is None:
            self._end(conversation, by_answer=True)
        elif self.conn.state is State.OPEN and not self.transport.is_closing():
            frame = None if self.conn.extensions else text_frame(reply)
            if frame is None:
                self.conn.send_text(reply)
                frame = b"".join(self.conn.data_to_send())
            self.transport.write(frame)

    def _end(self, conversation: _Conversation, *, by_answer: bool) -> None:
        if not conversation.over.done():
            conversation.over.set_result(by_answer)

    def _look(self, now: float) -> None:
        super()._look(now)
        conversation = self._conversation
        if conversation is None or conversation.over.done():
            return
        silent = conversation.later is None
        if conversation.silence.is_over(now, going_on=silent):
            conversation.over.set_exception(TimeoutError())
