"""Timing that two machines, and two runs, can compare.

All figures are processor time of this process: what others do on the machine at the
same time costs it far less of that than of the time on the wall.
"""

import hashlib
import platform
import timeit
from collections.abc import Callable
from statistics import median
from time import process_time

from attrs import frozen


REPEATS = 15
SECONDS = 0.02
"""One repeat takes about as long: enough calls that reading the clock costs nothing."""


@frozen
class Figure:
    """Microseconds per call: the median of the repeats, and the least of them."""

    median: float
    least: float


def measured(call: Callable[[], object], repeats: int = REPEATS) -> Figure:
    """What one call costs."""
    call()
    each = [timed(call) for _ in range(repeats)]
    return Figure(median(each), min(each))


def timed(call: Callable[[], object], seconds: float = SECONDS) -> float:
    """Microseconds of one call, by calling it for about as long as that."""
    once = timeit.timeit(call, number=10, timer=process_time) / 10
    number = max(1, int(seconds / max(once, 1e-7)))
    return timeit.timeit(call, number=number, timer=process_time) / number * 1e6


_BLOCK = bytes(4096)


def hash_once() -> object:
    """SHA-256 over 4 KiB, to tell a slower machine from slower code."""
    return hashlib.sha256(_BLOCK).digest()


def reference() -> Figure:
    """What a hash costs."""
    return measured(hash_once)


def machine() -> str:
    """The interpreter and the processor that the figures are of."""
    return (
        f"{platform.python_implementation()} {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}"
    )


def show(figures: dict[str, Figure]) -> None:
    """Print a table; the last column has the medians in hashes."""
    unit = reference()
    print(f"{machine()}; a hash is SHA-256 over 4 KiB")
    print(f"{'':42} {'median':>11} {'least':>11} {'hashes':>8}")
    for name, figure in {"hash": unit, **figures}.items():
        ratio = figure.median / unit.median
        print(f"{name:42} {figure.median:8.2f} us {figure.least:8.2f} us {ratio:8.2f}")
    print()
