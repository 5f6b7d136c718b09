"""A stream of bytes to blocks of whole lines, in constant memory."""

from collections.abc import Callable, Iterator
from zlib import crc32

from attrs import define, field
from msgspec import Struct


MAX_LINE = 4 * 1024 * 1024
"""Bytes of a line without its newline; a longer one is a row with an error."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_KEPT = MAX_LINE + len(BYTE_ORDER_MARK) + 1
"""Bytes of a line that is too long: enough to see that it is."""


class Block(Struct, frozen=True):
    """Some lines of the input, with their newlines.

    `first` is the number of the first line, from 1; `lines` how many there are; `end`
    the offset in the input behind the last of them; `checksum` the CRC-32 of all lines
    up to there, however they came in blocks. Of a line longer than `MAX_LINE` there is
    only the beginning, in a block of its own. `start` is the offset of the data in the
    input, where it stands there as it is, else -1.
    """

    first: int
    lines: int
    data: bytes
    end: int
    checksum: int = 0
    start: int = -1

    @property
    def next_line(self) -> int:
        """The number of the line behind the block."""
        return self.first + self.lines


def blocks(
    read: Callable[[int], bytes],
    size: Callable[[], int],
    *,
    line: int = 1,
    offset: int = 0,
    checksum: int = 0,
) -> Iterator[Block]:
    r"""The lines of an input, in blocks of about so many bytes.

    Only `\n` ends a line, and the last line needs none. A byte order mark at the very
    beginning belongs to no line.

    Args:
        read: at most so many bytes, as soon as there are any; none at the end.
        size: how many to ask for next, not more than `MAX_LINE`.
        line: the number of the first line.
        offset: where in the input it begins.
        checksum: of the lines before.
    """
    splitter = _Splitter(line, offset, checksum)
    while data := read(size()):
        yield from splitter.more(data)
    yield from splitter.last()


@define
class _Splitter:
    """Where in the input we are, and the line that has begun there."""

    line: int
    offset: int
    checksum: int
    begun: bytearray = field(factory=bytearray, init=False)
    skipped: int = field(default=0, init=False)
    """Bytes of the begun line that were not kept, since it is too long anyway."""

    def more(self, data: bytes) -> Iterator[Block]:
        """The lines that end in `data`."""
        begun = len(self.begun) + self.skipped
        first_end = data.find(b"\n") + 1
        if begun and first_end and begun + first_end - 1 > MAX_LINE:
            self._keep(data[:first_end])
            yield self._block(b"")
            data = data[first_end:]
        if end := data.rfind(b"\n") + 1:
            yield self._block(memoryview(data)[:end])
        self._keep(data[end:])

    def last(self) -> Iterator[Block]:
        """The last line, when no newline ended it."""
        if self.begun:
            yield self._block(b"")

    def _keep(self, data: bytes) -> None:
        room = _KEPT - len(self.begun)
        self.begun += data[:room]
        self.skipped += max(0, len(data) - room)

    def _block(self, completing: bytes | memoryview) -> Block:
        data = b"".join((self.begun, completing))  # one copy, and not two
        end = self.offset + len(data) + self.skipped
        if self.offset == 0:
            data = data.removeprefix(BYTE_ORDER_MARK)
        lines = data.count(b"\n") + (not data.endswith(b"\n"))
        self.checksum = crc32(data, self.checksum)
        start = self.offset if len(data) == end - self.offset else -1
        block = Block(self.line, lines, data, end, self.checksum, start)
        self.line, self.offset = self.line + lines, end
        self.begun, self.skipped = bytearray(), 0
        return block
