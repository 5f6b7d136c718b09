"""Messages answered where they arrive: each has its reply, in order, within bounds."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from attrs import define, field
from hypothesis import example, given
from hypothesis import strategies as st
from raw_socket import masked
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode
from websockets.protocol import CLIENT, Protocol, State

from support_queue_env.server.answering_socket import (
    AnsweringSocket,
    whole_text_frame,
)
from support_queue_env.server.answers import Answer
from support_queue_env.server.asgi import CONVERSE
from support_queue_env.server.patience import Limits
from support_queue_env.server.running import configuration
from support_queue_env.server.settings import Settings


HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nhost: 127.0.0.1\r\nupgrade: websocket\r\n"
    b"connection: Upgrade\r\nsec-websocket-key: c3VwcG9ydC1xdWV1ZS0xNg==\r\n"
    b"sec-websocket-version: 13\r\n\r\n"
)
IDLE = 60.0
TEXTS = st.text(max_size=150)
CUTS = st.just(999) | st.integers(0, 9)
PIECES = st.tuples(TEXTS, st.tuples(CUTS, st.booleans(), st.booleans()))
"""A message, where it is cut in two frames, a ping before it, and one in between."""


@define
class Wire(asyncio.Transport):
    """A transport that keeps what is written."""

    written: bytearray = field(factory=bytearray)
    closing: bool = False
    reading: bool = True

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Addresses of nobody in particular."""
        return {"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)}.get(
            name, default
        )

    def write(self, data: Any) -> None:
        """Keep it."""
        self.written += data

    def is_closing(self) -> bool:
        """Whether it was closed."""
        return self.closing

    def close(self) -> None:
        """Remember that."""
        self.closing = True

    def abort(self) -> None:
        """The same."""
        self.closing = True

    def can_write_eof(self) -> bool:
        """As sockets can."""
        return True

    def write_eof(self) -> None:
        """Nothing more will come."""

    def pause_reading(self) -> None:
        """Nothing more should be fed."""
        self.reading = False

    def resume_reading(self) -> None:
        """Something may be fed."""
        self.reading = True


def application(
    answer: Answer, accepted: asyncio.Event, ended: "asyncio.Future[bool]"
) -> Callable[..., Awaitable[None]]:
    """An application that accepts and lets the connection answer."""

    async def play(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept", "headers": []})
        accepted.set()
        ended.set_result(await scope["extensions"][CONVERSE](answer, IDLE))

    return play


async def connected(
    answer: Answer,
) -> tuple[AnsweringSocket, Wire, "asyncio.Future[bool]"]:
    """A connection on which the handshake has been made, and how it will end."""
    accepted, ended = asyncio.Event(), asyncio.get_running_loop().create_future()
    config = configuration(application(answer, accepted, ended), Settings())
    config.load()
    wire = Wire()
    socket = AnsweringSocket(
        limits=Limits(), config=config, server_state=ServerState(), app_state={}
    )
    socket.connection_made(wire)
    socket.data_received(HANDSHAKE)
    await accepted.wait()
    wire.written.clear()
    return socket, wire, ended


async def settled(socket: AnsweringSocket) -> None:
    """Everything that came has been answered, or the conversation is over."""
    for _ in range(1000):
        await asyncio.sleep(0)
        conversation = socket._conversation
        if conversation is None:
            return
        if not (conversation.later or conversation.woken or socket._ahead):
            return
    raise AssertionError("it does not settle")


def replies_in(written: bytes | bytearray) -> list[str]:
    """The texts that a client reads."""
    client = Protocol(CLIENT, state=State.OPEN)
    client.receive_data(bytes(written))
    return [
        bytes(event.data).decode()
        for event in client.events_received()
        if isinstance(event, Frame) and event.opcode is Opcode.TEXT
    ]


def echo(text: str | None) -> bytes | Coroutine[Any, Any, bytes]:
    """The text again, every third one later."""
    reply = f"<{text}>".encode()

    async def later() -> bytes:
        await asyncio.sleep(0)
        return reply

    return later() if len(reply) % 3 == 0 else reply


def as_frames(text: str, how: tuple[int, bool, bool]) -> bytes:
    """A message as a client may send it, in one frame or in two, among pings."""
    cut, ping_before, ping_between = how
    payload, ping = text.encode(), masked(Frame(Opcode.PING, b"?"))
    before = ping * ping_before
    if cut >= len(payload):
        return before + masked(Frame(Opcode.TEXT, payload))
    first = masked(Frame(Opcode.TEXT, payload[:cut], fin=False))
    return (
        before + first + ping * ping_between + masked(Frame(Opcode.CONT, payload[cut:]))
    )


@example([("", (1, False, False)), ("", (999, False, False))], [], True, False)
@given(
    pieces=st.lists(PIECES, min_size=2, max_size=6),
    sizes=st.lists(st.integers(1, 300), max_size=20),
    whole=st.booleans(),
    patient=st.booleans(),
)
def test_every_message_is_answered_in_order(
    pieces: list[tuple[str, tuple[int, bool, bool]]],
    sizes: list[int],
    whole: bool,
    patient: bool,
) -> None:
    """However the bytes come, each message gets its reply, in the order of messages."""
    texts = [f"{number} {text}" for number, (text, _) in enumerate(pieces)]
    frames = [
        as_frames(text, how) for text, (_, how) in zip(texts, pieces, strict=True)
    ]
    parts = frames if whole else list(_cut(b"".join(frames), sizes))

    async def play() -> tuple[bytes, bool, bool]:
        socket, wire, ended = await connected(echo)
        for part in parts:
            socket.data_received(part)
            if patient:
                await settled(socket)
        await settled(socket)
        at_a_frame = socket._between
        socket.connection_lost(None)
        return bytes(wire.written), await ended, at_a_frame

    written, by_answer, at_a_frame = asyncio.run(play())

    assert [f"<{text}>" for text in texts] == replies_in(written)
    assert not by_answer
    assert at_a_frame


def _cut(data: bytes, sizes: list[int]) -> list[bytes]:
    parts = []
    for size in sizes:
        parts.append(data[:size])
        data = data[size:]
    return [part for part in [*parts, data] if part]


def test_the_application_ends_it() -> None:
    """Without an answer the conversation is over, and what comes later has none."""

    async def play() -> tuple[bool, list[str]]:
        socket, wire, ended = await connected(
            lambda text: None if text == "bye" else b"go on"
        )
        for text in (b"hello", b"bye", b"hello"):
            socket.data_received(masked(Frame(Opcode.TEXT, text)))
        return await ended, replies_in(bytes(wire.written))

    assert (True, ["go on"]) == asyncio.run(play())


def test_an_answer_that_takes_time_when_the_client_leaves() -> None:
    """It is waited for, since the step it makes is in nobody else's hands."""

    async def play() -> tuple[bool, list[str]]:
        done: list[str] = []
        go_on = asyncio.Event()

        async def later() -> bytes:
            await go_on.wait()
            done.append("made")
            return b"late"

        socket, _, ended = await connected(lambda _: later())
        await settled(socket)
        socket.data_received(masked(Frame(Opcode.TEXT, b"step")))
        socket.connection_lost(None)
        for _ in range(10):
            await asyncio.sleep(0)
        assert not ended.done()
        go_on.set()
        return await ended, done

    assert (False, ["made"]) == asyncio.run(play())


def test_text_that_is_none() -> None:
    """Bytes that are no UTF-8 close the connection with 1007, in one piece or in two."""

    async def play(*parts: bytes) -> bytes:
        socket, wire, ended = await connected(echo)
        for part in parts:
            socket.data_received(part)
        await ended
        return bytes(wire.written)

    frame = masked(Frame(Opcode.TEXT, b"\xff\xfe"))
    for parts in ([frame], [frame[:3], frame[3:]]):
        written = asyncio.run(play(*parts))

        assert b"\x03\xef" in written  # 1007


def test_a_part_of_a_frame_that_looks_like_a_frame() -> None:
    """What comes in the middle of a frame is a part of it, whatever it looks like."""
    inside = bytes([0x81, 0x83, 0x80, 0x80, 0x80, 0x80, *b"\xe1\xe2\xe3"])
    assert b"abc" == whole_text_frame(inside)
    mask = b"\x80" * 4  # under which those bytes are ASCII
    text = bytes(byte ^ 0x80 for byte in inside).decode()
    head = bytes([0x81, 0x80 | len(inside)]) + mask

    async def play() -> list[str]:
        socket, wire, _ = await connected(lambda text: str(text).encode())
        socket.data_received(head)
        socket.data_received(inside)
        await settled(socket)
        written = bytes(wire.written)
        socket.connection_lost(None)
        return replies_in(written)

    assert [text] == asyncio.run(play())


def test_a_client_that_does_not_read() -> None:
    """It is answered no further than its replies have room, and then in order."""
    texts = [str(number).encode() for number in range(50)]

    async def play() -> tuple[list[str], list[str]]:
        socket, wire, _ = await connected(lambda text: str(text).encode())
        await settled(socket)
        socket.pause_writing()
        socket.data_received(
            b"".join(masked(Frame(Opcode.TEXT, text)) for text in texts)
        )
        for _ in range(100):
            await asyncio.sleep(0)
        before = replies_in(wire.written)
        socket.resume_writing()
        await settled(socket)
        after = replies_in(wire.written)
        socket.connection_lost(None)
        return before, after

    before, after = asyncio.run(play())

    assert [] == before
    assert [text.decode() for text in texts] == after


def test_a_client_that_does_not_read_and_leaves() -> None:
    """The conversation with it is over all the same."""

    async def play() -> bool:
        socket, _, ended = await connected(echo)
        await settled(socket)
        socket.pause_writing()
        socket.data_received(masked(Frame(Opcode.TEXT, b"one")) * 2)
        socket.connection_lost(None)
        return await ended

    assert not asyncio.run(play())


@given(st.integers(1, 3), st.booleans())
def test_nothing_is_read_while_something_waits(size: int, later: bool) -> None:
    """However much a client sends ahead, no more of it is held than came at once."""
    piece = masked(Frame(Opcode.TEXT, b"." * 500)) * (size * 15)

    async def play() -> tuple[int, int]:
        async def reply() -> bytes:
            await asyncio.sleep(0)
            return b"."

        socket, wire, _ = await connected(lambda _: reply() if later else b".")
        fed, most = 0, 0
        for _ in range(10_000):
            if wire.reading and fed < 6:
                socket.data_received(piece)
                fed += 1
            most = max(most, len(socket._ahead))
            await asyncio.sleep(0)
            if fed == 6 and len(replies_in(wire.written)) == fed * size * 15:
                break
        socket.connection_lost(None)
        return fed, most

    fed, most = asyncio.run(play())

    assert fed == 6
    assert most <= len(piece)


def test_a_message_in_the_middle_of_another() -> None:
    """Between two pieces of a message no other may begin: that closes with 1002."""

    async def play() -> bytes:
        socket, wire, ended = await connected(echo)
        await settled(socket)
        socket.data_received(masked(Frame(Opcode.TEXT, b"be", fin=False)))
        socket.data_received(masked(Frame(Opcode.TEXT, b"whole")))
        await asyncio.wait_for(ended, 10)
        return bytes(wire.written)

    written = asyncio.run(play())

    assert [] == replies_in(written)
    assert b"\x03\xea" in written  # 1002
