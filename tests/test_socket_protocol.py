"""What our WebSocket protocol adds to uvicorn's: patience here, firmness there."""

import contextlib
import json
import select
import socket
from collections.abc import Iterator

import pytest
from raw_http import exchange
from raw_socket import PING, TEXT, abort, frame, opened
from server_process import embedded_server
from socket_client import PATIENCE, SocketClient, free_slots

from support_queue_env.server import socket_protocol, websocket


MIB = 1024 * 1024
RESET = frame(TEXT, b'{"type":"reset"}')


@pytest.fixture(scope="module")
def small() -> Iterator[str]:
    """A server with one slot, for all tests of this module in turn."""
    with embedded_server(max_sessions=1) as url:
        yield url


def flood(connection: socket.socket, part: bytes, most: int) -> int:
    """Send a part again and again, `most` bytes or until nobody takes any more.

    Returns:
        How many bytes were handed to the kernel at least.
    """
    connection.settimeout(1)
    sent = 0
    with contextlib.suppress(TimeoutError, ConnectionError):
        while sent < most:
            connection.sendall(part)
            sent += len(part)
    return sent


def is_cut(connection: socket.socket) -> bool:
    """Whether the connection is reset before long, though nothing is read from it."""
    watch = select.poll()
    watch.register(connection, select.POLLERR)  # which takes no heed of unread bytes
    return bool(watch.poll(PATIENCE * 1000))


def test_pongs_that_nobody_reads(small: str) -> None:
    """A server does not read from a client that does not read its pongs."""
    pings = frame(PING, b"x" * 125) * 1000
    with opened(small) as connection:
        taken = flood(connection, pings, 64 * MIB)
        abort(connection)

    assert taken < 64 * MIB
    assert 1 == free_slots(small, 1)


def test_a_client_that_does_not_read_is_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Replies that nobody takes do not keep the connection for ever."""
    monkeypatch.setattr(socket_protocol, "PARTING_SECONDS", 0.2)
    monkeypatch.setattr(websocket, "_PARTING_SECONDS", 0.2)
    with (
        embedded_server(max_sessions=1, idle_timeout=0.3) as url,
        opened(url) as deaf,
    ):
        flood(deaf, RESET * 1000, 64 * MIB)

        assert is_cut(deaf)
        assert 1 == free_slots(url, 1)


def test_a_message_of_two_megabytes(small: str) -> None:
    """However much of it is still under way, the client learns the code: 1009."""
    for _ in range(20):
        with SocketClient(small) as client:
            client.send("x" * 2_000_000)

            assert 1009 == client.close_code()


def test_an_endless_message(small: str) -> None:
    """A client that goes on after it was refused is cut."""
    with opened(small) as connection:
        connection.sendall(b"\x81\xff" + (1 << 40).to_bytes(8))
        taken = flood(connection, bytes(MIB), 100 * MIB)

    assert taken < 100 * MIB
    assert 1 == free_slots(small, 1)


def test_a_handshake_that_is_refused(small: str) -> None:
    """A handshake without a key, or of another version, is told so in JSON."""
    head = "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
    for version in (1, 13):
        reply = exchange(
            small,
            f"{head}Connection: Upgrade\r\nSec-WebSocket-Version: {version}\r\n\r\n".encode(),
        )

        assert "application/json" == reply.content_type
        assert {"detail"} == set(json.loads(reply.body))
