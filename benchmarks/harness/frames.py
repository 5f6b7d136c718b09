"""WebSocket frames as raw bytes: only as much of RFC 6455 as a load generator needs."""

import zlib

from attrs import define, field, frozen
from websockets.speedups import apply_mask


TEXT = 0x1
CLOSE = 0x8
PING = 0x9
PONG = 0xA

MASK = b"\x37\xfa\x21\x3d"
"""Of all frames; a client of our own has no proxy to protect from chosen bytes."""

_FINAL = 0x80
_COMPRESSED = 0x40
_SHORT = 126
_LONG = 127
_TAIL = b"\x00\x00\xff\xff"
"""What ends every flush of a compressor, and is left out on the wire."""


def header(
    opcode: int, length: int, *, masked: bool, compressed: bool = False
) -> bytes:
    """What stands before the payload of a frame that is a whole message."""
    first = _FINAL | (_COMPRESSED if compressed else 0) | opcode
    mask = 0x80 if masked else 0
    if length < _SHORT:
        return bytes((first, mask | length))
    if length < 1 << 16:
        return bytes((first, mask | _SHORT)) + length.to_bytes(2, "big")
    return bytes((first, mask | _LONG)) + length.to_bytes(8, "big")


def client_frame(
    payload: bytes, opcode: int = TEXT, *, compressed: bool = False
) -> bytes:
    """A message as a client sends it."""
    head = header(opcode, len(payload), masked=True, compressed=compressed)
    return head + MASK + apply_mask(payload, MASK)


def server_frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """A message as a server sends it."""
    return header(opcode, len(payload), masked=False) + payload


@frozen
class Frame:
    """A frame of a server.

    Args:
        opcode: what kind of frame it is.
        compressed: whether the payload has to be inflated.
        payload: the bytes after the header.
    """

    opcode: int
    compressed: bool
    payload: bytes


@define
class Frames:
    """Cuts what a server sends into frames, however it arrives."""

    _rest: bytes = field(default=b"", init=False)

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are complete now.

        Raises:
            ValueError: a frame is masked or a part of a message, which no server of ours
                sends.
        """
        if self._rest:
            data = self._rest + data
        found = []
        start = 0
        while (ends := _ends(data, start)) is not None:
            head, end = ends
            first = data[start]
            if not first & _FINAL:
                raise ValueError("the server sent a part of a message")
            found.append(Frame(first & 0x0F, bool(first & _COMPRESSED), data[head:end]))
            start = end
        self._rest = data[start:]
        return found


def _ends(data: bytes, start: int) -> tuple[int, int] | None:
    """Where header and payload of the frame at `start` end; None if it goes on."""
    there = len(data) - start
    if there < 2:
        return None
    length = data[start + 1]
    head = start + 2
    if length >= _SHORT:
        if length > _LONG:
            raise ValueError("the server sent a masked frame")
        wide = 2 if length == _SHORT else 8
        if there < 2 + wide:
            return None
        length = int.from_bytes(data[head : head + wide], "big")
        head += wide
    end = head + length
    return (head, end) if end <= len(data) else None


@define
class Deflate:
    """permessage-deflate of one connection, with the context kept over messages.

    The window is one that every server allows who agreed to the extension.
    """

    _compressor: "zlib._Compress" = field(
        factory=lambda: zlib.compressobj(level=1, wbits=-12), init=False
    )
    _decompressor: "zlib._Decompress" = field(
        factory=lambda: zlib.decompressobj(wbits=-15), init=False
    )

    def compress(self, payload: bytes) -> bytes:
        """A payload as it goes over the wire."""
        whole = self._compressor.compress(payload)
        return (whole + self._compressor.flush(zlib.Z_SYNC_FLUSH))[: -len(_TAIL)]

    def decompress(self, payload: bytes) -> bytes:
        """A payload as it was."""
        return self._decompressor.decompress(payload + _TAIL)
