"""Where rows go: a file of JSON lines that can be cut and gone on with, or a stream."""

import os
import stat
import sys
from pathlib import Path
from typing import BinaryIO, Protocol

from attrs import define

from ...core.errors import BulkFileError, BulkRunEnded


try:
    import fcntl
except ModuleNotFoundError:  # no such locks on this system
    fcntl = None  # type: ignore[assignment]

STANDARD_OUTPUT = 1
"""Its descriptor."""

_STREAMS = (Path("/dev"), Path("/proc"))


class Output(Protocol):
    """Takes rows as JSON lines."""

    def write(self, rows: bytes) -> None:
        """Whole rows, in order."""

    def sync(self) -> None:
        """Force what was written to the disk."""

    def finish(self) -> None:
        """All rows were written."""

    def close(self) -> None:
        """Let go of it, finished or not."""


@define
class StreamOutput:
    """Standard output: rows are there as soon as they are written."""

    _stream: BinaryIO

    def write(self, rows: bytes) -> None:
        """Write and flush; a reader that went away raises `BrokenPipeError`.

        Raises:
            BulkRunEnded: what it goes to takes no more.
        """
        try:
            self._stream.write(rows)
            self._stream.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise _ended("standard output", error) from error

    def sync(self) -> None:
        """Nothing can be forced."""

    def finish(self) -> None:
        """Nothing is left to do."""

    def close(self) -> None:
        """It is not ours to close."""


def standard_output() -> StreamOutput:
    """That of this process.

    Raises:
        BulkFileError: it has none.
    """
    if sys.stdout is None:
        raise BulkFileError("standard output: it is closed")
    return StreamOutput(sys.stdout.buffer)


@define
class FileOutput:
    """A file of JSON lines."""

    path: str
    _descriptor: int

    def write(self, rows: bytes) -> None:
        """Add rows.

        Raises:
            BulkRunEnded: the file cannot be written on.
        """
        left = memoryview(rows)
        try:
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError as error:
            raise _ended(f"output {self.path!r}", error) from error

    def sync(self) -> None:
        """Force what was written to the disk."""
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise _ended(f"output {self.path!r}", error) from error

    @property
    def size(self) -> int:
        """Bytes that are there."""
        return os.fstat(self._descriptor).st_size

    def lock(self) -> None:
        """See to it that no other run writes here, where the system knows of locks.

        Raises:
            BulkFileError: one does.
        """
        if fcntl is None:
            return
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BulkFileError(
                f"output {self.path!r}: another run is writing it"
            ) from None
        except OSError:
            return  # some file systems have no locks

    def cut(self, keep: int) -> None:
        """Forget what is behind the first `keep` bytes, and go on there."""
        os.ftruncate(self._descriptor, keep)
        os.lseek(self._descriptor, keep, os.SEEK_SET)

    def finish(self) -> None:
        """Nothing is left to do."""

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)


def open_file(path: str) -> FileOutput:
    """The file of that path, as it is; a new one is empty.

    Raises:
        BulkFileError: it cannot be opened.
    """
    try:
        flags = os.O_WRONLY | os.O_CREAT
        return FileOutput(path, os.open(Path(path), flags, 0o666))
    except (OSError, ValueError) as error:
        why = str(getattr(error, "strerror", None) or error).lower()
        raise BulkFileError(f"output {path!r}: {why}") from error


def is_special(path: str) -> bool:
    """Whether that path is a pipe or a device: nothing stays there to go on with."""
    if any(folder in Path(path).absolute().parents for folder in _STREAMS):
        return True
    try:
        about = Path(path).stat()
    except (OSError, ValueError):
        return False
    return not stat.S_ISREG(about.st_mode) and not stat.S_ISDIR(about.st_mode)


def _ended(name: str, error: OSError) -> BulkRunEnded:
    why = (error.strerror or str(error)).lower()
    return BulkRunEnded(f"{name}: {why}; what is before that stands")
