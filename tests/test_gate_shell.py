"""The shell around the application: Host, Origin, sizes, framing, security headers."""

import asyncio
import json
import logging
from collections.abc import Iterator
from typing import Any, NoReturn

import httpx
import pytest
from litestar import Litestar, get
from raw_http import Reply, connected, exchange, read_reply
from server_process import embedded_server
from socket_client import SocketClient
from websockets.exceptions import InvalidStatus

from support_queue_env.server.gate import MAX_BODY, Gate
from support_queue_env.server.hosts import host_rule, origin_rule
from support_queue_env.server.refusals import Refusals
from support_queue_env.server.running import embedded
from support_queue_env.server.settings import Settings
from support_queue_env.server.shell import CONTENT_SECURITY_POLICY, Shell


FOREIGN = "https://evil.example"
PAGES = ("/web", "/docs", "/redoc")


@pytest.fixture(scope="module")
def strict() -> Iterator[str]:
    """A server with a host and an origin on its lists."""
    with embedded_server(
        allowed_hosts=("queue.example",), allowed_origins=("https://page.example",)
    ) as url:
        yield url


def get_with(url: str, *headers: str, line: str = "GET /health HTTP/1.1") -> Reply:
    """The reply to a request with exactly these headers."""
    return exchange(url, "\r\n".join([line, *headers, "", ""]).encode("latin-1"))


def check(reply: Reply, status: int) -> None:
    """A refusal: JSON, short, with the header that keeps browsers from guessing."""
    assert status == reply.status
    assert "application/json" == reply.content_type
    assert {"detail"} == set(json.loads(reply.body))
    assert len(reply.body) < 300
    assert b"evil" not in reply.body
    assert "x-content-type-options: nosniff" in reply.head.lower()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:9", "queue.example:443"])
def test_a_host_of_ours(strict: str, host: str) -> None:
    """Names of this machine and listed ones are answered, whatever the port."""
    assert 200 == get_with(strict, f"Host: {host}").status


@pytest.mark.parametrize(
    "headers",
    [
        ("Host: evil.example",),
        ("Host: queue.example.evil.example",),
        ("Host: 10.0.0.1",),
        ("Host:",),
        ("Host: ev il",),
        ("Host: localhost", "Host: evil.example"),
        ("X-Forwarded-Host: localhost", "Host: evil.example"),
        (),
    ],
)
def test_a_foreign_host(strict: str, headers: tuple[str, ...]) -> None:
    """Another name, none, or two get 400."""
    check(get_with(strict, *headers), 400)


def test_http_of_old(strict: str) -> None:
    """HTTP/1.0 knows no Host; a foreign one is refused there, too."""
    line = "GET /health HTTP/1.0"

    assert 200 == get_with(strict, line=line).status
    check(get_with(strict, "Host: evil.example", line=line), 400)


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 200),
        ("https://page.example", 200),
        ("same", 200),
        (FOREIGN, 403),
        ("null", 403),
        ("http://page.example", 403),
        ("http://localhost", 403),
    ],
)
def test_who_may_post(strict: str, origin: str | None, status: int) -> None:
    """A page's POST needs the server's own origin or a listed one; curl sends none."""
    sent = {"Origin": strict if origin == "same" else origin} if origin else {}
    reply = httpx.post(f"{strict}/reset", headers=sent, trust_env=False)

    assert status == reply.status_code


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_that_change_things(strict: str, method: str) -> None:
    """The rule is for whatever is not a plain reading."""
    line = f"{method} /state HTTP/1.1"
    check(get_with(strict, "Host: localhost", f"Origin: {FOREIGN}", line=line), 403)


def test_a_foreign_page_reads_nothing(strict: str) -> None:
    """A GET is answered, without any header that lets a page see the answer."""
    for method in ("GET", "OPTIONS"):
        asked = {"Origin": FOREIGN, "Access-Control-Request-Method": "POST"}
        reply = httpx.request(method, f"{strict}/tasks", headers=asked, trust_env=False)

        assert reply.status_code < 300
        assert not [name for name in reply.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["/ws", "/mcp"])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": FOREIGN}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "evil.example"}, 400),
    ],
)
def test_a_foreign_handshake(
    strict: str, path: str, headers: dict[str, str], status: int
) -> None:
    """It is refused before it is accepted, in JSON."""
    with pytest.raises(InvalidStatus) as refused:
        SocketClient(strict, path, additional_headers=headers)

    assert status == refused.value.response.status_code
    assert {"detail"} == set(json.loads(refused.value.response.body or b""))


@pytest.mark.parametrize("origin", [None, "same", "https://page.example"])
def test_a_handshake_of_ours(strict: str, origin: str | None) -> None:
    """No origin, the same, and a listed one may play."""
    sent = strict if origin == "same" else origin
    options: Any = {"additional_headers": {"Origin": sent}} if sent else {}
    with SocketClient(strict, **options) as client:
        assert client.reset()


@pytest.mark.parametrize(
    "extra",
    [
        ["X-Long: " + "x" * 40_000],
        [f"X-{number}: {'x' * 400}" for number in range(90)],
        [f"X-{number}: y" for number in range(150)],
    ],
    ids=["one-long", "together", "many"],
)
@pytest.mark.parametrize(
    "line", ["GET /health HTTP/1.1", "POST /step HTTP/1.1", "GET /none HTTP/1.1"]
)
def test_too_much_of_a_head(strict: str, line: str, extra: list[str]) -> None:
    """More than 32 KiB or a hundred headers get 431."""
    check(get_with(strict, "Host: localhost", *extra, line=line), 431)


def test_a_large_head_that_fits(strict: str) -> None:
    """Below the limits headers may be as they like."""
    extra = [f"X-{number}: {'x' * 300}" for number in range(90)]

    assert 200 == get_with(strict, "Host: localhost", *extra).status


def test_a_url_too_long(strict: str) -> None:
    """Path and query together get 414 past 8000 bytes."""
    line = f"GET /state?{'x' * 8000} HTTP/1.1"
    check(get_with(strict, "Host: localhost", line=line), 414)


POST = "POST /step HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


def test_a_body_that_is_announced_too_large(strict: str) -> None:
    """100 MB are refused at their announcement; not one byte is waited for."""
    with connected(strict) as connection:
        connection.sendall(f"{POST}Content-Length: 100000000\r\n\r\n".encode())
        reply = read_reply(connection)

        check(reply, 413)
        assert "connection: close" in reply.head.lower()
        assert b"" == connection.recv(1)


def test_a_body_that_grows_too_large(strict: str) -> None:
    """Chunks are refused as soon as they are more than 64 KiB together."""
    chunk = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
    with connected(strict) as connection:
        connection.sendall(f"{POST}Transfer-Encoding: chunked\r\n\r\n".encode())
        connection.sendall(chunk * 3)
        check(read_reply(connection), 413)


def test_a_body_at_the_limit(strict: str) -> None:
    """64 KiB exactly are read, in one piece or many."""
    text = b'{"note":"' + b"x" * (MAX_BODY - 11) + b'"}'
    whole = httpx.post(f"{strict}/reset", content=text, trust_env=False)
    parts = iter([text[:1], text[1:60_000], text[60_000:]])
    chunked = httpx.post(f"{strict}/reset", content=parts, trust_env=False)

    assert MAX_BODY == len(text)
    assert 200 == whole.status_code == chunked.status_code


@pytest.mark.parametrize("path", PAGES)
def test_security_headers_of_a_page(strict: str, path: str) -> None:
    """A page may load our own files only, and be framed by Hugging Face only."""
    headers = httpx.get(f"{strict}{path}", trust_env=False).headers

    assert CONTENT_SECURITY_POLICY == headers["content-security-policy"]
    assert "default-src 'self';" in CONTENT_SECURITY_POLICY
    assert CONTENT_SECURITY_POLICY.endswith(
        "frame-ancestors 'self' https://huggingface.co https://*.hf.space"
    )
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "same-origin" == headers["referrer-policy"]
    assert "nosniff" == headers["x-content-type-options"]
    assert "x-frame-options" not in headers


@pytest.mark.parametrize(
    "path", ["/health", "/tasks", "/static/style.css", "/none", "/state?episode_id=x"]
)
def test_every_answer_is_what_it_says_it_is(strict: str, path: str) -> None:
    """Browsers are told not to guess another type for anything."""
    headers = httpx.get(f"{strict}{path}", trust_env=False).headers

    assert ["nosniff"] == headers.get_list("x-content-type-options")
    assert "content-security-policy" not in headers


def test_what_is_refused_is_counted() -> None:
    """One count per reason, made of our words only."""
    refusals = Refusals()
    gate = Gate(host_rule("127.0.0.1", (), "box"), origin_rule(()))
    application = Shell(Litestar([], openapi_config=None), gate, refusals)
    with embedded(application, Settings(port=0)) as url:
        get_with(url, "Host: evil.example")
        get_with(url, "Host: evil.example")
        get_with(url, "Host: localhost", *[f"X-{n}: y" for n in range(150)])
        exchange(url, f"{POST}Content-Length: 100000000\r\n\r\n".encode())

    assert {"body": 1, "headers": 1, "host": 2} == refusals.by_reason()


def test_a_fault_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    """The client learns that there was one, the log learns which."""

    @get("/broken")
    async def broken() -> None:
        raise RuntimeError("secret-7f3a in /home/somebody/file.py")

    async def worse(scope: Any, receive: Any, send: Any) -> NoReturn:
        raise RuntimeError("secret-7f3a below everything")

    gate = Gate(host_rule("127.0.0.1", (), "box"), origin_rule(()))
    litestar = Litestar([broken], openapi_config=None, logging_config=None)
    for inner, path in ((litestar, "/none"), (worse, "/broken")):
        with (
            caplog.at_level(logging.ERROR),
            embedded(Shell(inner, gate, Refusals()), Settings(port=0)) as url,
        ):
            reply = httpx.get(f"{url}{path}", trust_env=False)

        assert "secret" not in reply.text
        assert "Traceback" not in reply.text
    assert {"detail": "Internal Server Error"} == reply.json()
    assert 500 == reply.status_code
    assert "secret-7f3a below everything" in caplog.text


@pytest.mark.parametrize("where", ["body", "application", "answer", "socket"])
def test_a_request_cancelled_at_shutdown(where: str) -> None:
    """It ends quietly: with a 503 in JSON, unless its answer had begun.

    So does a WebSocket, which was closed before.
    """
    sent: list[Any] = []

    async def receive() -> Any:
        if where == "body":
            await asyncio.Event().wait()
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(message: Any) -> None:
        await asyncio.sleep(0)
        sent.append(message)

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        if where == "answer":
            await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.Event().wait()

    async def shut_down() -> None:
        gate = Gate(host_rule("127.0.0.1", (), "box"), origin_rule(()))
        headers = [(b"host", b"localhost")]
        if where != "socket":
            headers.append((b"content-length", b"2"))
        scope = {
            "type": "websocket" if where == "socket" else "http",
            "http_version": "1.1",
            "method": "POST",
            "path": "/step",
            "raw_path": b"/step",
            "query_string": b"",
            "headers": headers,
        }
        shell = Shell(slow, gate, Refusals())
        task = asyncio.create_task(shell(scope, receive, send))
        for _ in range(5):
            await asyncio.sleep(0)
        task.cancel()
        await task

    asyncio.run(shut_down())
    if where == "socket":
        assert not sent
    elif where == "answer":
        assert [200] == [message["status"] for message in sent]
    else:
        head, body = sent
        assert 503 == head["status"]
        assert (b"content-type", b"application/json") in head["headers"]
        assert {"detail": "the server is shutting down"} == json.loads(body["body"])
