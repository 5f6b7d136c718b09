"""The same process at another time and with other luck: what a scorer must not notice."""

import datetime as dt
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch


Shift = Callable[[float], float]
"""From the real seconds to those that a moved clock shows."""

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
def _clocks(cls: type, shift: Shift) -> Iterator[None]:
    """Replace the clocks in their modules, and where `cls`'s module imported them by name."""
    replaced = dict(_replacements(shift))
    with ExitStack() as stack:
        for module in (time, dt, sys.modules.get(cls.__module__)):
            for name, value in list(vars(module).items()) if module else ():
                if id(value) in replaced:
                    stand_in = replaced[id(value)]
                    stack.enter_context(patch.object(module, name, stand_in))
        yield


def _replacements(shift: Shift) -> Iterator[tuple[int, Any]]:
    """What stands in for each clock, by the identity of the clock."""
    for name in _CLOCKS:
        real, in_ns = getattr(time, name), getattr(time, f"{name}_ns")
        yield id(real), lambda real=real: shift(real())
        yield id(in_ns), lambda real=in_ns: int(shift(real() / 1e9) * 1e9)
    yield id(_DATE), _moved_date(shift)
    yield id(_MOMENT), _moved_moment(shift)


# Kept here: their modules hold the stand-ins while a clock is moved.
_DATE, _MOMENT, _NOW = dt.date, dt.datetime, time.time


class _Kind(type):
    """Real dates remain instances of the classes that stand in for theirs."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _MOMENT if issubclass(cls, _MOMENT) else _DATE)


def _moved_date(shift: Shift) -> type:
    def today(_: type) -> object:
        return _DATE.fromtimestamp(shift(_NOW()))

    return _Kind("date", (_DATE,), {"today": classmethod(today)})


def _moved_moment(shift: Shift) -> type:
    def now(_: type, tz: dt.tzinfo | None = None) -> object:
        return _MOMENT.fromtimestamp(shift(_NOW()), tz)

    def utcnow(_: type) -> object:
        return _MOMENT.fromtimestamp(shift(_NOW()), dt.UTC).replace(tzinfo=None)

    moved = {"now": now, "utcnow": utcnow, "today": now}
    methods: dict[str, Any] = {
        name: classmethod(method) for name, method in moved.items()
    }
    return _Kind("datetime", (_MOMENT,), methods)
