"""WebSocket sessions: how many, how long, how large, and apart from each other."""

import asyncio
import contextlib
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import NoReturn
from urllib.parse import urlsplit

import pytest
from answers import ACTION, TASKS, varied
from attrs import define
from litestar import Litestar, websocket
from server_process import embedded_server
from socket_client import PATIENCE, SocketClient, error_of
from websockets.exceptions import ConnectionClosed

from support_queue_env.core.episode import Episode
from support_queue_env.core.session import Session
from support_queue_env.environment import load_environment
from support_queue_env.models import SupportQueueAction
from support_queue_env.server.mcp import McpServer
from support_queue_env.server.running import MAX_MESSAGE, embedded
from support_queue_env.server.sessions import Sessions
from support_queue_env.server.settings import Settings
from support_queue_env.server.websocket import Socket, SocketServer


SESSIONS = 16


def test_a_server_at_capacity() -> None:
    """A client too many is accepted, told the numbers, and closed with 1000."""
    with (
        embedded_server(max_sessions=2) as url,
        SocketClient(url) as first,
        SocketClient(url) as second,
    ):
        first.reset()
        second.reset()
        with SocketClient(url) as third:
            error = error_of(third.receive())
            code = third.close_code()

        assert "CAPACITY_REACHED" == error["code"]
        assert (2, 2) == (error["active_sessions"], error["max_sessions"])
        assert error["message"] == (
            "Server at capacity: 2/2 sessions active. Cannot accept new connections."
        )
        assert 1000 == code
        assert 1 == first.step(ACTION)["observation"]["current_index"]


def test_a_closed_session_frees_its_slot() -> None:
    """On a server with one slot, clients may come one after the other."""
    with embedded_server(max_sessions=1) as url:
        for _ in range(5):
            with SocketClient(url) as client:
                client.reset()
                client.send('{"type":"close"}')

                assert 1000 == client.close_code()


def test_an_aborted_connection_frees_its_slot() -> None:
    """A client that vanishes without a word leaves no session behind."""
    with embedded_server(max_sessions=1) as url:
        vanish(url)

        assert eventually_plays(url)


def test_a_session_that_cannot_be_made() -> None:
    """A factory that raises is a FACTORY_ERROR, close 1000, and takes no slot."""
    with embedded(failing_application(), Settings(port=0)) as url:
        for _ in range(3):
            with SocketClient(url) as client:
                error = error_of(client.receive())

                assert "FACTORY_ERROR" == error["code"]
                assert "Session" == error["factory_name"]
                assert error["message"] == (
                    "Environment factory 'Session' failed to create instance."
                )
                assert 1000 == client.close_code()


@pytest.mark.parametrize(
    ("session_id", "named"), [("6d1f", "6d1f"), ("%3Cb%3E", ""), ("x" * 500, "")]
)
def test_joining_an_unknown_session(server: str, session_id: str, named: str) -> None:
    """An id of no session is a SESSION_ERROR, close 1000; only a plain one is named."""
    with SocketClient(server, f"/ws?session_id={session_id}") as client:
        error = error_of(client.receive())

        assert "SESSION_ERROR" == error["code"]
        assert f"Unknown session_id: {named}" == error["message"]
        assert 1000 == client.close_code()


def test_an_idle_session_is_closed() -> None:
    """Without a message for the idle time, the socket closes and the slot is free."""
    with embedded_server(idle_timeout=0.2, max_sessions=1) as url:
        with SocketClient(url) as client:
            assert 1001 == client.close_code()

        assert eventually_plays(url)


def test_a_step_that_takes_long_is_no_idle_session() -> None:
    """A step that came in time is answered, although scoring outlasts the idle time."""
    with (
        embedded(slow_application(idle_timeout=0.2), Settings(port=0)) as url,
        SocketClient(url) as client,
    ):
        client.reset()

        assert 1 == client.step(ACTION)["observation"]["current_index"]


def test_a_message_over_one_mebibyte(server: str) -> None:
    """A longer message closes the connection with 1009."""
    with (
        SocketClient(server) as client,
        pytest.raises(ConnectionClosed) as closed,
    ):
        client.ask("x" * (MAX_MESSAGE + 1))

    assert closed.value.rcvd is not None
    assert 1009 == closed.value.rcvd.code


def test_a_message_of_one_mebibyte(server: str) -> None:
    """Up to the hard limit a message that is too long is only refused."""
    head, tail = '{"type":"reset","data":{"note":"', '"}}'
    frame = head + "x" * (MAX_MESSAGE - len(head) - len(tail)) + tail
    with SocketClient(server) as client:
        refused = error_of(client.ask(frame))

        assert refused["code"] == "VALIDATION_ERROR"
        assert refused["errors"][0]["type"] == "too_long"
        assert client.reset()


def test_compression_is_off_unless_asked_for(server: str) -> None:
    """permessage-deflate is negotiated only with the setting `deflate`."""
    with embedded_server(deflate=True) as url, SocketClient(url) as packed:
        packed.reset()
        negotiated = packed.socket.protocol.extensions
    with SocketClient(server) as plain:
        plain.reset()
        none = plain.socket.protocol.extensions

    assert 1 == len(negotiated)
    assert not none


def test_sessions_keep_apart(server: str) -> None:
    """Sessions played at the same time earn what they earn one after the other."""
    one_by_one = [play(server, number) for number in range(SESSIONS)]
    with ThreadPoolExecutor(SESSIONS) as threads:
        together = list(threads.map(lambda n: play(server, n), range(SESSIONS)))

    assert one_by_one == together
    assert len({tuple(rewards) for rewards in together}) > SESSIONS // 2


def test_interleaved_sessions_keep_apart(server: str) -> None:
    """Sessions that take turns step by step do not see each other."""
    expected = [play(server, number) for number in range(SESSIONS)]
    found: list[list[float]] = [[] for _ in expected]
    with ExitStack() as stack:
        clients = [stack.enter_context(SocketClient(server)) for _ in expected]
        for number, client in enumerate(clients):
            client.reset(task_id=chosen(number), episode_id=f"turns-{number}")
        for turn in range(max(TASKS.values())):
            for number, client in enumerate(clients):
                if turn < TASKS[chosen(number)]:
                    action = varied(chosen(number), number)[turn]
                    found[number].append(client.step(action)["reward"])
        states = [client.state() for client in clients]

    assert expected == found
    assert [f"turns-{n}" for n in range(SESSIONS)] == [s["episode_id"] for s in states]


def chosen(number: int) -> str:
    """The task that the session of that number plays."""
    return list(TASKS)[number % len(TASKS)]


def play(url: str, number: int) -> list[float]:
    """The rewards of a whole episode in a session of its own."""
    task_id = chosen(number)
    with SocketClient(url) as client:
        client.reset(task_id=task_id)
        return [client.step(a)["reward"] for a in varied(task_id, number)]


def vanish(url: str) -> None:
    """Open a WebSocket and abort its TCP connection."""
    address = urlsplit(url)
    host, port = address.hostname, address.port
    assert host is not None
    assert port is not None
    with socket.create_connection((host, port), PATIENCE) as stranger:
        stranger.sendall(
            f"GET /ws HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: c3VwcG9ydC1xdWV1ZS0xNg==\r\n\r\n".encode()
        )
        assert stranger.recv(4096).startswith(b"HTTP/1.1 101 ")
        # Lingering for no time at all makes closing an abort.
        stranger.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )


def eventually_plays(url: str) -> bool:
    """Whether a session can be had before long."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        with SocketClient(url) as client:
            try:
                if client.say(type="reset")["type"] == "observation":
                    return True
            except ConnectionClosed:
                pass
        time.sleep(0.02)
    return False


def failing_application() -> Litestar:
    """An application that can make no session."""

    def open_session() -> NoReturn:
        raise RuntimeError("no session today")

    sessions = Sessions(open_session, 1, idle_timeout=600, clock=time.monotonic)
    sockets = SocketServer(sessions, McpServer(sessions))

    @websocket("/ws")
    async def play(socket: Socket) -> None:
        await sockets.serve(socket)

    return Litestar([play], openapi_config=None, logging_config=None)


@define
class SlowSession(Session):
    """A session whose steps take twice as long as it may be idle."""

    steps_at_once = False

    async def advance_async(
        self, action: SupportQueueAction, request_id: str | None = None
    ) -> Episode:
        """As `Session` has it, later."""
        await asyncio.sleep(0.4)
        return await super().advance_async(action, request_id)


def slow_application(idle_timeout: float) -> Litestar:
    """An application whose steps take long."""
    environment = load_environment()
    sessions = Sessions(
        lambda: SlowSession(environment), 1, idle_timeout, time.monotonic
    )
    sockets = SocketServer(sessions, McpServer(sessions))

    @websocket("/ws")
    async def play(socket: Socket) -> None:
        await sockets.serve(socket)

    return Litestar([play], openapi_config=None, logging_config=None)


def test_a_client_that_does_not_read_loses_its_place() -> None:
    """Replies that nobody takes hold a slot no longer than the idle timeout."""
    with embedded_server(max_sessions=1, idle_timeout=0.5) as url:
        host, port = url.removeprefix("http://").split(":")
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.connect((host, int(port)))
            deaf.settimeout(PATIENCE)
            deaf.sendall(HANDSHAKE.format(host=host, port=port).encode())
            deaf.recv(4096)
            deaf.setblocking(False)
            frame = masked(b'{"type":"reset"}')
            with contextlib.suppress(BlockingIOError, ConnectionError):
                for _ in range(20_000):
                    deaf.sendall(frame)
            free = wait_for_a_slot(url)

        assert free


HANDSHAKE = (
    "GET /ws HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    "Sec-WebSocket-Version: 13\r\n\r\n"
)


def masked(payload: bytes) -> bytes:
    """A short text frame as a client sends it, masked with zeros."""
    return bytes([0x81, 0x80 | len(payload)]) + bytes(4) + payload


def wait_for_a_slot(url: str) -> bool:
    """Whether a session can be had before patience ends."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        with SocketClient(url) as client, contextlib.suppress(ConnectionClosed):
            if client.say(type="state")["type"] == "state":
                return True
        time.sleep(0.05)
    return False
