"""The same process at another time and with other luck: what a scorer must not notice."""

import datetime
import random
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch


_CLOCKS = ("time", "monotonic", "perf_counter", "process_time")
_DAYS = 400.6
"""Another year, another month, another hour."""


@contextmanager
def another_day(cls: type) -> Iterator[None]:
    """Move every clock that `cls` can read to another day, and keep it running."""
    with _clocks(cls, lambda now: now + _DAYS * 86_400):
        yield


@contextmanager
def stopped_clock(cls: type) -> Iterator[None]:
    """Stop every clock that `cls` can read."""
    with _clocks(cls, lambda _: 1e9):
        yield


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Start the shared random numbers at `seed`, and put them back afterwards."""
    kept = random.getstate()
    numpy = sys.modules.get("numpy.random")
    numpy_kept = numpy.get_state() if numpy else None
    random.seed(seed)
    if numpy:
        numpy.seed(seed)
    try:
        yield
    finally:
        random.setstate(kept)
        if numpy:
            numpy.set_state(numpy_kept)


@contextmanager
def _clocks(cls: type, shift: Any) -> Iterator[None]:
    """Replace the clocks in their modules, and where `cls`'s module imported them by name."""
    replaced = dict(_replacements(shift))
    with ExitStack() as stack:
        for module in (time, datetime, sys.modules.get(cls.__module__)):
            for name, value in list(vars(module).items()) if module else ():
                if id(value) in replaced:
                    stand_in = replaced[id(value)]
                    stack.enter_context(patch.object(module, name, stand_in))
        yield


def _replacements(shift: Any) -> Iterator[tuple[int, Any]]:
    """What stands in for each clock, by the identity of the clock."""
    for name in _CLOCKS:
        real, in_ns = getattr(time, name), getattr(time, f"{name}_ns")
        yield id(real), lambda real=real: shift(real())
        yield id(in_ns), lambda real=in_ns: int(shift(real() / 1e9) * 1e9)
    calendar, clock = datetime.date, datetime.datetime
    now = time.time

    class Kind(type):
        """Real dates remain instances of the classes that stand in for theirs."""

        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, clock if issubclass(cls, clock) else calendar)

    class Date(calendar, metaclass=Kind):
        """A date whose today is another day."""

        @classmethod
        def today(cls) -> Any:
            return calendar.fromtimestamp(shift(now()))

    class DateTime(clock, metaclass=Kind):
        """A moment whose now is another one."""

        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Any:
            return clock.fromtimestamp(shift(now()), tz)

        @classmethod
        def utcnow(cls) -> Any:
            return clock.fromtimestamp(shift(now()), datetime.UTC).replace(tzinfo=None)

        @classmethod
        def today(cls) -> Any:
            return clock.fromtimestamp(shift(now()))

    yield id(calendar), Date
    yield id(clock), DateTime
