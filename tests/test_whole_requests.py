"""Requests answered where they arrive are answered as over ASGI's messages."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from answers import ACTION, environment
from attrs import define, evolve, field
from hypothesis import example, given
from hypothesis import strategies as st
from memory_log import MemoryLog
from uvicorn.server import ServerState

from support_queue_env.server.answering_http import AnsweringHttp
from support_queue_env.server.application import create_application
from support_queue_env.server.asgi import Application, Receive, Scope, Send
from support_queue_env.server.patience import Limits
from support_queue_env.server.running import configuration
from support_queue_env.server.settings import Settings


def request(line: str, body: bytes = b"", *more: str) -> bytes:
    """A request with an id, so that its answer is the same each time."""
    head = [f"{line} HTTP/1.1", "Host: localhost", "X-Request-Id: r", *more]
    if body:
        head.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*head, "", ""]).encode() + body


RESET = request("POST /reset", b'{"episode_id":"e"}', "Content-Type: application/json")
STEP = request("POST /step", json.dumps({"action": ACTION, "episode_id": "e"}).encode())
HEALTH = request("GET /health")
LONG = request("POST /step", b" " * 65_537)
REQUESTS = (
    *(RESET, STEP, HEALTH),
    request("POST /step?episode_id=e", json.dumps(ACTION).encode()),
    request("GET /state?episode_id=e"),
    request("GET /state?episode_id=none"),
    request("POST /reset", b"{}", "Content-Type: text/plain"),
    request("GET /health/live"),
    request("GET /reset"),
    request("HEAD /health"),
    request("OPTIONS //step"),
    request("GET /health", b"ignored"),
    request("POST /reset", b'{"episode_id":"x"}', "Expect: 100-continue"),
    request("GET /health", b"", "Connection: close"),
    request("POST /reset", b"{}", "Origin: http://evil.example"),
    request("POST /reset", b"", "Content-Length: 99999"),
    request("POST /reset", b"", "Transfer-Encoding: chunked")
    + b'5\r\n{"epi\r\nd\r\nsode_id":"e"}\r\n0\r\n\r\n',
    b"GET /health HTTP/1.0\r\nX-Request-Id: r\r\n\r\n",
    b"no request at all\r\n\r\n",
    b"GET /health HTTP/1.1\r\nX-Request-Id: r\r\n\r\n",
    b"\r\n",
)


_TURNS = 100
"""Of the event loop, in which four requests are answered, one after the other."""


@define(eq=False)
class Wire(asyncio.Transport):
    """A connection that keeps what is written, and in the end that it was closed."""

    written: list[bytes] = field(factory=list)
    closed: bool = False
    reading: bool = True

    def get_extra_info(self, name: str, default: object = None) -> Any:
        """Addresses that are this machine's."""
        return {"peername": ("127.0.0.1", 5), "sockname": ("127.0.0.1", 8)}.get(name)

    def write(self, data: Any) -> None:
        """Keep it, unless nobody would read it."""
        if not self.closed:
            self.written.append(bytes(data))

    def can_write_eof(self) -> bool:
        """It can, as TCP can."""
        return True

    def write_eof(self) -> None:
        """Nothing follows."""
        self.close()

    def close(self) -> None:
        """Say so at the end."""
        self.closed = True

    abort = close

    def is_closing(self) -> bool:
        """Whether it was closed."""
        return self.closed

    def get_write_buffer_size(self) -> int:
        """Everything is read at once."""
        return 0

    def pause_reading(self) -> None:
        """Whoever feeds this may look."""
        self.reading = False

    def resume_reading(self) -> None:
        """The same."""
        self.reading = True


@cache
def applications(*, with_log: bool = False) -> tuple[Application, Application]:
    """A server, and another one that is only asked over ASGI."""
    direct, inner = (
        create_application(
            evolve(environment(), log=MemoryLog() if with_log else None),
            Settings(database_url="none"),
        )
        for _ in range(2)
    )

    async def over_asgi(scope: Scope, receive: Receive, send: Send) -> None:
        await inner(scope, receive, send)

    return direct, over_asgi


def pieces(data: bytes, cuts: Sequence[int]) -> Iterator[bytes]:
    """The data, cut at these places."""
    places = sorted({0, *(cut % (len(data) + 1) for cut in cuts), len(data)})
    for begin, end in pairwise(places):
        yield data[begin:end]


def connected(
    application: Application, limits: Limits | None = None
) -> tuple[AnsweringHttp, Wire]:
    """A connection that a client has just made."""
    config = configuration(application, Settings())
    config.load()
    connection = AnsweringHttp(
        limits=limits or Limits(),
        config=config,
        server_state=ServerState(),
        app_state={},
    )
    wire = Wire()
    connection.connection_made(wire)
    return connection, wire


async def replies(application: Application, packets: Sequence[bytes]) -> bytes:
    """What a connection writes in answer to packets, each of which it has time for."""
    connection, wire = connected(application)
    for packet in packets:
        connection.data_received(packet)
        for _ in range(_TURNS):
            await asyncio.sleep(0)
    end = b"closed" if wire.closed else b""
    connection.connection_lost(None)
    return b"".join([*wire.written, end])


@given(
    st.lists(st.sampled_from(REQUESTS), min_size=1, max_size=4),
    st.lists(st.integers(0, 2000), max_size=3),
    st.booleans(),
)
@example([RESET, STEP, HEALTH], [], True)
@example([LONG, HEALTH], [], False)
@example([LONG], [300, 70_000], False)
def test_replies_are_those_over_asgi(
    sent: list[bytes], cuts: list[int], with_log: bool
) -> None:
    """Whatever is sent in whatever packets, a client reads the same bytes."""
    packets = list(pieces(b"".join(sent), cuts))
    direct, over_asgi = applications(with_log=with_log)

    expected = asyncio.run(replies(over_asgi, packets))
    assert expected == asyncio.run(replies(direct, packets))


def test_a_whole_request_is_answered_in_one_turn() -> None:
    """Without a task: what was read is answered before anything else is read."""

    async def answer() -> bytes:
        connection, wire = connected(applications()[0])
        connection.data_received(RESET[:-5])
        assert not wire.written
        connection.data_received(RESET[-5:])
        connection.connection_lost(None)
        return b"".join(wire.written)

    assert asyncio.run(answer()).startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize(
    ("packets", "closed"),
    [
        ([HEALTH], True),
        ([HEALTH, b"\r\n"], False),
        ([HEALTH, HEALTH[:9]], False),
        ([HEALTH + HEALTH[:9]], False),
    ],
)
def test_a_connection_at_rest_is_closed(packets: list[bytes], closed: bool) -> None:
    """After its time; but not while a request has begun, which has a time of its own."""

    async def wait() -> tuple[bool, int]:
        limits = Limits(request=60, reading=60, message=0.04)
        connection, wire = connected(applications()[0], limits)
        connection.timeout_keep_alive = 0.03  # type: ignore[assignment]  # uvicorn's whole seconds
        for packet in packets:
            connection.data_received(packet)
        for _ in range(200):
            if wire.closed:
                break
            await asyncio.sleep(0.01 if closed else 0.001)
        found = wire.closed, len(wire.written)
        connection.connection_lost(None)
        return found

    assert (closed, 1) == asyncio.run(wait())


@pytest.mark.parametrize("direct", [True, False])
@pytest.mark.parametrize("sent", [HEALTH, STEP, request("GET /health/live")])
def test_requests_that_are_sent_ahead(sent: bytes, direct: bool) -> None:
    """However many there are, few are held, no more is read, and all are answered."""
    application = applications()[0 if direct else 1]
    packet = HEALTH * 500
    ends = request("GET /health", b"", "Connection: close")

    async def play() -> tuple[int, int, bytes]:
        connection, wire = connected(application)
        waiting = [packet, packet, sent + HEALTH * 10, ends * 100]
        most, fed = 0, 0
        for _ in range(20_000):
            if wire.reading and fed < len(waiting):
                connection.data_received(waiting[fed])
                fed += 1
            most = max(most, len(connection.pipeline))
            assert len(connection._ahead) <= len(packet)
            if wire.closed:
                break
            await asyncio.sleep(0)
        connection.connection_lost(None)
        return most, fed, b"".join(wire.written)

    most, fed, written = asyncio.run(play())

    assert most <= 4096 // len(b"GET / HTTP/1.1\r\n\r\n")
    assert 1000 + 1 + 10 + 1 == written.count(b"HTTP/1.1 ")
    assert written.endswith(b'"healthy"}')
    assert 4 == fed
