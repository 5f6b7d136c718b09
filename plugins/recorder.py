"""The built-in observer: every graded ticket as a line of JSON.

`docs/rubrics.md` has the format; `support-queue rescore` and `diff` read it.
"""

import os
import threading
from pathlib import Path

from attrs import define, field

from ..core.episode import Episode, GradedTicket
from ..core.errors import ConfigurationError
from ..core.records import encode_step, record_of
from . import hookimpl
from .observing import Watcher, watcher_of
from .offers import Offer, Origin


NAME = "recorder"


@define(eq=False)
class Recorder:
    """Appends to a file, a line at a time, each handed to the system at once.

    A line that was cut off by a crash of an earlier run is ended first, so that it
    spoils nothing but itself.
    """

    path: Path
    _descriptor: int = field(init=False)
    _lock: threading.Lock = field(init=False, factory=threading.Lock)

    def __attrs_post_init__(self) -> None:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT
        try:
            self._descriptor = os.open(self.path, flags, 0o600)
            if not _ends_a_line(self._descriptor):
                os.write(self._descriptor, b"\n")
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise ConfigurationError(
                f"cannot record to {str(self.path)!r}: {reason}"
            ) from error

    @hookimpl
    def ticket_scored(self, episode: Episode, ticket: GradedTicket) -> None:
        """Write the ticket's line."""
        line = encode_step(record_of(episode, ticket))
        with self._lock:
            # One write: no other process that appends can come in between.
            os.write(self._descriptor, line)


def recorder(path: str) -> Watcher:
    """A recorder to the file at `path`, ready to be told.

    Raises:
        ConfigurationError: the file cannot be written to.
    """
    origin = Origin(NAME, trusted=True)
    return watcher_of(Offer(origin, ("ticket_scored",), {}, Recorder(Path(path))))


def _ends_a_line(descriptor: int) -> bool:
    size = os.fstat(descriptor).st_size
    return size == 0 or os.pread(descriptor, 1, size - 1) == b"\n"
