"""Clients that play as fast as they are answered, or as they are told to.

They are protocols of the event loop and nothing else: a client library would cost more
than the servers that it is to load. Replies are looked at only so far that an error
cannot pass for an observation.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from time import perf_counter_ns

from attrs import define, field

from . import frames, messages
from .meter import Meter


_GLANCE = 64
"""Bytes at the beginning of a reply in which its type stands."""

HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
_OFFER = b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"


class Refused(Exception):
    """A server did not answer as it should; the message holds what it said."""


@define(eq=False)
class Player(asyncio.Protocol):
    """One WebSocket and its episodes.

    Args:
        meter: where answers are counted.
        ended: takes the error that ended it, or None when the server closed in order.
        opened: is called when the first message may be sent.
        played: is called after each episode.
        step: makes a step message.
        reset: makes a reset message.
        one_episode: whether the connection is closed after an episode, which then is
            the operation that counts.
        offers: whether deflate is offered.
        deflates: whether it has to be agreed to; it must not be otherwise.
        closed_loop: whether the next message goes out when the one before is answered.
    """

    meter: Meter
    ended: Callable[[Exception | None], None]
    opened: Callable[[], None]
    played: Callable[[], None]
    step: Callable[[], bytes]
    reset: Callable[[], bytes]
    one_episode: bool = False
    offers: bool = False
    deflates: bool = False
    closed_loop: bool = True
    _transport: asyncio.Transport = field(init=False)
    _frames: frames.Frames | None = field(init=False, default=None)
    _deflate: frames.Deflate | None = field(init=False, default=None)
    _head: bytes = field(init=False, default=b"")
    _turn: int = field(init=False, default=0)
    _busy: bool = field(init=False, default=False)
    _due: "deque[int]" = field(init=False, factory=deque)
    _sent: int = field(init=False, default=0)
    _error: Exception | None = field(init=False, default=None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the WebSocket."""
        self._transport = transport  # type: ignore[assignment]  # TCP's is one
        self._transport.write(HANDSHAKE + (_OFFER if self.offers else b"") + b"\r\n")

    def data_received(self, data: bytes) -> None:
        """Read what there is of the handshake or of a reply."""
        try:
            if self._frames is None:
                self._shake(data)
            else:
                for frame in self._frames.feed(data):
                    self._read(frame)
        except (Refused, ValueError) as error:
            self._error = error
            self._transport.abort()

    def _shake(self, data: bytes) -> None:
        self._head += data
        head, end, rest = self._head.partition(b"\r\n\r\n")
        if not end:
            return
        if not head.startswith(b"HTTP/1.1 101"):
            raise Refused(f"no WebSocket: {head[:200]!r}")
        agreed = b"permessage-deflate" in head
        if agreed != self.deflates:
            raise Refused(f"deflate was {'' if agreed else 'not '}agreed to")
        self._deflate = frames.Deflate() if agreed else None
        self._frames = frames.Frames()
        self.opened()
        if self.closed_loop:
            self.send(perf_counter_ns())
        for frame in self._frames.feed(rest):
            self._read(frame)

    def _read(self, frame: frames.Frame) -> None:
        if frame.opcode == frames.TEXT:
            self._answered(frame)
        elif frame.opcode == frames.PING:
            self._transport.write(frames.client_frame(frame.payload, frames.PONG))
        elif frame.opcode == frames.CLOSE:
            if self._turn <= messages.TICKETS:
                raise Refused(f"the server closed: {frame.payload!r}")
            self._transport.write(frames.client_frame(frame.payload, frames.CLOSE))
            self._turn = 0

    def _answered(self, frame: frames.Frame) -> None:
        now = perf_counter_ns()
        payload = frame.payload
        if frame.compressed and self._deflate is not None:
            payload = self._deflate.decompress(payload)
        if b'"observation"' not in payload[:_GLANCE]:
            raise Refused(f"no observation: {payload[:200]!r}")
        if self._turn:
            self.meter.taken.append(now - self._sent)
            if not self.one_episode:
                self.meter.operations += 1
        self._busy = False
        self._turn += 1
        if self._turn > messages.TICKETS:
            self.played()
            if self.one_episode:
                self.meter.operations += 1
                self._write(messages.CLOSE)
                return
            self._turn = 0
        if self.closed_loop:
            self.send(now)
        elif self._due:
            self.send(self._due.popleft())

    def send(self, due: int) -> None:
        """Send the next message, or when the last one is answered.

        Args:
            due: when it should be sent, as `perf_counter_ns`; its latency counts from
                then, so that a server cannot gain by letting it wait.
        """
        if self._busy:
            self._due.append(due)
            return
        self._busy = True
        self._sent = due
        self._write(self.step() if self._turn else self.reset())

    def _write(self, payload: bytes) -> None:
        compressed = self._deflate is not None
        if self._deflate is not None:
            payload = self._deflate.compress(payload)
        self._transport.write(frames.client_frame(payload, compressed=compressed))

    def connection_lost(self, error: Exception | None) -> None:
        """Say so."""
        self.ended(self._error or error)

    def abort(self) -> None:
        """End without a word."""
        self._transport.abort()
