"""A server that does nothing: every message gets the same reply, of the usual size.

    python -m harness.echo PORT

What a load reaches against it is the load generator's ceiling.
"""

import asyncio
import sys

import uvloop
from attrs import define, field

from . import frames


REPLY_BYTES = 1900
"""About what an observation of either server has."""

_OBSERVATION = b'{"type":"observation","data":{"episode_id":"0","filling":"'
_REPLY = _OBSERVATION.ljust(REPLY_BYTES - 3, b".") + b'"}}'
_FRAME = frames.server_frame(_REPLY)
_CLOSE = frames.server_frame(b"\x03\xe8", frames.CLOSE)
_SWITCH = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\n\r\n"
)
_OK = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
    + str(REPLY_BYTES).encode()
    + b"\r\n\r\n"
    + _REPLY
)
_LONGEST_CLOSE = 24
"""Bytes of a frame that asks to close; all others that are sent are longer."""


@define(eq=False)
class Echo(asyncio.Protocol):
    """Takes whatever arrives at once for one message: nobody sends a second before."""

    _transport: asyncio.Transport = field(init=False)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where to write."""
        self._transport = transport  # type: ignore[assignment]  # TCP's is one

    def data_received(self, data: bytes) -> None:
        """Answer."""
        if data[0] & 0x80:
            self._answer_frame(data)
        elif data.startswith(b"GET /ws"):
            self._transport.write(_SWITCH)
        else:
            self._transport.write(_OK)

    def _answer_frame(self, data: bytes) -> None:
        if data[0] & 0x0F == frames.CLOSE:
            self._transport.close()
        elif len(data) <= _LONGEST_CLOSE:
            self._transport.write(_CLOSE)
        else:
            self._transport.write(_FRAME)


async def serve(port: int) -> None:
    """Answer on a port of this machine until the process is ended."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "127.0.0.1", port, backlog=2048)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
