"""WebSockets by hand: frames as bytes, well-formed or not."""

import socket
import struct

from raw_http import connected
from websockets.frames import Frame


HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: c3VwcG9ydC1xdWV1ZS0xNg==\r\n\r\n"
)
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
_SHORT, _MEDIUM = 126, 1 << 16


def opened(url: str, path: str = "/ws") -> socket.socket:
    """A connection on which the handshake has been made."""
    connection = connected(url)
    connection.sendall(HANDSHAKE.format(path=path).encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        assert byte, f"no handshake: {head!r}"
        head += byte
    assert head.startswith(b"HTTP/1.1 101 "), head
    return connection


def frame(opcode: int, payload: bytes, *, last: bool = True) -> bytes:
    """A frame as a client sends it, masked with zeros."""
    size = len(payload)
    if size < _SHORT:
        length = bytes([0x80 | size])
    elif size < _MEDIUM:
        length = bytes([0x80 | 126]) + size.to_bytes(2)
    else:
        length = bytes([0x80 | 127]) + size.to_bytes(8)
    return bytes([(0x80 if last else 0) | opcode]) + length + bytes(4) + payload


def masked(frame: Frame) -> bytes:
    """A frame of the library's, as a client sends it."""
    return frame.serialize(mask=True)


def read_frame(connection: socket.socket) -> tuple[int, bytes]:
    """Opcode and payload of the next frame from a server.

    Raises:
        ConnectionError: there is none any more.
    """
    opcode, size = _exactly(connection, 2)
    if size == _SHORT:
        size = int.from_bytes(_exactly(connection, 2))
    elif size == _SHORT + 1:
        size = int.from_bytes(_exactly(connection, 8))
    return opcode & 0x0F, _exactly(connection, size)


def close_code(connection: socket.socket) -> int:
    """The code that the server closes with; whatever comes before is skipped."""
    while True:
        opcode, payload = read_frame(connection)
        if opcode == CLOSE:
            return int.from_bytes(payload[:2])


def abort(connection: socket.socket) -> None:
    """End a connection with a reset, as a process that dies."""
    # Lingering for no time at all makes closing an abort.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _exactly(connection: socket.socket, size: int) -> bytes:
    parts = b""
    while len(parts) < size:
        part = connection.recv(size - len(parts))
        if not part:
            raise ConnectionError("the server has closed the connection")
        parts += part
    return parts
