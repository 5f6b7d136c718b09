"""The shell around the application: what every request and handshake passes first.

It refuses what `gate.py` refuses, reads a body up to its limit and never further, and
puts security headers on what goes out. It is the ASGI application that a server runs;
a WebSocket's messages do not pass through it.
"""

import asyncio
import logging
from contextlib import suppress

from attrs import define, field

from ..core.documents import encode_document
from .asgi import CONVERSE, Application, Message, Receive, Scope, Send
from .direct import DirectRoutes
from .gate import BODY_TOO_LARGE, MAX_BODY, Gate, Refusal, read_head
from .rates import Rates
from .refusals import Refusals
from .replies import Reply


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
        head = read_head(scope["headers"])
        # Counted before anything else is looked at, so that guesses at keys are, too.
        refusal = self.rates.refusal(scope) if self.rates else None
        refusal = refusal or self.gate.refusal(scope, head)
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
            body = await read_body(receive) if has_body else b""
            if body is None:
                return
            if len(body) > MAX_BODY:
                await self._refuse(BODY_TOO_LARGE, scope, send)
                return
            reply = self.direct.answer(scope, body)
            if reply is not None:
                reply = reply if isinstance(reply, Reply) else await reply
                await _send_reply(reply, answer.send)
                return
            if has_body:
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


async def _send_reply(reply: Reply, send: Send) -> None:
    headers = list(reply.all_headers)
    await send(
        {
            "type": "http.response.start",
            "status": reply.status,
            "headers": headers,
        }
    )
    await send({"type": "http.response.body", "body": reply.body, "more_body": False})


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


def refusal_response(
    refusal: Refusal,
) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Status, headers and body of a refusal.

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
    return refusal.status, headers, body


async def _send_refusal(refusal: Refusal, scope: Scope, send: Send) -> None:
    """Answer a request, or a handshake before it is accepted."""
    status, headers, body = refusal_response(refusal)
    prefix = "http"
    if scope["type"] == "websocket":
        if "websocket.http.response" not in (scope.get("extensions") or {}):
            # The server makes a 403 of it.
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
            return
        prefix = "websocket.http"
    await send(
        {"type": f"{prefix}.response.start", "status": status, "headers": headers}
    )
    await send({"type": f"{prefix}.response.body", "body": body, "more_body": False})
