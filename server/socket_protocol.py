"""uvicorn's WebSocket protocol, kinder to clients that read and firmer with others."""

import asyncio
import json
from http import HTTPStatus
from typing import Any

from uvicorn._types import ASGIReceiveEvent
from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.datastructures import Headers
from websockets.http11 import Response
from websockets.server import ServerProtocol

from .mailbox import Flag, Mailbox


PARTING_SECONDS = 5.0
"""How long a connection may still take what was written before it is cut."""

_MOST_DISCARDED = 16 * 1024 * 1024


class SocketProtocol(WebSocketsSansIOProtocol):
    """Three things that uvicorn leaves to chance.

    A client whose message is refused learns the close code: closing at once, with the
    rest of the message unread, would make the kernel reset the connection under it.
    Who does not read is not read from, so that pongs cannot pile up. And a connection
    that takes nothing any more is cut: closing it politely would wait for ever.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.conn = _Handshake(
            extensions=self.conn.available_extensions,
            max_size=config.ws_max_size,
            logger=self.logger,
        )
        # uvicorn only puts, takes and asks whether there is something.
        self.queue = Mailbox()  # type: ignore[assignment]
        self.writable = Flag()
        self.writable.set()
        self._discarded: int | None = None
        self._cut: asyncio.TimerHandle | None = None

    def start_keepalive(self) -> None:
        """The handshake is over: what was asked and answered need not be kept."""
        super().start_keepalive()
        # The parser still holds the request itself.
        self.request.headers.clear()
        del self.request, self.response

    def data_received(self, data: bytes) -> None:
        """Read, or only count once the client has been refused."""
        if self._discarded is None:
            super().data_received(data)
            return
        self._discarded += len(data)
        if self._discarded > _MOST_DISCARDED:
            self.transport.abort()

    def eof_received(self) -> None:
        """The client has sent all; one that was refused has read the reason."""
        if self._discarded is not None:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, and nothing is left to be cut."""
        if self._cut is not None:
            self._cut.cancel()
            self._cut = None
        super().connection_lost(exc)

    def handle_parser_exception(self) -> None:
        """Say why, and let what the client is still sending run dry."""
        if self._discarded is not None:
            return
        if self.conn.close_sent is None or not self.transport.can_write_eof():
            super().handle_parser_exception()
            return
        self._discarded = 0
        reason = self.conn.close_sent
        self.queue.put_nowait(
            {
                "type": "websocket.disconnect",
                "code": reason.code,
                "reason": reason.reason,
            }
        )
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.write_eof()
        self.close_sent = True
        # Where uvicorn finds a timer, it leaves the closing to that.
        self.close_timer = self.loop.call_later(PARTING_SECONDS, self.transport.abort)
        self.transport.resume_reading()

    def pause_writing(self) -> None:
        """Nothing more is read while the client does not read."""
        super().pause_writing()
        if not self.transport.is_closing():
            self.transport.pause_reading()

    def resume_writing(self) -> None:
        """Read on, unless a message still waits to be answered."""
        super().resume_writing()
        if not self.read_paused and not self.transport.is_closing():
            self.transport.resume_reading()

    async def receive(self) -> ASGIReceiveEvent:
        """The next event; reading goes on if the client reads, too."""
        event = await super().receive()
        if not self.writable.is_set() and not self.transport.is_closing():
            self.transport.pause_reading()
        return event

    def keepalive_timeout(self) -> None:
        """Nothing came back: say so, and cut the connection soon."""
        super().keepalive_timeout()
        self._cut_soon()

    def on_task_complete(self, task: "asyncio.Task[None]") -> None:
        """The application is through with the connection."""
        super().on_task_complete(task)
        if not self.disconnected:
            self._cut_soon()

    def _cut_soon(self) -> None:
        if self._cut is None:
            self._cut = self.loop.call_later(PARTING_SECONDS, self.transport.abort)


class _Handshake(ServerProtocol):
    """A server's side of the protocol that refuses handshakes in JSON."""

    def reject(self, status: HTTPStatus | int, text: str) -> Response:
        """The status in words; `text` is for developers of servers."""
        detail = json.dumps({"detail": HTTPStatus(status).phrase})
        response = super().reject(status, detail)
        headers = Headers(response.headers.raw_items())
        del headers["Content-Type"]
        headers["Content-Type"] = "application/json"
        response.headers = headers
        return response
