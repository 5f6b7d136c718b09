"""HTTP connections: uvicorn's, with an end to patience and refusals in JSON.

uvicorn waits for ever for the rest of a request, lets a head grow without bounds until
it is complete, waits for ever for a client to read, and says in plain text that a
request is malformed.
"""

from asyncio import Transport
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, cast

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import (
    HttpToolsProtocol,
    RequestResponseCycle,
)

from .gate import MAX_HEAD, MAX_URL, Refusal, read_head, size_refusal
from .patience import Limits, Patience, Watch
from .refusals import refusals_of
from .shell import refusal_response


MALFORMED = Refusal(400, "malformed", "expected a well-formed HTTP/1.1 request")
TOO_SLOW = Refusal(408, "slow_request", "the request took too long to arrive")
ENDLESS_HEAD = Refusal(431, "headers", f"expected at most {MAX_HEAD} bytes of headers")

_SLOW_READER = "slow_reader"

_SLICE = 4096
"""Bytes parsed at a time: at most some 200 requests, as far as nobody else waits."""

_MOST_DISCARDED = 1024 * 1024
"""Bytes after a refusal that are read, and not looked at."""


class _Parting:
    """A transport that closes so that the other side can read what was written.

    Closing with bytes unread makes the kernel reset the connection, and the answer is
    lost with it. And uvicorn reads on after each answer, and whenever an application
    waits; then `read_on` is called, which may know better.
    """

    def __init__(
        self,
        transport: Transport,
        part: Callable[[], None],
        read_on: Callable[[], None],
    ) -> None:
        self._transport = transport
        self.close = part
        self.resume_reading = read_on
        self.is_closing = transport.is_closing

    def write(self, data: bytes) -> None:
        """Send, unless the other side has closed meanwhile, which uvloop resents."""
        if not self.is_closing():
            self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class GuardedHttp(HttpToolsProtocol):
    """One HTTP connection.

    Args:
        limits: how long it waits.
        options: uvicorn's own.
    """

    def __init__(self, *, limits: Limits, **options: Any) -> None:
        super().__init__(**options)
        self._limits = limits
        self._refusals = refusals_of(self.app)
        self._watch = Watch(self.loop, limits.glance, self._look)
        self._unread = Patience(limits.reading)
        self._parting = Patience(limits.parting)
        self._since: float | None = None
        """When the request began that is not complete, if there is one."""
        self._resting: float | None = None
        """When the last answer was given, if nothing has come since."""
        self._head_bytes = 0
        self._in_head = True
        self._turned = False
        self._over = False
        self._discarded: int | None = None
        self._active: RequestResponseCycle | None = None
        """The request that the application has, or had last; later ones queue."""
        self._ahead = bytearray()
        """Received, but not parsed: there are requests before it that wait."""
        self._held_back = False
        """Whether nothing is read because something that was read waits."""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # uvicorn's own narrowing
        """A client is there; its request should be, soon."""
        self._real = transport
        parting = _Parting(transport, self._part, self._read_on)
        super().connection_made(cast("Transport", parting))
        self._since = self.loop.time()
        self._watch.start()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._watch.stop()
        self._ahead.clear()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came, as far as no earlier request waits for its turn.

        A client that sends requests ahead holds up itself, and fills no memory.
        """
        if self._over:
            self._discard(len(data))
        elif self._ahead or self.pipeline or len(data) > _SLICE:
            self._ahead += data
            self._parse_ahead()
        else:
            self._parse(data)

    def _parse_ahead(self) -> None:
        answered = self.server_state.total_requests
        while self._ahead and not self.pipeline and not self._over:
            part = bytes(self._ahead[:_SLICE])
            del self._ahead[:_SLICE]
            self._parse(part)
            if self.server_state.total_requests != answered:
                break  # at once; what is behind it has a turn of its own
        if self._over:
            self._discard(len(self._ahead))
            self._ahead.clear()
        self._hold_back()

    def _hold_back(self) -> None:
        """Read nothing while there is something to parse or that waits for its turn."""
        waits = bool(self._ahead or self.pipeline) and not self._over
        if waits is self._held_back or self.transport.is_closing():
            return
        self._held_back = waits
        if waits:
            self._real.pause_reading()
        elif not self.flow.read_paused:
            self._real.resume_reading()

    def _read_on(self) -> None:
        if not self._held_back:
            self._real.resume_reading()

    def _parse(self, data: bytes) -> None:
        """Feed the parser, and see that a head comes to an end."""
        if self._since is None:
            # Also for line breaks between requests, which begin none.
            self._since = self.loop.time()
        self._resting = None
        self._turned = False
        super().data_received(data)
        if self._in_head and not self._turned:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD + MAX_URL:
                self._refuse(ENDLESS_HEAD)

    def on_message_begin(self) -> None:
        """A request begins, perhaps behind another one in the same packet."""
        super().on_message_begin()
        self._head_bytes = 0
        self._turned = True
        if self._since is None:
            self._since = self.loop.time()

    def on_headers_complete(self) -> None:
        """The head is complete."""
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is complete."""
        self._in_head = self._turned = True
        self._since = None
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """Hand a handshake over, if the other parser can take it."""
        refusal = size_refusal(read_head(self.headers), len(self.url))
        if not self.url.isascii() or self._is_answering():
            refusal = MALFORMED
        if refusal is not None:
            self._refuse(refusal)
            return
        self._watch.stop()
        self._ahead.clear()
        self._hold_back()
        self.transport = self._real
        super().handle_websocket_upgrade()

    def _start_asgi_task(
        self, cycle: RequestResponseCycle, app: ASGI3Application
    ) -> None:
        self._active = cycle
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        """Go on with the next request, unless this was the last one."""
        if self._discarded is not None:
            return
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
        elif self._since is None:
            # uvicorn would arm a timer here, which costs as much as parsing a head.
            self._resting = self.loop.time()
        self._hold_back()
        if self._ahead and not self.pipeline:
            self.loop.call_soon(self._parse_ahead)

    def shutdown(self) -> None:
        """Close because the server ends, once a complete request is answered."""
        if not self._answer_and_part():
            self._give_up_body()
            self._real.close()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        self._refuse(MALFORMED)

    def _part(self) -> None:
        """Close, after what the client is still sending has run dry for a while."""
        if self._real.is_closing() or self._discarded is not None:
            return
        cycle = self._active
        complete = self._since is None and (cycle is None or not cycle.more_body)
        complete = complete and not self._held_back
        if complete or not self._real.can_write_eof():
            self._real.close()
            return
        self._over = True
        self._discarded = len(self._ahead)
        self._ahead.clear()
        self._held_back = False
        self._real.write_eof()
        self._real.resume_reading()

    def eof_received(self) -> None:
        """The client has sent all; one that was refused has read the reason."""
        if self._discarded is not None:
            self._real.close()

    def _discard(self, size: int) -> None:
        if self._discarded is not None:
            self._discarded += size
            if self._discarded > _MOST_DISCARDED:
                self._real.abort()

    def _look(self, now: float) -> None:
        transport = self._real
        unread = transport.get_write_buffer_size() > 0
        parting = transport.is_closing() or self._discarded is not None
        if self._parting.is_over(now, going_on=parting):
            transport.abort()
        elif self._unread.is_over(now, going_on=unread):
            self._refusals.count(_SLOW_READER)
            transport.abort()
        elif parting:
            pass
        elif self._since is not None and now - self._since >= self._limits.request:
            if self._is_answering():
                # What came since is of the next request, which waits for this one.
                self._since = now
            else:
                self._refuse(TOO_SLOW)
                transport.close()
        elif self._is_resting_too_long(now):
            self.timeout_keep_alive_handler()

    def _is_resting_too_long(self, now: float) -> bool:
        since = self._resting
        return since is not None and now - since >= self.timeout_keep_alive

    def _is_answering(self) -> bool:
        """Whether a complete request is being answered."""
        cycle = self._active
        if cycle is None or cycle.response_complete:
            return False
        return not cycle.more_body

    def _answer_and_part(self) -> bool:
        """Finish what is being answered, if anything is, and nothing after it."""
        if self._active is None or not self._is_answering():
            return False
        self._over = True
        self._active.keep_alive = False
        self.pipeline.clear()
        self._ahead.clear()
        self._hold_back()
        return True

    def _refuse(self, refusal: Refusal) -> None:
        """Answer in place of the application, and close."""
        if self._over or self.transport.is_closing():
            return
        self._refusals.count(refusal.reason)
        if self._answer_and_part():
            # The answer to an earlier request is due; one to this would get before it.
            return
        self._over = True
        cycle = self._active
        if cycle is None or cycle.response_complete or not cycle.response_started:
            self.transport.write(raw_response(refusal))
        self._give_up_body()
        self.transport.close()

    def _give_up_body(self) -> None:
        """Tell whoever waits for the rest of a body that there is none."""
        if self._active is not None:
            self._active.disconnected = True
            self._active.message_event.set()


def raw_response(refusal: Refusal) -> bytes:
    """A refusal as it goes over the wire."""
    status, headers, body = refusal_response(refusal)
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()]
    lines += [name + b": " + value for name, value in headers]
    return b"\r\n".join([*lines, b"", body])
