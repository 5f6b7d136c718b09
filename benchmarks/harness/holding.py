"""Sessions that were reset and then only wait, held by a process of its own.

    python -m harness.holding PORT SESSIONS

Prints what was opened as one line of JSON. When standard input ends, it closes them all
and prints how many of them the server closed in turn.
"""

import asyncio
import json
import sys
import time
from typing import Self

import uvloop
from attrs import define, field

from . import frames, messages
from .players import HANDSHAKE, Refused


AT_ONCE = 64
"""So many are being opened at any time."""

PATIENCE = 30.0
"""Seconds until a session that is still not open, or not closed, will never be."""


def _future() -> "asyncio.Future[None]":
    return asyncio.get_running_loop().create_future()


@define(eq=False)
class Held(asyncio.Protocol):
    """One session: shaken hands, reset, and answering pings from then on."""

    _opened: "asyncio.Future[None]" = field(init=False, factory=_future)
    _ended: "asyncio.Future[None]" = field(init=False, factory=_future)
    _head: bytes = field(init=False, default=b"")
    _frames: frames.Frames | None = field(init=False, default=None)
    _transport: asyncio.Transport = field(init=False)

    @classmethod
    async def open(cls, port: int) -> Self:
        """Connect and reset.

        Raises:
            Refused: the server did not answer with an observation.
            OSError: it did not even take the connection, or not in time.
        """
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(PATIENCE):
            _, session = await loop.create_connection(cls, "127.0.0.1", port)
            await session._opened  # noqa: SLF001 - of this class
        return session

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the WebSocket."""
        self._transport = transport  # type: ignore[assignment]  # TCP's is one
        self._transport.write(HANDSHAKE + b"\r\n")

    def data_received(self, data: bytes) -> None:
        """Take what is whole of it."""
        if self._frames is None:
            self._head += data
            head, end, data = self._head.partition(b"\r\n\r\n")
            if not end:
                return
            if not head.startswith(b"HTTP/1.1 101 "):
                self._refuse(f"no WebSocket: {head[:200]!r}")
                return
            self._head, self._frames = b"", frames.Frames()
            self._transport.write(frames.client_frame(messages.RESET))
        for frame in self._frames.feed(data):
            self._take(frame.opcode, frame.payload)

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == frames.PING:
            self._transport.write(frames.client_frame(payload, frames.PONG))
        elif opcode == frames.CLOSE:
            self._transport.close()
        elif self._opened.done():
            pass
        elif b'"observation"' in payload[:64]:
            self._opened.set_result(None)
        else:
            self._refuse(f"no observation: {payload[:200]!r}")

    def _refuse(self, why: str) -> None:
        if not self._opened.done():
            self._opened.set_exception(Refused(why))

    def connection_lost(self, error: Exception | None) -> None:
        """Whatever was waited for will not come."""
        self._refuse(f"the connection ended: {error}")
        if not self._ended.done():
            self._ended.set_result(None)

    async def close(self) -> bool:
        """Say goodbye; whether the server did the same in time."""
        self._transport.write(
            frames.client_frame((1000).to_bytes(2, "big"), frames.CLOSE)
        )
        try:
            async with asyncio.timeout(PATIENCE):
                await self._ended
        except TimeoutError:
            self._transport.abort()
            return False
        return True


async def fill(port: int, sessions: int) -> tuple[list[Held], str]:
    """Open so many, some at a time, until one is refused; those there are, and why."""
    held: list[Held] = []
    left = iter(range(sessions))
    refusals: list[str] = []

    async def opener() -> None:
        for _ in left:
            if refusals:
                return
            try:
                held.append(await Held.open(port))
            except (Refused, OSError) as error:
                refusals.append(f"{type(error).__name__} {error}".strip())

    await asyncio.gather(*(opener() for _ in range(AT_ONCE)))
    return held, refusals[0] if refusals else ""


async def main() -> None:
    """Open, wait, close."""
    port, sessions = int(sys.argv[1]), int(sys.argv[2])
    began = time.perf_counter()
    held, refused = await fill(port, sessions)
    seconds = time.perf_counter() - began
    told = {"opened": len(held), "seconds": seconds, "refused": refused}
    print(json.dumps(told), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    ended = await asyncio.gather(*(session.close() for session in held))
    print(json.dumps({"closed": sum(ended)}), flush=True)


if __name__ == "__main__":
    uvloop.run(main())
