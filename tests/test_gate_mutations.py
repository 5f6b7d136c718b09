"""Requests and frames changed at random: whatever comes of it is no fault of ours."""

import random
import socket
from collections.abc import Callable
from contextlib import suppress

import pytest
from malformed_http import CASES
from raw_http import connected, exchange
from raw_socket import HANDSHAKE, frame, opened
from server_process import embedded_server


ROUNDS = 500
SOON = 0.05
PAYLOADS = (b"", b'{"type":"reset"}', b'{"type":"state"}', b"\xff", b"\x03\xe8", b"\0")
OPCODES = (0, 1, 1, 1, 2, 3, 8, 8, 9, 10, 11)
SEEDS = [
    HANDSHAKE.format(path="/ws").encode(),
    b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    *(case for case in CASES.values() if len(case) < 2000),
]


def mutated(data: bytes, luck: random.Random) -> bytes:
    """Data with bytes changed, put in, left out, or followed by something else."""
    changed = bytearray(data)
    for _ in range(luck.randint(1, 5)):
        at = luck.randrange(len(changed) + 1)
        match luck.randrange(5):
            case 0:
                changed[at : at + 1] = luck.randbytes(1)
            case 1:
                changed[at:at] = luck.randbytes(luck.randint(1, 8))
            case 2:
                del changed[at : at + luck.randint(1, 20)]
            case 3:
                changed[at:at] = luck.choice(SEEDS)[: luck.randint(1, 200)]
            case _:
                changed += luck.choice(SEEDS)
    return bytes(changed)


def some_request(url: str, luck: random.Random) -> bytes:
    """Send a request of a kind, and get the beginning of the answer."""
    with connected(url) as connection:
        connection.settimeout(SOON)
        before = luck.choice(SEEDS) if luck.random() < 0.5 else b""
        connection.sendall(before + mutated(luck.choice(SEEDS), luck))
        if luck.random() < 0.5:
            connection.shutdown(socket.SHUT_WR)
        return connection.recv(4096)


def some_frames(url: str, luck: random.Random) -> bytes:
    """The same with frames of a WebSocket."""
    frames = b"".join(
        frame(luck.choice(OPCODES), luck.choice(PAYLOADS), last=luck.random() < 0.9)
        for _ in range(luck.randint(1, 8))
    )
    with opened(url) as connection:
        connection.settimeout(SOON)
        connection.sendall(mutated(frames, luck) if luck.random() < 0.5 else frames)
        connection.recv(4096)
    return b""


@pytest.mark.parametrize("send", [some_request, some_frames])
def test_mutations(
    caplog: pytest.LogCaptureFixture, send: Callable[[str, random.Random], bytes]
) -> None:
    """No answer says 5xx, the log says nothing, and the server serves on."""
    luck = random.Random(7)  # noqa: S311 - the same mutations every time
    with embedded_server() as url:
        for _ in range(ROUNDS):
            with suppress(OSError):
                answer = send(url, luck)

                assert not answer.startswith(b"HTTP/1.1 5"), answer
        after = exchange(url, SEEDS[1])

    assert 200 == after.status
    assert not caplog.records
