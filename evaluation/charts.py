"""Where the marks of a chart stand. Pure: values in, geometry out, nothing drawn.

Lengths are in the units of the chart's view box, with y growing downwards. Every
number is finite, every width, height and radius at least 0, and every mark lies within
the box; `templates/charts.html` draws them.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from attrs import frozen


_STEP = 0.05
"""Width of a histogram's bin."""

_LEAST_REACH = 5
"""Bins on either side of the middle, so that a few do not look like many."""

_GRID = 200
"""Places per unit that dots are put on, so that equal ones become one."""


@frozen
class Dot:
    """`count` points at one place; the area grows with the count."""

    x: float
    y: float
    radius: float
    count: int
    label: str


@frozen
class Bar:
    """A rectangle; `kind` is `up`, `down` or `none`, `label` what it says."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    label: str


def scatter(points: Iterable[tuple[float, float]], size: float) -> tuple[Dot, ...]:
    """Points of the unit square as dots in a box of `size`, the origin bottom left.

    The largest dots come first, so that small ones are drawn over them.
    """
    counts = Counter((round(a * _GRID), round(b * _GRID)) for a, b in points)
    most = max(counts.values(), default=1)
    margin = size * 0.06
    inner = size - 2 * margin
    return tuple(
        Dot(
            x=margin + inner * a / _GRID,
            y=margin + inner * (1 - b / _GRID),
            radius=margin * (0.3 + 0.7 * math.sqrt(count / most)),
            count=count,
            label=f"A {a / _GRID:.2f}, B {b / _GRID:.2f}: {count}",
        )
        for (a, b), count in sorted(counts.items(), key=lambda item: -item[1])
    )


def histogram(changes: Iterable[float], width: float, height: float) -> tuple[Bar, ...]:
    """Changes in [-1, 1] in bins of 0.05, no change in the middle.

    A change that is no bin's middle belongs to the nearest; only exact 0 is none.
    """
    counts = Counter(_bin(change) for change in changes)
    reach = max((abs(place) for place in counts), default=0)
    reach = max(reach, _LEAST_REACH)
    most = max(counts.values(), default=1)
    slot = width / (2 * reach + 1)
    return tuple(
        Bar(
            x=slot * (place + reach) + slot * 0.05,
            y=height * (1 - counts[place] / most),
            width=slot * 0.9,
            height=height * counts[place] / most,
            kind=_kind(place),
            label=f"{place * _STEP:+.2f}: {counts[place]}",
        )
        for place in range(-reach, reach + 1)
    )


def diverging(values: Sequence[float], width: float, height: float) -> tuple[Bar, ...]:
    """One bar per value, each for a box of its own: from the middle to the value.

    All have one scale: the largest value fills its half.
    """
    largest = max(map(abs, values), default=0.0)
    half = width / 2
    lengths = [half * (abs(value) / largest) if largest else 0.0 for value in values]
    return tuple(
        Bar(
            x=half - length if value < 0 else half,
            y=0.0,
            width=length,
            height=height,
            kind=_kind(value),
            label=f"{value:+.4f}",
        )
        for value, length in zip(values, lengths, strict=True)
    )


def _bin(change: float) -> int:
    """The number of a change's bin; the one of 0 holds only 0."""
    nearest = round(change / _STEP)
    return nearest or (change > 0) - (change < 0)


def _kind(value: float) -> str:
    return "up" if value > 0 else "down" if value < 0 else "none"
