"""The shell around the application: what every request and handshake passes first.

It refuses what `gate.py` refuses, reads a body up to its limit and never further, and
puts security headers on what goes out. It is the ASGI application that a server runs;
a WebSocket's messages do not pass through it.
"""

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from functools import partial
from typing import Any

from attrs import define, field

from ..core.documents import encode_document
from .asgi import CONVERSE, Application, Message, Receive, Scope, Send
from .direct import DirectRoutes
from .gate import BODY_TOO_LARGE, MAX_BODY, Gate, Head, Refusal, read_head
from .rates import Rates
from .refusals import Refusals
from .replies import Later, Opened, Reply, Sent


log = logging.getLogger(__name__)

_ALWAYS = ((b"x-content-type-options", b"nosniff"),)

_ANCESTORS = "'self' https://huggingface.co https://*.hf.space"
"""Who may show a page in a frame; a Space's page stays blank without the second."""

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    f"form-action 'self'; frame-ancestors {_ANCESTORS}"
)
"""Our own files and nothing else; Swagger UI has pictures in its style sheet."""

_ON_PAGES = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    # With no-referrer, browsers would send the Origin "null" along with our forms.
    (b"referrer-policy", b"same-origin"),
    *_ALWAYS,
)

_FAILED = Refusal(500, "fault", "Internal Server Error")
_ENDING = Refusal(503, "shutdown", "the server is shutting down")


@define(eq=False)
class Shell:
    """An application behind a gate.

    Args:
        application: what is served; Litestar's object, for whoever needs it.
        gate: the rules.
        refusals: where everything turned away is counted.
        rates: how fast who may come; None: as fast as they like.
        direct: the routes that are answered without the application.
    """

    application: Application
    gate: Gate
    refusals: Refusals
    rates: Rates | None = None
    direct: DirectRoutes = field(factory=DirectRoutes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, one WebSocket, or the lifespan."""
        if scope["type"] == "lifespan":
            await self.application(scope, receive, send)
            return
        opened = self.open(scope)
        if opened is not None:
            await self._converse(opened, scope, receive, send)
            return
        head = read_head(scope["headers"])
        refusal = self._refusal(scope, head)
        if refusal is not None:
            await self._refuse(refusal, scope, send)
        elif scope["type"] == "websocket":
            if self.rates:
                receive = self._paced(self.rates, scope, receive)
            # Cancelled at shutdown, as requests are; its client was told 1012 before.
            with suppress(asyncio.CancelledError):
                await self.application(scope, receive, send)
        else:
            await self._serve(scope, receive, send, has_body=head.has_body)

    def open(self, scope: Scope) -> Sent | Opened | None:
        """Refuse a request to a direct route, or let it in; its body may come later.

        None for everything else, which the application has to be asked; then nothing
        has been counted.
        """
        if scope["type"] != "http" or not self.direct.has(scope):
            return None
        refusal = self._refusal(scope, read_head(scope["headers"]))
        return (
            partial(self._answer, scope) if refusal is None else self._turned(refusal)
        )

    def _answer(self, scope: Scope, body: bytes) -> Sent | Coroutine[Any, Any, Sent]:
        if len(body) > MAX_BODY:
            return self._turned(BODY_TOO_LARGE)
        reply = self.direct.answer(scope, body)
        return (
            Sent.of(reply, _ALWAYS) if isinstance(reply, Reply) else self._later(reply)
        )

    async def _later(self, reply: Later) -> Sent:
        try:
            return Sent.of(await reply, _ALWAYS)
        except asyncio.CancelledError:
            return self._turned(_ENDING)

    async def _converse(
        self, opened: Sent | Opened, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """What `open` began, over ASGI's messages."""
        try:
            if not isinstance(opened, Sent):
                has_body = read_head(scope["headers"]).has_body
                body = await read_body(receive) if has_body else b""
                if body is None:
                    return
                sent = opened(body)
                opened = sent if isinstance(sent, Sent) else await sent
        except asyncio.CancelledError:
            opened = self._turned(_ENDING)
        with suppress(asyncio.CancelledError):
            await send_whole(opened, send)

    def _refusal(self, scope: Scope, head: Head) -> Refusal | None:
        # Counted before anything else is looked at, so that guesses at keys are, too.
        refusal = self.rates.refusal(scope) if self.rates else None
        return refusal or self.gate.refusal(scope, head)

    def _turned(self, refusal: Refusal) -> Sent:
        self.refusals.count(refusal.reason)
        return refusal_response(refusal)

    def _paced(self, rates: Rates, scope: Scope, receive: Receive) -> Receive:
        paced = rates.paced(scope, receive)
        if paced is not receive:
            # Messages have to come through `receive` then, which gives them in time.
            scope["extensions"].pop(CONVERSE, None)
        return paced

    async def _serve(
        self, scope: Scope, receive: Receive, send: Send, *, has_body: bool
    ) -> None:
        answer = _Answer(send)
        try:
            if has_body:
                body = await read_body(receive)
                if body is None:
                    return
                if len(body) > MAX_BODY:
                    await self._refuse(BODY_TOO_LARGE, scope, send)
                    return
                receive = _received(body, receive)
            await self.application(scope, receive, answer.send)
        except asyncio.CancelledError:
            # So uvicorn ends a request when its time to shut down is over, and would
            # make a fault of ours of it: 500 in plain text, and a traceback.
            if not answer.started:
                await self._refuse(_ENDING, scope, send)
        except Exception:
            if answer.started:
                raise
            log.exception("a request could not be handled")
            await _send_refusal(_FAILED, scope, send)

    async def _refuse(self, refusal: Refusal, scope: Scope, send: Send) -> None:
        self.refusals.count(refusal.reason)
        await _send_refusal(refusal, scope, send)


async def read_body(receive: Receive) -> bytes | None:
    """A whole body, or its beginning past the limit; None when the client has gone."""
    body = bytearray()
    while len(body) <= MAX_BODY:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return bytes(body)


def _received(body: bytes, receive: Receive) -> Receive:
    """A receive that gives the body in one piece, and then what else comes."""
    waiting: list[Message] = [
        {"type": "http.request", "body": body, "more_body": False}
    ]

    async def receive_once() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_once


@define(eq=False)
class _Answer:
    """A send that adds the security headers."""

    _send: Send
    started: bool = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = list(message["headers"])
            message["headers"] = [*headers, *_security_headers(headers)]
        await self._send(message)


def _security_headers(
    headers: list[tuple[bytes, bytes]],
) -> tuple[tuple[bytes, bytes], ...]:
    for name, value in headers:
        if name == b"content-type":
            return _ON_PAGES if value.startswith(b"text/html") else _ALWAYS
    return _ALWAYS


def refusal_response(refusal: Refusal) -> Sent:
    """The answer that a refusal is.

    The connection is closed after it: what else was sent is not read.
    """
    body = encode_document({"detail": refusal.detail})
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
        *_ALWAYS,
        *refusal.headers,
    ]
    return Sent(refusal.status, headers, body)


async def _send_refusal(refusal: Refusal, scope: Scope, send: Send) -> None:
    """Answer a request, or a handshake before it is accepted."""
    sent = refusal_response(refusal)
    if scope["type"] != "websocket":
        await send_whole(sent, send)
    elif "websocket.http.response" in (scope.get("extensions") or {}):
        await send_whole(sent, send, "websocket.http")
    else:
        # The server makes a 403 of it.
        await send({"type": "websocket.close", "code": 1008, "reason": ""})


async def send_whole(sent: Sent, send: Send, prefix: str = "http") -> None:
    """Send a reply as two messages of ASGI."""
    status, headers, body = sent
    await send(
        {"type": f"{prefix}.response.start", "status": status, "headers": headers}
    )
    await send({"type": f"{prefix}.response.body", "body": body, "more_body": False})
