"""A judge's endpoint that misbehaves on request: real HTTP, no model.

    with FakeJudge(BEHAVIOURS) as judge:
        ...  # ask at judge.base_url("hang")
    judge.asked["hang"]

One server has every behaviour, each under a path of its own, so that all of them can
be asked at once. `BEHAVIOURS` is the table: how the endpoint answers, and what the
scorer must make of it.
"""

import asyncio
import gzip
import json
import re
import socket
import struct
import threading
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Self

from attrs import frozen


FAKE_KEY = "sk-not-a-real-key-0123456789"


@frozen
class Asked:
    """A request: its body as sent, its headers, how many came before it here."""

    body: bytes
    headers: Mapping[str, str]
    before: int

    @property
    def document(self) -> dict[str, Any]:
        """The body's JSON."""
        document: dict[str, Any] = json.loads(self.body)
        return document

    @property
    def nonce(self) -> str:
        """The nonce that the instructions ask to be repeated."""
        found = re.search(
            r"the text (\w{16})\n", self.document["messages"][0]["content"]
        )
        assert found
        return found[1]

    @property
    def candidate(self) -> str:
        """The text under judgement, as the judge reads it."""
        lines = self.document["messages"][-1]["content"].splitlines()
        text: str = json.loads(lines[2])
        return text


Send = Callable[[bytes], Awaitable[None]]
Answer = Callable[[Asked, Send], Awaitable[None]]


@frozen
class Behaviour:
    """How the endpoint answers, and the score or code that must come of it."""

    answer: Answer
    expected: float | str


# --- how bytes come ------------------------------------------------------------


def response(
    body: bytes, status: int = 200, kind: str = "application/json", **headers: str
) -> bytes:
    """A whole HTTP response; `Length` tells a lie about its body's."""
    length = headers.pop("Length", len(body))
    lines = [f"HTTP/1.1 {status} Some reason", f"Content-Type: {kind}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if "Transfer_Encoding" not in headers:
        lines.append(f"Content-Length: {length}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def raw(*parts: bytes, pause: float = 0.0, then_hang: bool = False) -> Answer:
    """Sends the parts, with a pause after each."""

    async def answer(_: Asked, send: Send) -> None:
        for part in parts:
            await send(part)
            await asyncio.sleep(pause)
        if then_hang:
            await asyncio.sleep(3600)

    return answer


def endless(begin: bytes, part: bytes, pause: float = 0.0) -> Answer:
    """Sends the same part for ever."""

    async def answer(_: Asked, send: Send) -> None:
        await send(begin)
        while True:
            await send(part)
            await asyncio.sleep(pause)

    return answer


def first(*answers: Answer) -> Answer:
    """The first answer to the first request, and so on; the last one repeats."""

    async def answer(asked: Asked, send: Send) -> None:
        await answers[min(asked.before, len(answers) - 1)](asked, send)

    return answer


def refuse(status: int, **headers: str) -> Answer:
    """An error as endpoints shape it."""
    body = b'{"error": {"message": "no", "type": "fake"}}'
    return raw(response(body, status, **headers))


class Reset(Exception):
    """The server breaks the connection off."""


async def reset(asked: Asked, send: Send) -> None:
    """No answer, and a connection that breaks."""
    raise Reset


# --- what completions hold ------------------------------------------------------


def document(choices: object, **more: object) -> Answer:
    """A completion with these choices."""
    usage = {"prompt_tokens": 412, "completion_tokens": 37, "total_tokens": 449}
    whole = {"object": "chat.completion", "model": "fake", "usage": usage, **more}
    return raw(response(json.dumps({**whole, "choices": choices}).encode()))


def choice(message: object, finish: str | None = "stop") -> dict[str, object]:
    """A choice."""
    return {"index": 0, "finish_reason": finish, "message": message}


def says(content: object, finish: str | None = "stop", **message: object) -> Answer:
    """A completion whose message has this content."""
    message = {"role": "assistant", "content": content, **message}
    return document([choice(message, finish)])


def writes(template: str, **more: object) -> Answer:
    """A completion with this text, in which NONCE stands for the real nonce."""

    async def answer(asked: Asked, send: Send) -> None:
        text = template.replace("NONCE", asked.nonce)
        text = text.replace("CANDIDATE", asked.candidate)
        message = {"role": "assistant", "content": text}
        await document([choice(message)], **more)(asked, send)

    return answer


def verdict(score: str, reason: str = '"it does"') -> str:
    """A verdict's text from JSON of score and reason."""
    return f'{{"nonce": "NONCE", "reason": {reason}, "score": {score}}}'


GOOD = verdict("0.75")
HONEST = writes(GOOD)


async def chunked(asked: Asked, send: Send) -> None:
    """An honest answer in chunks of 7 bytes."""
    parts: list[bytes] = []

    async def collect(part: bytes) -> None:
        parts.append(part)

    await HONEST(asked, collect)
    body = b"".join(parts).partition(b"\r\n\r\n")[2]
    pieces = [body[i : i + 7] for i in range(0, len(body), 7)]
    framed = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces)
    head = response(b"", Transfer_Encoding="chunked")
    await send(head + framed + b"0\r\n\r\n")


async def plain_only(asked: Asked, send: Send) -> None:
    """An endpoint that knows no options."""
    known = {"model", "messages"} >= set(asked.document)
    await (HONEST if known else refuse(400))(asked, send)


async def repeats(asked: Asked, send: Send) -> None:
    """Say the last message back."""
    await says(asked.document["messages"][-1]["content"])(asked, send)


HTML = b"<html><body>Welcome to the hotel's network</body></html>"
CHUNKS = response(b"", Transfer_Encoding="chunked")
CHUNK = b"1000\r\n" + b" " * 4096 + b"\r\n"
DEEP = "[" * 5000 + "]" * 5000

BEHAVIOURS: dict[str, Behaviour] = {
    name: Behaviour(answer, expected)
    for name, answer, expected in (
        # judges that are fine, if sometimes only at the second try
        ("honest", HONEST, 0.75),
        ("honest one", writes(verdict("1")), 1.0),
        ("honest nought", writes(verdict("0")), 0.0),
        ("spaced", writes(f" \n{GOOD}\n "), 0.75),
        ("in chunks", chunked, 0.75),
        ("no usage", writes(GOOD, usage=None), 0.75),
        ("half a usage", writes(GOOD, usage={"prompt_tokens": 412}), 0.75),
        (
            "odd usage",
            writes(GOOD, usage={"prompt_tokens": -1, "completion_tokens": "two"}),
            0.75,
        ),
        ("knows no options", plain_only, 0.75),
        ("500 once", first(refuse(500), HONEST), 0.75),
        ("429 once", first(refuse(429, Retry_After="0"), HONEST), 0.75),
        ("reset once", first(reset, HONEST), 0.75),
        ("says the key", writes(verdict("0.75", f'"{FAKE_KEY}"')), 0.75),
        # slow
        ("hang", raw(then_hang=True), "judge_timeout"),
        ("hang in headers", raw(b"HTTP/1.1 200", then_hang=True), "judge_timeout"),
        (
            "hang in body",
            raw(response(b"{", Length="9"), then_hang=True),
            "judge_timeout",
        ),
        ("drip", endless(CHUNKS, b"1\r\n \r\n", 0.02), "judge_timeout"),
        (
            "drip headers",
            endless(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n", 0.02),
            "judge_timeout",
        ),
        (
            "continue",
            endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.001),
            "judge_timeout",
        ),
        # broken connections
        ("reset", reset, "judge_unreachable"),
        ("close", raw(), "judge_unreachable"),
        ("close in body", raw(response(b"{", Length="9")), "judge_unreachable"),
        ("no HTTP", raw(b"220 mail.example ESMTP\r\n"), "judge_unreachable"),
        (
            "big headers",
            raw(b"HTTP/1.1 200 OK\r\nA: " + b"b" * 300_000),
            "judge_unreachable",
        ),
        (
            "endless headers",
            endless(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n" * 999),
            "judge_unreachable",
        ),
        # errors
        ("401", refuse(401), "judge_refused"),
        ("403", refuse(403), "judge_refused"),
        ("429", refuse(429), "judge_overloaded"),
        ("429 for an hour", refuse(429, Retry_After="3600"), "judge_overloaded"),
        (
            "429 until a date",
            refuse(429, Retry_After="Fri, 01 Jan 2100"),
            "judge_overloaded",
        ),
        ("429 for NaN", refuse(429, Retry_After="nan"), "judge_overloaded"),
        ("400", refuse(400), "judge_error"),
        ("404", refuse(404), "judge_error"),
        ("500", refuse(500), "judge_error"),
        ("502 HTML", raw(response(HTML, 502, "text/html")), "judge_error"),
        ("503 for an hour", refuse(503, Retry_After="3600"), "judge_error"),
        (
            "500 without end",
            endless(response(b"", 500, Transfer_Encoding="chunked"), CHUNK),
            "judge_error",
        ),
        (
            "elsewhere",
            refuse(307, Location="/elsewhere/v1/chat/completions"),
            "judge_error",
        ),
        # 200, and no completion
        ("HTML", raw(response(HTML, kind="text/html")), "judge_malformed"),
        ("no body", raw(response(b"")), "judge_malformed"),
        ("no UTF-8", raw(response(b'{"choices": "\xff"}')), "judge_malformed"),
        (
            "gzip",
            raw(response(gzip.compress(b"{}"), Content_Encoding="gzip")),
            "judge_malformed",
        ),
        ("huge", raw(response(b" " * 1_000_000)), "judge_malformed"),
        ("endless", endless(CHUNKS, CHUNK), "judge_malformed"),
        (
            "events",
            raw(response(b"data: {}\n\ndata: [DONE]\n\n", kind="text/event-stream")),
            "judge_malformed",
        ),
        ("a list", raw(response(b"[]")), "judge_malformed"),
        ("deep", raw(response(DEEP.encode())), "judge_malformed"),
        (
            "200 with an error",
            raw(response(b'{"error": {"code": 500}}')),
            "judge_malformed",
        ),
        ("null choices", document(None), "judge_malformed"),
        ("empty choices", document([]), "judge_malformed"),
        ("text for a choice", document(["yes"]), "judge_malformed"),
        ("null message", document([choice(None)]), "judge_malformed"),
        ("two choices", document([choice({"content": "{}"})] * 2), "judge_malformed"),
        # completions without a verdict
        ("null content", says(None), "judge_malformed"),
        ("content in parts", says([{"type": "text", "text": "{}"}]), "judge_malformed"),
        ("empty", says(""), "judge_malformed"),
        ("calls a tool", says("{}", tool_calls=[{"id": "1"}]), "judge_malformed"),
        ("no finish", says("{}", None), "judge_malformed"),
        ("truncated", says('{"nonce": "', "length"), "judge_truncated"),
        ("truncated whole", says("{}", "length"), "judge_truncated"),
        ("refusal", says(None, refusal="I will not"), "judge_declined"),
        ("filtered", says("", "content_filter"), "judge_declined"),
        # texts that are nearly verdicts
        ("7 out of 10", writes("7 out of 10"), "judge_malformed"),
        ("a bare number", writes("0.7"), "judge_malformed"),
        ("prose before", writes(f"Here it is: {GOOD}"), "judge_malformed"),
        ("prose after", writes(f"{GOOD} I hope this helps."), "judge_malformed"),
        ("fenced", writes(f"```json\n{GOOD}\n```"), "judge_malformed"),
        ("two verdicts", writes(f"{GOOD}\n{GOOD}"), "judge_malformed"),
        ("listed", writes(f"[{GOOD}]"), "judge_malformed"),
        ("nested", writes(f'{{"verdict": {GOOD}}}'), "judge_malformed"),
        ("two scores", writes(GOOD[:-1] + ', "score": 1}'), "judge_malformed"),
        ("one key more", writes(GOOD[:-1] + ', "sure": 1}'), "judge_malformed"),
        ("no reason", writes('{"nonce": "NONCE", "score": 1}'), "judge_malformed"),
        ("no nonce", writes('{"reason": "it does", "score": 1}'), "judge_malformed"),
        ("wrong nonce", writes(GOOD.replace("NONCE", "0" * 16)), "judge_malformed"),
        ("single quotes", writes(GOOD.replace('"', "'")), "judge_malformed"),
        ("byte order mark", writes(f"\ufeff{GOOD}"), "judge_malformed"),
        ("deep verdict", writes(verdict(DEEP)), "judge_malformed"),
        ("surrogate", writes(verdict("1", r'"\ud800"')), "judge_malformed"),
        ("long reason", writes(verdict("1", f'"{"a" * 301}"')), "judge_malformed"),
        ("reason of numbers", writes(verdict("1", "[1]")), "judge_malformed"),
        # scores that are none
        ("NaN", writes(verdict("NaN")), "judge_malformed"),
        ("infinity", writes(verdict("-Infinity")), "judge_malformed"),
        ("-3", writes(verdict("-3")), "judge_malformed"),
        ("1e9", writes(verdict("1e9")), "judge_malformed"),
        ("1e999", writes(verdict("1e999")), "judge_malformed"),
        ("just above", writes(verdict("1.0000001")), "judge_malformed"),
        ("many digits", writes(verdict("9" * 5000)), "judge_malformed"),
        ("text score", writes(verdict('"0.9"')), "judge_malformed"),
        ("true", writes(verdict("true")), "judge_malformed"),
        ("null", writes(verdict("null")), "judge_malformed"),
        # what the submission says about itself
        ("echo", writes("CANDIDATE"), "judge_malformed"),
        ("echo and verdict", writes(f"CANDIDATE\n{GOOD}"), "judge_malformed"),
        ("repeats", repeats, "judge_malformed"),
    )
}


class FakeJudge:
    """The server, in a thread; a context manager. `asked` holds what came."""

    def __init__(self, behaviours: Mapping[str, Behaviour]) -> None:
        self.asked: defaultdict[str, list[Asked]] = defaultdict(list)
        self._behaviours = behaviours
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def base_url(self, behaviour: str) -> str:
        """The address at which the endpoint behaves like this."""
        assert behaviour in self._behaviours
        port = self._listener.getsockname()[1]
        return f"http://127.0.0.1:{port}/{behaviour.replace(' ', '_')}/v1"

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        handlers: set[asyncio.Task[None]] = set()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(self._handle(reader, writer))
            handlers.add(task)
            task.add_done_callback(handlers.discard)

        server = await asyncio.start_server(accept, sock=self._listener)
        await self._stop.wait()
        server.close()
        for task in handlers:
            task.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)
        await asyncio.sleep(0)  # the connections close in the loop's next turn

    async def _handle(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        async def send(part: bytes) -> None:
            writer.write(part)
            await writer.drain()

        try:
            name, asked = await self._read(reader)
            self.asked[name].append(asked)
            await self._behaviours[name].answer(asked, send)
        except Reset:
            # Without lingering, so that the other side sees a reset.
            linger = struct.pack("ii", 1, 0)
            connection = writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        except (OSError, EOFError):
            pass  # the client has hung up, as it should
        finally:
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> tuple[str, Asked]:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        name = head[0].split()[1].split("/")[1].replace("_", " ")
        pairs = (line.partition(": ") for line in head[1:] if line)
        headers = {key.lower(): value for key, _, value in pairs}
        body = await reader.readexactly(int(headers["content-length"]))
        return name, Asked(body, headers, len(self.asked[name]))
