"""Writing log lines without waiting for whoever reads them.

A pipe that nobody empties is full after a few hundred lines, and a terminal can be
stopped by a key. A server that wrote to it itself would stand still with it; so a thread
writes, and lines that it cannot get rid of are dropped and counted.
"""

import logging
import os
import threading
from io import UnsupportedOperation
from queue import SimpleQueue
from typing import TextIO


MOST_WAITING = 10_000
"""Lines; those that come then are dropped."""

FLUSH_SECONDS = 2.0


class BackgroundHandler(logging.Handler):
    """Formats a record where it was logged, and has a thread write the line.

    A stream without a file, such as `StringIO`, is written to at once. No log line ends
    what it speaks of: one that cannot be written is dropped.
    """

    def __init__(self, stream: TextIO, most_waiting: int = MOST_WAITING) -> None:
        super().__init__()
        self.dropped = 0
        self._stream = stream
        self._most_waiting = most_waiting
        self._descriptor = _descriptor(stream)
        self._waiting: SimpleQueue[str | threading.Event] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._stalled = False

    def emit(self, record: logging.LogRecord) -> None:
        """Put the record's line at the end of the queue; never waits."""
        try:
            line = f"{self.format(record)}\n"
        except Exception:  # noqa: BLE001 - as every handler of logging does
            self.handleError(record)
            return
        if self._descriptor is None:
            try:
                self._stream.write(line)
            except (OSError, ValueError):  # it is closed, say
                self.dropped += 1
        elif self._waiting.qsize() >= self._most_waiting:
            self.dropped += 1
        else:
            self._waiting.put(line)
            if self._thread is None:
                self._start()

    def flush(self) -> None:
        """Wait until what was logged so far is written, two seconds at most.

        Once in vain is enough: an end is flushed several times.
        """
        if self._thread is not None and not self._stalled:
            written = threading.Event()
            self._waiting.put(written)
            self._stalled = not written.wait(FLUSH_SECONDS)

    def _start(self) -> None:
        # A daemon: a reader that never comes back must not keep the process alive.
        self._thread = threading.Thread(
            target=self._work, name="support-queue-log", daemon=True
        )
        self._thread.start()

    def _work(self) -> None:
        while True:
            next_ = self._waiting.get()
            if isinstance(next_, threading.Event):
                next_.set()
            elif self._descriptor is not None:
                _write(self._descriptor, next_.encode("utf-8", "backslashreplace"))


def _descriptor(stream: TextIO) -> int | None:
    try:
        return stream.fileno()
    except (AttributeError, OSError, UnsupportedOperation):
        return None


def _write(descriptor: int, line: bytes) -> None:
    """All of a line, past the stream's own buffer.

    A thread that is stuck in that buffer would abort the process at its end. Of several
    processes that write to one pipe, lines of up to 4096 bytes do not mix.
    """
    try:
        while line:
            line = line[os.write(descriptor, line) :]
    except OSError:
        pass  # the reader is gone, and there is nobody else to tell
