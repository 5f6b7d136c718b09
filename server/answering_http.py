"""HTTP connections that answer whole requests where they arrive, without a task each."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, cast

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from .asgi import Receive, Scope, Send
from .gate import MAX_BODY
from .http_protocol import GuardedHttp
from .replies import Opened, Sent
from .shell import send_whole


_OK = 200

Open = Callable[[Scope], Sent | Opened | None]
"""Asks the application to answer a request as `Shell.open` does, without messages."""


class AnsweringHttp(GuardedHttp):
    """One HTTP connection.

    What the application does not open, or cannot, goes to it over ASGI's messages, and
    so does a request that wants to be told to go on.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._open: Open | None = getattr(self.app, "open", None)
        self._reading = False
        """Whether the parser is being fed; what it finds may still come whole."""
        self._new: RequestResponseCycle | None = None
        """A request whose head has come with what is being read."""
        self._opened: Opened | None = None
        """What answers the active request when its body is complete."""

    def _parse(self, data: bytes) -> None:
        """Feed the parser, and answer what is complete then."""
        self._reading = True
        super()._parse(data)
        self._reading = False
        if self._new is not None:
            cycle, self._new = self._new, None
            self._begin(cycle)
        if self._opened is not None and self._active is not None:
            self._go_on(self._active, self._opened)

    def _start_asgi_task(
        self, cycle: RequestResponseCycle, app: ASGI3Application
    ) -> None:
        if self._reading and self._open and not cycle.waiting_for_100_continue:
            self._active = self._new = cycle
        else:
            super()._start_asgi_task(cycle, app)

    def _begin(self, cycle: RequestResponseCycle) -> None:
        """Let a request in or refuse it; or give it to the application."""
        opened = self._open(cast("Scope", cycle.scope)) if self._open else None
        if opened is None:
            super()._start_asgi_task(cycle, self.app)
        elif isinstance(opened, Sent):
            self._send(cycle, opened)
        else:
            self._opened = opened

    def _go_on(self, cycle: RequestResponseCycle, opened: Opened) -> None:
        if not cycle.more_body or len(cycle.body) > MAX_BODY:
            self._opened = None
            self._send(cycle, opened(bytes(cycle.body)))

    def _send(
        self, cycle: RequestResponseCycle, sent: Sent | Coroutine[Any, Any, Sent]
    ) -> None:
        if isinstance(sent, Sent) and self._is_plain(cycle, sent):
            self._write(cycle, sent)
        else:
            app = partial(self._send_in_task, cycle, sent)
            super()._start_asgi_task(cycle, cast("ASGI3Application", app))

    async def _send_in_task(
        self,
        cycle: RequestResponseCycle,
        sent: Sent | Coroutine[Any, Any, Sent],
        _: Scope,
        __: Receive,
        send: Send,
    ) -> None:
        """A reply that takes time, or about which something is special."""
        if not isinstance(sent, Sent):
            sent = await sent
        if self._is_plain(cycle, sent):
            self._write(cycle, sent)
        else:
            await send_whole(sent, send)

    def _is_plain(self, cycle: RequestResponseCycle, sent: Sent) -> bool:
        """Whether a reply may be written in one piece; else uvicorn knows what to do."""
        return (
            sent.status == _OK
            and cycle.keep_alive
            and not cycle.disconnected
            and not self.flow.write_paused
        )

    def _write(self, cycle: RequestResponseCycle, sent: Sent) -> None:
        parts = [STATUS_LINE[_OK]]
        for name, value in (*cycle.default_headers, *sent.headers):
            parts += (name, b": ", value, b"\r\n")
        parts += (b"\r\n", sent.body)
        cycle.response_started = cycle.response_complete = True
        self.transport.write(b"".join(parts))
        self.on_response_complete()
