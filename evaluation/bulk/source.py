"""Where rows come from: a file, a part of one, or standard input."""

import os
import stat
from pathlib import Path
from typing import Self

from attrs import define, field, frozen

from ...core.errors import BulkFileError, BulkRunEnded


STANDARD_INPUT = "-"

_STANDARD_INPUT = 0
"""Its descriptor. Read directly: a thread that waits for it holds no lock then."""

_STANDARD_ERROR = 2

_AT_ONCE = 1024 * 1024


@frozen
class Shard:
    """Part `number`, from 1, of `count` parts."""

    number: int = 1
    count: int = 1

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    @property
    def is_all(self) -> bool:
        """Whether there is no other part."""
        return self.count == 1


@define(eq=False)
class Source:
    """The bytes of the input that are to be scored.

    `size` is None where there is no telling, as of a pipe; only a regular file can be
    sharded and resumed. `first` is where our part begins, `first_line` the number of the
    line there, and `end` where reading ends.
    """

    name: str
    size: int | None
    first: int = 0
    first_line: int = 1
    _descriptor: int = 0
    end: int | None = None
    _at: int = field(default=0, init=False)

    @property
    def descriptor(self) -> int | None:
        """Of a file, which can be read anywhere; None for a stream."""
        return None if self.size is None else self._descriptor

    def read(self, size: int) -> bytes:
        """At most so many bytes, as soon as there are any; none at the end.

        Raises:
            BulkRunEnded: the input cannot be read on.
        """
        if self.end is not None:
            size = min(size, self.end - self._at)
        try:
            data = os.read(self._descriptor, size)
        except OSError as error:
            raise BulkRunEnded(f"{self.name}: {_why(error)}") from error
        self._at += len(data)
        return data

    def seek(self, offset: int) -> None:
        """Read on from there."""
        os.lseek(self._descriptor, offset, os.SEEK_SET)
        self._at = offset

    def close(self) -> None:
        """Let go of the file."""
        if self._descriptor != _STANDARD_INPUT:
            os.close(self._descriptor)

    def __enter__(self) -> Self:
        """Nothing to do."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the file."""
        self.close()


def open_source(path: str, shard: Shard) -> Source:
    """The input of that path, or of standard input for `-`.

    A shard of a file is a run of whole lines: those that begin within its share of the
    bytes. The shards of a file, one after the other, are the file.

    Raises:
        BulkFileError: it cannot be read, or not be divided.
    """
    name = "standard input" if path == STANDARD_INPUT else f"input {path!r}"
    descriptor = _STANDARD_INPUT if path == STANDARD_INPUT else _opened(path, name)
    about = _about(descriptor, name)
    if stat.S_ISDIR(about.st_mode):
        raise BulkFileError(f"{name}: expected a file, found a directory")
    if not stat.S_ISREG(about.st_mode) or path == STANDARD_INPUT:
        if not shard.is_all:
            raise BulkFileError(
                f"{name}: a shard is a part of a file, and this is a stream; give a "
                "file, or leave --shard out"
            )
        return Source(name, None, descriptor=descriptor)
    size = about.st_size
    first = _line_at(descriptor, size * (shard.number - 1) // shard.count, size)
    end = _line_at(descriptor, size * shard.number // shard.count, size)
    line = 1 + _newlines(descriptor, first)
    source = Source(name, size, first, line, descriptor, end)
    source.seek(first)
    return source


def _opened(path: str, name: str) -> int:
    try:
        return _past_streams(os.open(Path(path), os.O_RDONLY))
    except (OSError, ValueError) as error:
        raise BulkFileError(f"{name}: {_why(error)}") from error


def _past_streams(descriptor: int) -> int:
    """The same file under a number that is no standard stream's.

    It gets one of those where they are closed; a worker has others there.
    """
    low = []
    while descriptor <= _STANDARD_ERROR:
        low.append(descriptor)
        descriptor = os.dup(descriptor)
    for each in low:
        os.close(each)
    return descriptor


def _about(descriptor: int, name: str) -> os.stat_result:
    try:
        return os.fstat(descriptor)
    except OSError as error:  # standard input may be closed
        raise BulkFileError(f"{name}: {_why(error)}") from error


def is_read(file: Path | int, name: str) -> bool:
    """Whether a path or descriptor to write to is the input of that name.

    Of standard input and output that is asked where they are regular files: what goes
    into a terminal is not what comes out of it.
    """
    try:
        read = _stat(_STANDARD_INPUT if name == STANDARD_INPUT else Path(name))
        written = _stat(file)
    except (OSError, ValueError):
        return False
    streams = name == STANDARD_INPUT or isinstance(file, int)
    if streams and not stat.S_ISREG(read.st_mode):
        return False
    return os.path.samestat(read, written)


def _stat(file: Path | int) -> os.stat_result:
    return os.fstat(file) if isinstance(file, int) else file.stat()


def _line_at(descriptor: int, offset: int, size: int) -> int:
    """Where the first line begins that begins at `offset` or behind it."""
    if offset in {0, size}:
        return offset
    os.lseek(descriptor, offset - 1, os.SEEK_SET)
    at = offset - 1
    while data := os.read(descriptor, _AT_ONCE):
        found = data.find(b"\n")
        if found >= 0:
            return at + found + 1
        at += len(data)
    return at


def _newlines(descriptor: int, end: int) -> int:
    """How many lines end before `end`."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    found, left = 0, end
    while left and (data := os.read(descriptor, min(_AT_ONCE, left))):
        found += data.count(b"\n")
        left -= len(data)
    return found


def _why(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error).lower()
