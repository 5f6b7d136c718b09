"""The geometry of charts: every mark is drawable and within its box."""

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_queue_env.evaluation.charts import Bar, diverging, histogram, scatter


unit = st.floats(0, 1)
points = st.lists(st.tuples(unit, unit))
changes = st.lists(st.floats(-1, 1))
sizes = st.floats(1, 2_000)

NEAR = 1e-6


def assert_within(bars: tuple[Bar, ...], width: float, height: float) -> None:
    """Finite, not negative, inside the box."""
    for bar in bars:
        numbers = (bar.x, bar.y, bar.width, bar.height)

        assert all(math.isfinite(n) and n >= -NEAR for n in numbers)
        assert bar.x + bar.width <= width * (1 + NEAR)
        assert bar.y + bar.height <= height * (1 + NEAR)


@given(points, sizes)
def test_dots(found: list[tuple[float, float]], size: float) -> None:
    """Every point is in a dot, and every dot in the box, larger ones first."""
    dots = scatter(found, size)

    assert len(found) == sum(dot.count for dot in dots)
    assert sorted((dot.count for dot in dots), reverse=True) == [d.count for d in dots]
    for dot in dots:
        assert 0 < dot.radius
        assert dot.radius - NEAR <= dot.x <= size - dot.radius + NEAR
        assert dot.radius - NEAR <= dot.y <= size - dot.radius + NEAR


def test_where_dots_are() -> None:
    """A is across and B upwards; as much under both is on the diagonal."""
    low, high, middle = scatter([(0, 0), (1, 1), (0.5, 0.5)], 100)
    (right,) = scatter([(1, 0)], 100)

    assert (low.x, low.y) == (100 - high.x, 100 - high.y)
    assert low.x < middle.x < high.x
    assert low.y > middle.y > high.y
    assert (high.x, low.y) == (right.x, right.y)


@given(changes, sizes, sizes)
def test_histograms(found: list[float], width: float, height: float) -> None:
    """Every change is in a bar, and the bars are in the box from left to right."""
    bars = histogram(found, width, height)

    assert_within(bars, width, height)
    assert len(found) == sum(int(bar.label.split(": ")[1]) for bar in bars)
    assert [bar.x for bar in bars] == sorted(bar.x for bar in bars)
    kinds = Counter(bar.kind for bar in bars)
    assert 1 == kinds["none"]
    assert kinds["up"] == kinds["down"]


@given(changes)
def test_the_bar_of_no_change(found: list[float]) -> None:
    """It holds exactly what did not change."""
    (middle,) = [bar for bar in histogram(found, 600, 100) if bar.kind == "none"]

    assert f"+0.00: {found.count(0.0)}" == middle.label


@given(changes, sizes, sizes)
def test_diverging_bars(found: list[float], width: float, height: float) -> None:
    """A bar reaches from the middle to its side, as long as its value is large."""
    bars = diverging(found, width, height)
    largest = max(map(abs, found), default=0.0)

    assert_within(bars, width, height)
    assert len(found) == len(bars)
    for value, bar in zip(found, bars, strict=True):
        assert (value > 0, value < 0) == (bar.kind == "up", bar.kind == "down")
        if largest > 1e-300:
            expected = width / 2 * abs(value) / largest

            assert pytest.approx(expected, rel=1e-9, abs=1e-9) == bar.width
