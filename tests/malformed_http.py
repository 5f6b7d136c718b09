"""HTTP requests that a server must refuse, as the bytes that go over the wire.

Every one carries a canary where the request has room for it: no reply may repeat it.
"""

import gzip
from collections.abc import Iterable

from malformed_bodies import (
    BODIES,
    CANARY,
    RESET_BODIES,
    STEP_BODIES,
    TOO_LARGE,
    action,
)


MARKUP = f"%3Cb%3E{CANARY}%3C%2Fb%3E"
"""For the one place where the protocol names a plain word, which this is not."""

JSON_TYPE = "Content-Type: application/json"


def request(
    line: str | bytes, *headers: str, body: bytes | None = None, host: str = "127.0.0.1"
) -> bytes:
    """A request; `Content-Length` is right when there is a body."""
    start = line if isinstance(line, bytes) else line.encode("latin-1")
    lines = [f"Host: {host}", *headers]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    head = "\r\n".join(lines).encode("latin-1")
    return start + b"\r\n" + head + b"\r\n\r\n" + (body or b"")


def post(path: str, body: bytes, *headers: str) -> bytes:
    """A POST of a body that calls itself JSON, unless a header says otherwise."""
    typed = any(h.lower().startswith("content-type") for h in headers)
    named = headers if typed else (JSON_TYPE, *headers)
    return request(f"POST {path} HTTP/1.1", *named, body=body)


def get(target: str, *headers: str) -> bytes:
    """A GET."""
    return request(f"GET {target} HTTP/1.1", *headers)


def raw(*lines: str, body: bytes = b"") -> bytes:
    """A request line and header lines, exactly these."""
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def posted(cases: dict[str, bytes], *paths: str) -> Iterable[tuple[str, bytes]]:
    """Each body as a request to each path."""
    for path in paths:
        for name, body in cases.items():
            yield f"{path[1:]}-{name}", post(path, body)


CONTENT_TYPES = {
    name: post("/reset", f'{{"note":"{CANARY}"}}'.encode(), f"Content-Type: {value}")
    for name, value in {
        "none-of-it": "",
        "plain-text": "text/plain",
        "xml": "application/xml",
        "form": "application/x-www-form-urlencoded",
        "multipart": f"multipart/form-data; boundary={CANARY}",
        "multipart-without-boundary": "multipart/form-data",
        "almost-json": "application/jsonp",
        "words": f"{CANARY} and more",
    }.items()
}

METHODS = {
    "get-reset": get("/reset"),
    "put-step": request("PUT /step HTTP/1.1", JSON_TYPE, body=action()),
    "delete-state": request("DELETE /state HTTP/1.1"),
    "post-health": post("/health", b"{}"),
    "patch-tasks": request("PATCH /tasks HTTP/1.1", body=b""),
    "trace": request("TRACE / HTTP/1.1", f"X-Secret: {CANARY}"),
    "propfind": request("PROPFIND / HTTP/1.1"),
    "options-asterisk": request("OPTIONS * HTTP/1.1"),
}

STRANGE_METHODS = {
    "connect": request("CONNECT example.com:443 HTTP/1.1", host="example.com:443"),
    "lower-case": request("get /health HTTP/1.1"),
    "unknown": request("BREW /health HTTP/1.1"),
    "long": request("G" * 1000 + " /health HTTP/1.1"),
}

PATHS = {
    "unknown": get(f"/{CANARY}"),
    "below-a-route": get(f"/reset/{CANARY}"),
    "dots": get(f"/../../../etc/{CANARY}"),
    "dots-below-static": get(f"/static/../../{CANARY}.py"),
    "escaped-dots": get(f"/static/%2e%2e/%2e%2e/{CANARY}.py"),
    "twice-escaped-dots": get(f"/static/%252e%252e%252f{CANARY}.py"),
    "backslashes": get(f"/static/..\\..\\{CANARY}.py"),
    "absolute-below-static": get("/static//etc/passwd"),
    "a-drive": get(f"/static/C:/{CANARY}"),
    "nul": get("/static/style.css%00.txt"),
    "not-utf-8": get("/%ff%fe"),
    "half-an-escape": get("/%"),
    "no-escape": get(f"/%zz{CANARY}"),
    "two-slashes": get(f"//{CANARY}/health"),
    "semicolon": get(f"/health;{CANARY}=1"),
    "line-break": get(f"/%0d%0aX-Injected:%20{CANARY}"),
    "markup": get(f"/%3Cscript%3E{CANARY}%3C/script%3E"),
    "of-60-kb": get("/" + "a" * 60_000),
    "of-many-parts": get("/a" * 10_000),
    "splits-of-another": get(f"/{MARKUP}/splits"),
    "plain-websocket-path": get("/ws"),
}

QUERIES = {
    "unknown-rubric": get(f"/rubric?name={CANARY}"),
    "rubric-path": get(f"/rubric?name=../../{CANARY}"),
    "rubric-nul": get("/rubric?name=%00"),
    "rubric-not-utf-8": get("/rubric?name=%ff%fe"),
    "rubric-long": get("/rubric?name=" + "x" * 60_000),
    "episode-unknown": get(f"/state?episode_id={CANARY}"),
    "episode-path": get(f"/state?episode_id=../../etc/{CANARY}"),
    "episode-nul": get("/state?episode_id=%00%00"),
    "episode-long": get("/state?episode_id=" + "x" * 60_000),
    "episode-statement": get(f"/state?episode_id=%27;DROP%20TABLE%20{CANARY};--"),
    "episode-in-a-header": get("/state", f"X-Episode-Id: {CANARY}"),
    "episode-markup-in-a-header": get("/state", f"X-Episode-Id: <b>{CANARY}</b>"),
    "episode-latin-1-in-a-header": get("/state", "X-Episode-Id: \xe9\xff"),
    "many-parameters": get("/state?episode_id=x&" + "a=1&" * 10_000),
}

TASK_API = {
    "no-split": post("/support_queue_env/tasks", b"{}"),
    "unknown-split": post(
        "/support_queue_env/tasks", f'{{"split":"{CANARY}"}}'.encode()
    ),
    "extra-key": post(
        "/support_queue_env/num_tasks",
        f'{{"split":"train","more":"{CANARY}"}}'.encode(),
    ),
    "index-too-high": post(
        "/support_queue_env/task", b'{"split":"train","index":99999999999999999999}'
    ),
    "range-text": post(
        "/support_queue_env/task_range",
        f'{{"split":"train","start":"{CANARY}"}}'.encode(),
    ),
    "another-environment": post(f"/{MARKUP}/tasks", b'{"split":"train"}'),
}
UPGRADES = {
    "to-nothing": get(
        "/ws", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 1"
    ),
    "without-a-key": get(
        "/ws", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"
    ),
    "elsewhere": get(
        f"/{CANARY}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    ),
}

HOST = "Host: 127.0.0.1"
STEP_LINE = "POST /step HTTP/1.1"

FRAMING = {
    "noise": bytes(range(256)) + b"\r\n\r\n",
    "tls-hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
    + bytes(64)
    + b"\r\n\r\n",
    "ssh-banner": f"SSH-2.0-{CANARY}\r\n\r\n".encode(),
    "one-word": f"{CANARY}\r\n\r\n".encode(),
    "no-version": raw("GET /health", HOST),
    "no-host": raw("GET /health HTTP/1.1"),
    "two-hosts": raw("GET /health HTTP/1.1", HOST, f"Host: {CANARY}"),
    "foreign-host": raw("GET /health HTTP/1.1", f"Host: {CANARY}.example"),
    "foreign-origin": raw(STEP_LINE, HOST, f"Origin: http://{CANARY}.example"),
    "header-of-100-kb": raw("GET /health HTTP/1.1", HOST, f"X-A: {CANARY * 9000}"),
    "a-thousand-headers": raw(
        "GET /health HTTP/1.1", HOST, *(f"X-{n}: {CANARY}" for n in range(1000))
    ),
    "two-words-too-many": raw(f"GET /health {CANARY} HTTP/1.1", HOST),
    "version-2": raw("PRI * HTTP/2.0", "", "SM"),
    "version-9": raw("GET /health HTTP/9.9", HOST),
    "version-of-words": raw(f"GET /health {CANARY}/1.1", HOST),
    "no-slash": raw(f"GET {CANARY} HTTP/1.1", HOST),
    "nul-in-the-path": raw(f"GET /\x00{CANARY} HTTP/1.1", HOST),
    "header-without-colon": raw("GET /health HTTP/1.1", HOST, CANARY),
    "header-without-name": raw("GET /health HTTP/1.1", HOST, f": {CANARY}"),
    "space-before-colon": raw("GET /health HTTP/1.1", HOST, f"X-A : {CANARY}"),
    "space-in-a-name": raw("GET /health HTTP/1.1", HOST, f"X A: {CANARY}"),
    "nul-in-a-header": raw("GET /health HTTP/1.1", HOST, f"X-A: {CANARY}\x00"),
    "control-in-a-header": raw("GET /health HTTP/1.1", HOST, f"X-A: {CANARY}\x01"),
    "folded-header": raw("GET /health HTTP/1.1", f" {CANARY}: first", HOST),
    "length-negative": raw(STEP_LINE, HOST, JSON_TYPE, "Content-Length: -1"),
    "length-of-words": raw(STEP_LINE, HOST, JSON_TYPE, f"Content-Length: {CANARY}"),
    "length-hexadecimal": raw(STEP_LINE, HOST, JSON_TYPE, "Content-Length: 0x10"),
    "length-past-64-bits": raw(
        STEP_LINE, HOST, JSON_TYPE, "Content-Length: 99999999999999999999999"
    ),
    "length-twice": raw(
        STEP_LINE,
        HOST,
        JSON_TYPE,
        "Content-Length: 2",
        "Content-Length: 3",
        body=b"{} ",
    ),
    "length-list": raw(STEP_LINE, HOST, JSON_TYPE, "Content-Length: 2, 2", body=b"{}"),
    "length-of-a-terabyte": raw(
        STEP_LINE, HOST, JSON_TYPE, "Content-Length: 1099511627776", body=b"{}"
    ),
    "length-and-chunked": raw(
        STEP_LINE,
        HOST,
        JSON_TYPE,
        "Content-Length: 5",
        "Transfer-Encoding: chunked",
        body=b"0\r\n\r\nGET /health HTTP/1.1\r\n\r\n",
    ),
    "unknown-coding": raw(
        STEP_LINE, HOST, JSON_TYPE, f"Transfer-Encoding: {CANARY}", body=b"{}"
    ),
    "chunked-twice": raw(
        STEP_LINE,
        HOST,
        JSON_TYPE,
        "Transfer-Encoding: chunked, identity",
        body=b"0\r\n",
    ),
    "chunk-size-of-words": raw(
        STEP_LINE,
        HOST,
        JSON_TYPE,
        "Transfer-Encoding: chunked",
        body=f"{CANARY}\r\n{{}}\r\n0\r\n\r\n".encode(),
    ),
    "chunk-size-negative": raw(
        STEP_LINE,
        HOST,
        JSON_TYPE,
        "Transfer-Encoding: chunked",
        body=b"-2\r\n{}\r\n0\r\n\r\n",
    ),
    "chunk-size-past-64-bits": raw(
        STEP_LINE,
        HOST,
        JSON_TYPE,
        "Transfer-Encoding: chunked",
        body=b"fffffffffffffffffff\r\n{}\r\n0\r\n\r\n",
    ),
    "chunk-longer-than-its-size": raw(
        STEP_LINE,
        HOST,
        JSON_TYPE,
        "Transfer-Encoding: chunked",
        body=f"2\r\n{{}}{CANARY}\r\n0\r\n\r\n".encode(),
    ),
    "chunks-of-nonsense": raw(
        STEP_LINE,
        HOST,
        JSON_TYPE,
        "Transfer-Encoding: chunked",
        body=f"{len(CANARY):x}\r\n{CANARY}\r\n0\r\n\r\n".encode(),
    ),
    "body-longer-than-its-length": raw(
        STEP_LINE,
        HOST,
        JSON_TYPE,
        "Content-Length: 5",
        body=f'{{"note":"{CANARY}"}}'.encode(),
    ),
    "gzip-coding": post("/reset", gzip.compress(b"{}"), "Content-Encoding: gzip"),
    "absolute-form-unknown": raw(f"GET http://127.0.0.1/{CANARY} HTTP/1.1", HOST),
    "absolute-form-of-another-scheme": raw(f"GET ftp://{CANARY}/x HTTP/1.1", HOST),
    "authority-form": raw(f"GET {CANARY}:80 HTTP/1.1", HOST),
}

CASES: dict[str, bytes] = {
    **dict(posted(BODIES, "/reset", "/step")),
    **dict(posted(TOO_LARGE, "/reset", "/step")),
    **dict(posted(RESET_BODIES, "/reset")),
    **dict(posted(STEP_BODIES, "/step")),
    **{f"type-{name}": case for name, case in CONTENT_TYPES.items()},
    **{f"method-{name}": case for name, case in METHODS.items()},
    **{f"path-{name}": case for name, case in PATHS.items()},
    **{f"query-{name}": case for name, case in QUERIES.items()},
    **{f"task-api-{name}": case for name, case in TASK_API.items()},
    **{f"upgrade-{name}": case for name, case in UPGRADES.items()},
    **{f"method-{name}": case for name, case in STRANGE_METHODS.items()},
    **{f"framing-{name}": case for name, case in FRAMING.items()},
}
"""All of them by name."""
