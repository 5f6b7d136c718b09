"""Malformed, oversized and cross-site input."""

import contextlib
import json
import select
import socket
from concurrent.futures import ThreadPoolExecutor

from harness.servers import Server, ours
from malformed_bodies import CANARY
from malformed_http import CASES
from malformed_messages import MESSAGES, REQUESTS
from raw_http import Reply, connected, exchange, read_reply
from raw_socket import close_code, frame, opened
from socket_client import SocketClient

from .figures import Figure, at_most, equal
from .servers import knows, watched


MIB = 1024 * 1024
UPLOAD = 100 * MIB
UPLOADS = 80
_PART = b"x" * 65_536


def refused_in_json(reply: Reply) -> bool:
    """Whether it is 4xx with a detail, short, and without the canary."""
    return (
        400 <= reply.status < 500
        and reply.content_type == "application/json"
        and {"detail"} == set(json.loads(reply.body))
        and len(reply.body) <= 2048
        and CANARY.lower().encode() not in reply.body.lower()
    )


def malformed_requests() -> list[Figure]:
    """Every malformed HTTP request of the tests, on one server."""
    with ours() as server:
        replies = [exchange(server.url, sent) for sent in CASES.values()]
        alive = server.answers()
    good = sum(map(refused_in_json, replies))
    faults = sum(reply.status >= 500 for reply in replies)
    total = len(CASES)
    return [
        equal(
            "malformed HTTP requests refused in JSON",
            f"{total} of {total}",
            f"{good} of {total}",
        ),
        equal("5xx in the whole run", 0, faults),
        equal("healthy afterwards", "yes", "yes" if alive else "no"),
    ]


def malformed_messages() -> list[Figure]:
    """Every malformed WebSocket message of the tests, in one session each path."""
    with ours() as server:
        with SocketClient(server.url) as client:
            client.reset(episode_id="survives")
            before = client.state()
            replies = []
            for sent in MESSAGES.values():
                client.socket.send(sent)
                replies.append(client.receive())
            same = before == client.state()
        with SocketClient(server.url, "/mcp") as caller:
            answers = []
            for sent in REQUESTS.values():
                caller.socket.send(sent)
                answers.append(caller.receive())
    refused = sum(reply["type"] == "error" for reply in replies)
    errors = sum("error" in answer for answer in answers)
    return [
        equal(
            "malformed messages on /ws that get an error frame",
            f"{len(MESSAGES)} of {len(MESSAGES)}",
            f"{refused} of {len(replies)}",
        ),
        equal(
            "malformed requests on WS /mcp that get an error",
            f"{len(REQUESTS)} of {len(REQUESTS)}",
            f"{errors} of {len(answers)}",
        ),
        equal("episode as it was", "yes", "yes" if same else "no"),
    ]


def upload(server: Server, *, chunked: bool, stubborn: bool) -> int:
    """Send 100 MB, the stubborn whatever is said; the status that came back."""
    framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {UPLOAD}"
    head = (
        "POST /step HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"{framing}\r\n\r\n"
    )
    part = b"10000\r\n" + _PART + b"\r\n" if chunked else _PART
    with connected(server.url) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, len(_PART))
        connection.sendall(head.encode())
        with contextlib.suppress(ConnectionError):
            for _ in range(UPLOAD // len(_PART)):
                if not stubborn and select.select([connection], [], [], 0)[0]:
                    break
                connection.sendall(part)
        try:
            return read_reply(connection).status
        except OSError:
            return 0


def large() -> list[Figure]:
    """100 MB bodies, 2 MB messages, 100 kB headers, 100,000 brackets."""
    figures = []
    with ours() as server:
        exchange(server.url, CASES["step-empty-object"])
        server.forget_peak()
        before, read = server.memory(), server.bytes_read()
        for chunked in (False, True):
            status = upload(server, chunked=chunked, stubborn=False)
            now = server.bytes_read()
            way = "chunked" if chunked else "announced"
            figures += [
                equal(f"100 MB body, {way}: status", 413, status),
                at_most(f"100 MB body, {way}: read", 1, (now - read) / MIB, "MiB"),
            ]
            read = now
        with watched(server) as watch, ThreadPoolExecutor(8) as threads:
            list(
                threads.map(
                    lambda n: upload(server, chunked=n % 2 == 0, stubborn=True),
                    range(UPLOADS),
                )
            )
        with opened(server.url) as connection:
            with contextlib.suppress(ConnectionError):
                connection.sendall(frame(1, b"x" * 2 * MIB))
            figures.append(
                equal("2 MB message: close code", 1009, close_code(connection))
            )
        long = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: " + b"x" * 100_000
        figures += [
            equal(
                "100 kB header", 431, exchange(server.url, long + b"\r\n\r\n").status
            ),
            equal(
                "100,000 brackets",
                413,
                exchange(server.url, CASES["step-brackets"]).status,
            ),
            equal(
                "60,000 brackets, which fit",
                422,
                exchange(server.url, CASES["step-brackets-that-fit"]).status,
            ),
            at_most("/health p99 beside those who send on", 500, watch.p99, "ms"),
            at_most(
                "peak memory over all of it", 50, server.memory("VmHWM") - before, "MiB"
            ),
        ]
    return figures


SITES = [
    ("no Origin", {}, True),
    ("same Origin", {"Origin": "http://127.0.0.1:{port}"}, True),
    ("foreign Origin", {"Origin": "https://evil.example"}, False),
    ("null Origin", {"Origin": "null"}, False),
    ("Origin that begins alike", {"Origin": "http://127.0.0.1.evil.example"}, False),
    ("allow-listed Origin", {"Origin": "https://space.example"}, True),
    ("Origin below the allow-listed", {"Origin": "https://a.space.example"}, False),
]
HOSTS = [
    ("foreign Host", "evil.example", 400),
    ("Host that begins alike", "127.0.0.1.evil.example", 400),
    ("localhost", "localhost", 200),
    ("allow-listed Host", "support.example", 200),
]


def sites() -> list[Figure]:
    """Who may talk to the server: Origins on POST and WebSocket, Hosts."""
    settings = {
        "allowed_origins": "https://space.example",
        "allowed_hosts": "support.example",
    }
    if not all(map(knows, settings)):
        settings = {}
    figures = []
    with ours(**settings) as server:
        for name, headers, welcome in SITES:
            lines = [
                f"{key}: {value.format(port=server.port)}"
                for key, value in headers.items()
            ]
            host = f"Host: 127.0.0.1:{server.port}"
            post = asked(server, "POST /reset", host, "Content-Length: 0", *lines)
            upgrade = asked(server, "GET /ws", host, *UPGRADE, *lines)
            figures += [
                equal(f"{name}: POST", 200 if welcome else 403, post),
                equal(f"{name}: WebSocket", 101 if welcome else 403, upgrade),
            ]
        for name, host, status in HOSTS:
            found = asked(server, "GET /health", f"Host: {host}")
            upgrade = asked(server, "GET /ws", f"Host: {host}", *UPGRADE)
            expected = 101 if status == 200 else status
            figures += [
                equal(f"{name}: GET", status, found),
                equal(f"{name}: WebSocket", expected, upgrade),
            ]
    return figures


UPGRADE = (
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: c3VwcG9ydC1xdWV1ZS0xNg==",
)


def asked(server: Server, line: str, *headers: str) -> int:
    """The status that a request without a body gets, 101 after a handshake."""
    request = "\r\n".join([f"{line} HTTP/1.1", *headers, "", ""])
    with connected(server.url) as connection:
        connection.sendall(request.encode())
        return int(connection.recv(4096).split()[1])
