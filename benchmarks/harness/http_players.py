"""The same over HTTP, on connections that are kept alive."""

import asyncio
from collections.abc import Callable
from time import perf_counter_ns

from attrs import define, field

from . import messages
from .jobs import Kind
from .meter import Meter
from .players import Refused


_ID = b'"episode_id":"'
_LENGTH = b"content-length:"
HEALTH = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def post(path: str, body: bytes) -> bytes:
    """A request with a JSON body."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


RESET = post("/reset", messages.RESET_BODY)


def end_of_reply(data: bytes) -> int:
    """Where the reply at the beginning ends; 0 if it goes on.

    Raises:
        Refused: it is no 200 with a length.
    """
    head = data.find(b"\r\n\r\n")
    if head < 0:
        return 0
    if not data.startswith(b"HTTP/1.1 200"):
        raise Refused(f"no 200: {data[:200]!r}")
    names = data[:head].lower()
    at = names.find(_LENGTH)
    if at < 0:
        raise Refused(f"a reply without a length: {names[:200]!r}")
    length = names[at + len(_LENGTH) :].split(b"\r\n", 1)[0]
    end = head + 4 + int(length)
    return end if end <= len(data) else 0


@define(eq=False)
class HttpPlayer(asyncio.Protocol):
    """One connection: its requests, each when the one before is answered.

    The arguments are those of `Player`; `kind` says what is asked for, and every answer
    is told as if it ended an episode.
    """

    meter: Meter
    ended: Callable[[Exception | None], None]
    played: Callable[[], None]
    kind: Kind
    _transport: asyncio.Transport = field(init=False)
    _rest: bytes = field(init=False, default=b"")
    _turn: int = field(init=False, default=0)
    _body: Callable[[], bytes] = field(init=False, default=bytes)
    _sent: int = field(init=False, default=0)
    _error: Exception | None = field(init=False, default=None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self._transport = transport  # type: ignore[assignment]  # TCP's is one
        self._send()

    def data_received(self, data: bytes) -> None:
        """Read what there is of a reply, and ask again."""
        data = self._rest + data
        try:
            end = end_of_reply(data)
            if end:
                self._answered(data[:end])
                data = data[end:]
        except (Refused, ValueError) as error:
            self._error = error
            self._transport.abort()
        self._rest = data

    def _answered(self, reply: bytes) -> None:
        self.meter.taken.append(perf_counter_ns() - self._sent)
        self.played()
        if self.kind != "http episodes":
            self.meter.operations += 1
        elif self._turn:
            self.meter.operations += 1
            self._turn = (self._turn + 1) % (messages.TICKETS + 1)
        else:
            self._body = messages.step_bodies(episode_of(reply))
            self._turn = 1
        self._send()

    def _send(self) -> None:
        self._sent = perf_counter_ns()
        if self.kind == "health":
            self._transport.write(HEALTH)
        elif self._turn:
            self._transport.write(post("/step", self._body()))
        else:
            self._transport.write(RESET)

    def connection_lost(self, error: Exception | None) -> None:
        """Say so."""
        self.ended(self._error or error)

    def abort(self) -> None:
        """End without a word."""
        self._transport.abort()


def episode_of(reply: bytes) -> str:
    """The episode that a reset began.

    Raises:
        Refused: the reply names none.
    """
    _, found, after = reply.partition(_ID)
    if not found:
        raise Refused(f"a reset without an episode_id: {reply[-200:]!r}")
    return after.partition(b'"')[0].decode()
