"""Slow and greedy peers: dropped in time, while the server serves others."""

import contextlib
import json
import logging
import socket
import time
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from raw_http import connected, exchange, read_reply
from raw_socket import (
    CLOSE,
    HANDSHAKE,
    PING,
    PONG,
    TEXT,
    close_code,
    frame,
    opened,
    read_frame,
)
from server_process import embedded_server
from socket_client import PATIENCE, SocketClient

from support_queue_env.server.patience import Allowance, Limits, Patience


SOON = Limits(request=0.2, reading=0.2, message=0.2, listening=0.2, parting=0.2)
BINARY, CONTINUATION = 2, 0
HEAD = b"POST /reset HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
GET = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def hasty() -> Iterator[str]:
    """A server that waits for a fifth of a second at most."""
    with embedded_server(SOON) as url:
        yield url


@pytest.fixture(scope="module")
def small() -> Iterator[str]:
    """A server with a few slots and the usual patience."""
    with embedded_server(max_sessions=8) as url:
        yield url


def rest(connection: socket.socket) -> bytes:
    """All that comes until the server closes."""
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize(
    "said",
    [HEAD[:5], HEAD[:30], HEAD, HEAD + b"\r\n", HEAD + b"\r\n{", GET + HEAD + b"\r\n{"],
    ids=["a word", "a line", "half a head", "no body", "half a body", "the second"],
)
def test_a_request_that_does_not_come_to_an_end(hasty: str, said: bytes) -> None:
    """It is told 408 in JSON, and closed."""
    with connected(hasty) as connection:
        connection.sendall(said)
        if said.startswith(GET):
            assert 200 == read_reply(connection).status
        reply = read_reply(connection)

        assert (408, "application/json") == (reply.status, reply.content_type)
        assert b"" == rest(connection)


@pytest.mark.parametrize(
    "behind",
    [
        b"BREW / HTTP/1.1\r\n\r\n",
        b"\x00\xff",
        HANDSHAKE.format(path="/ws").encode(),
        HEAD + b"Content-Length: 3\r\n\r\n",
    ],
    ids=["no method", "noise", "an upgrade", "two lengths"],
)
def test_nonsense_behind_a_request(
    small: str, caplog: pytest.LogCaptureFixture, behind: bytes
) -> None:
    """The request gets its own answer, and the connection ends after it."""
    post = HEAD + b"Content-Type: application/json\r\n\r\n{}"
    with connected(small) as connection:
        connection.sendall(post + behind)
        reply = read_reply(connection)

        assert 200 == reply.status
        assert "connection: close" in reply.head.lower()
        assert b"" == rest(connection)
    assert not caplog.records


@pytest.mark.parametrize("drop", [b"x", b"\r\n"], ids=["letters", "line breaks"])
@pytest.mark.parametrize("before", [b"", GET], ids=["at first", "between requests"])
def test_a_request_drop_by_drop(hasty: str, before: bytes, drop: bytes) -> None:
    """What arrives slowly is not taken for progress, whatever it is."""
    with connected(hasty) as connection:
        if before:
            connection.sendall(before)
            read_reply(connection)
        connection.settimeout(0.02)
        give_up = time.monotonic() + PATIENCE
        found = None
        with contextlib.suppress(ConnectionError):
            while found is None and time.monotonic() < give_up:
                connection.sendall(drop)
                with contextlib.suppress(TimeoutError):
                    found = connection.recv(4096)

        assert time.monotonic() < give_up


def test_a_connection_without_a_request(hasty: str) -> None:
    """Whoever says nothing at all is closed, too."""
    with connected(hasty) as connection:
        assert b" 408 " in rest(connection)


def test_requests_one_after_the_other(hasty: str) -> None:
    """The time is that of one request, and not of the connection."""
    with connected(hasty) as connection:
        until = time.monotonic() + 3 * SOON.request
        while time.monotonic() < until:
            connection.sendall(GET)

            assert 200 == read_reply(connection).status


@pytest.mark.parametrize(
    "part", [b"x", b"X-A: " + b"y" * 500 + b"\r\n"], ids=["one name", "many headers"]
)
def test_a_head_without_an_end(small: str, part: bytes) -> None:
    """A head is refused at its limit; nothing of it is kept longer."""
    with connected(small) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n")
        sent = 0
        with contextlib.suppress(ConnectionError):
            while sent < 500_000:
                connection.sendall(part * (4000 // len(part)))
                sent += 4000
        reply = read_reply(connection)

        assert 431 == reply.status
        assert {"detail"} == set(json.loads(reply.body))


def test_a_client_that_does_not_take_its_answer(hasty: str) -> None:
    """A large answer that nobody reads is given up."""
    asked = (
        b"GET /static/vendor/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n"
    )
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        host, port = hasty.removeprefix("http://").split(":")
        deaf.connect((host, int(port)))
        deaf.settimeout(PATIENCE)
        deaf.sendall(asked * 8)
        time.sleep(4 * SOON.reading)
        whole = 8 * len(
            httpx.get(f"{hasty}/static/vendor/swagger-ui-bundle.js").content
        )
        taken = 0
        with contextlib.suppress(ConnectionError):
            while part := deaf.recv(65536):
                taken += len(part)

    assert taken < whole


@pytest.mark.parametrize(
    "refused",
    [
        b"POST /step HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\n",
        b"POST /step HTTP/1.1\r\nHost: evil\r\nContent-Length: 900000\r\n\r\n",
        b"BREW /step HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
    ids=["too large", "foreign", "malformed"],
)
def test_the_reason_arrives(small: str, refused: bytes) -> None:
    """A client still sending when it is refused can read why, every time."""
    for _ in range(20):
        with connected(small) as connection:
            connection.sendall(refused + bytes(900_000))

            assert 400 <= read_reply(connection).status < 500


@pytest.mark.parametrize(
    "said",
    [
        frame(TEXT, b'{"type"')[:5],
        frame(TEXT, b'{"type":', last=False),
        frame(TEXT, b"x" * 9000)[:-1],
    ],
    ids=["half a frame", "half a message", "all but one byte"],
)
def test_a_message_that_does_not_come_to_an_end(hasty: str, said: bytes) -> None:
    """A message once begun must be finished in time."""
    with opened(hasty) as connection:
        connection.sendall(said)
        with pytest.raises(ConnectionError):
            read_frame(connection)


def test_a_session_may_be_silent(hasty: str) -> None:
    """Between messages there is no such limit."""
    with SocketClient(hasty) as client:
        time.sleep(3 * SOON.message)

        assert client.reset()


@pytest.mark.parametrize(
    "part",
    [
        frame(PING, b""),
        frame(PONG, b""),
        frame(CONTINUATION, b"", last=False),
    ],
    ids=["pings", "pongs", "empty pieces"],
)
def test_a_flood_of_frames_that_say_nothing(small: str, part: bytes) -> None:
    """Frames without a message are few in an honest session; a flood closes it."""
    with opened(small) as connection:
        if part[0] == CONTINUATION:
            connection.sendall(frame(TEXT, b"", last=False))
        with contextlib.suppress(ConnectionError):
            connection.sendall(part * 40_000)

        assert 1008 == close_code(connection)


def test_a_message_in_pieces(small: str) -> None:
    """An honest client may send a message in as many pieces as it has bytes."""
    text = b'{"type":"reset","data":{}}'
    pieces = [frame(CONTINUATION, bytes([byte]), last=False) for byte in text[1:]]
    with opened(small) as connection:
        first = frame(TEXT, text[:1], last=False)
        connection.sendall(b"".join([first, *pieces, frame(CONTINUATION, b"")]))

        assert b'"observation"' in read_frame(connection)[1]


@pytest.mark.parametrize(
    "text", [b"\xff", b'{"type":"\xc3"}', b"\xed\xa0\x80", b"\xf5\x80\x80\x80"]
)
def test_text_that_is_none(
    small: str, caplog: pytest.LogCaptureFixture, text: bytes
) -> None:
    """A text frame that is not UTF-8 closes with 1007, without noise in the log."""
    with caplog.at_level(logging.INFO), opened(small) as connection:
        connection.sendall(frame(TEXT, text))

        assert 1007 == close_code(connection)
    assert not [record for record in caplog.records if record.exc_info]


def test_text_that_is_none_before_a_close(
    small: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Who closes in the same breath gets its close frame back."""
    with opened(small) as connection:
        connection.sendall(frame(TEXT, b"\xff") + frame(CLOSE, b"\x03\xe8"))

        assert 1000 == close_code(connection)
    assert not caplog.records


def test_thousands_of_messages_sent_ahead(small: str) -> None:
    """They get their replies in order; meanwhile another client gets its own."""
    with opened(small) as eager, SocketClient(small) as other:
        other.reset()
        eager.sendall(frame(TEXT, b'{"type":"state"}') * 3000)
        before = other.state()
        replies = sum(read_frame(eager)[0] == TEXT for _ in range(3000))
        eager.sendall(frame(CLOSE, b"\x03\xe8"))

        assert 3000 == replies
        assert before == other.state()
        assert 1000 == close_code(eager)


def test_a_close_behind_messages_sent_ahead(small: str) -> None:
    """A client may close without waiting for anything it asked for."""
    with opened(small) as connection:
        ask = frame(TEXT, b'{"type":"state"}') * 2000
        connection.sendall(ask + frame(CLOSE, b"\x03\xe8"))

        assert 1000 == close_code(connection)
    assert 200 == exchange(small, GET).status


@given(st.lists(st.floats(0, 100), max_size=40), st.integers(1, 5))
def test_tokens_come_back_with_time(waits: list[float], burst: int) -> None:
    """However takes are spread, no more succeed than the burst and the time allow."""
    allowance, now, taken = Allowance(burst, 0.5), 1000.0, 0
    for wait in waits:
        now += wait
        taken += allowance.take(now)

    assert taken <= burst + 0.5 * (now - 1000.0) + 1e-6
    if not allowance.take(now):
        assert allowance.take(now + allowance.wait() + 1e-6)


@given(st.lists(st.booleans(), min_size=1, max_size=30))
def test_patience_starts_anew_with_every_break(looks: list[bool]) -> None:
    """It is over exactly when the last looks in a row span the limit."""
    patience = Patience(3.0)
    run = 0
    for now, going_on in enumerate(looks):
        run = run + 1 if going_on else 0

        assert (run > 3) == patience.is_over(float(now), going_on=going_on)
