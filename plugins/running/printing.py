"""What plugins print goes nowhere, and only so much of it.

Standard output belongs to the command (`eval --json` in a pipe), standard error to the
server. While a plugin runs, what it writes to either is counted and dropped.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TextIO

from attrs import define, field


log = logging.getLogger(__name__)

MOST_PRINTED = 65_536
"""Characters that one call may print."""

_LOGGED = 500


class TooMuchPrinted(Exception):
    """A plugin printed more than `MOST_PRINTED` characters in one call."""


@define
class Printed:
    """What a call has printed so far: how much, and how it began."""

    characters: int = 0
    beginning: str = ""

    @property
    def too_much(self) -> bool:
        """Whether the call has printed more than it may."""
        return self.characters > MOST_PRINTED

    def add(self, text: str) -> None:
        """Count it; raises `TooMuchPrinted` once it is too much."""
        self.characters += len(text)
        if len(self.beginning) < _LOGGED:
            self.beginning += text[:_LOGGED]
        if self.too_much:
            raise TooMuchPrinted


# A context variable holds for a thread as for a task, so scorers that run at the same
# time are counted apart, and the server's own output passes through.
_printed: ContextVar[Printed | None] = ContextVar("printed", default=None)


@define
class _Muffled:
    """A stream that drops what plugins write and hands on everything else."""

    _stream: TextIO = field(alias="stream")

    def write(self, text: str) -> int:
        printed = _printed.get()
        if printed is None:
            return self._stream.write(text)
        printed.add(text)
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def muffled() -> Iterator[Printed]:
    """Within, what this thread or task prints is dropped; the value counts it."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        # Anew each time: whoever replaced the stream meanwhile took ours away.
        if stream is not None and not isinstance(stream, _Muffled):
            setattr(sys, name, _Muffled(stream))
    printed = Printed()
    token = _printed.set(printed)
    try:
        yield printed
    finally:
        _printed.reset(token)
        if printed.characters:
            log.debug("a plugin printed: %r", printed.beginning[:_LOGGED])
