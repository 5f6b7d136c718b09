"""Spreads, ratios and aims of the benchmark, and the order that it measures in."""

import pytest
from harness.alternation import alternated, order
from harness.figures import Row, Spread, at_least, at_most, compared, ratio_of
from hypothesis import given
from hypothesis import strategies as st


POSITIVE = st.floats(min_value=1e-6, max_value=1e9)


def row(**fields: object) -> Row:
    """A row with what a test does not say filled in."""
    given = {
        "suite": "ws",
        "case": "64 connections",
        "figure": "steps per CPU-second",
        "unit": "/s",
        "better": "more",
        "ours": Spread(8.0, 7.0, 9.0),
    }
    return Row(**(given | fields))  # type: ignore[arg-type]  # fields of any kind


@given(st.lists(POSITIVE, min_size=1))
def test_a_spread_holds_its_median(numbers: list[float]) -> None:
    """From the least to the most, and in between what half of them do not exceed."""
    spread = Spread.of(numbers)

    assert (min(numbers), max(numbers)) == (spread.least, spread.most)
    assert spread.least <= spread.median <= spread.most
    assert len(numbers) <= 2 * sum(number <= spread.median for number in numbers)


@given(st.lists(st.tuples(POSITIVE, POSITIVE), min_size=1), POSITIVE)
def test_a_drift_of_the_machine_is_not_in_the_ratio(
    pairs: list[tuple[float, float]], drift: float
) -> None:
    """What slows both rounds of a pair alike changes no ratio."""
    ours, reference = [list(side) for side in zip(*pairs, strict=True)]
    slower = ratio_of([drift * n for n in ours], [drift * n for n in reference])

    assert ratio_of(ours, reference).median == pytest.approx(slower.median)


@given(st.integers(min_value=1, max_value=9))
def test_each_side_leads_as_often(repeats: int) -> None:
    """In pairs of neighbours both are there, and each is the first in half of them."""
    taken = order(repeats)
    pairs = list(zip(taken[::2], taken[1::2], strict=True))

    assert all({"A", "B"} == set(pair) for pair in pairs)
    assert pairs.count(("A", "B")) == pairs.count(("B", "A")) == repeats


def test_rounds_are_taken_in_that_order() -> None:
    """A B B A: what was measured is kept with its side."""
    calls: list[str] = []

    def called(side: str) -> int:
        calls.append(side)
        return len(calls)

    rounds = alternated(lambda: called("A"), lambda: called("B"), 1)

    assert ["A", "B", "B", "A"] == calls
    assert [1, 4] == rounds.ours
    assert [2, 3] == rounds.reference


def test_aims_are_met_or_missed() -> None:
    """The bound itself meets the aim; a ratio's aim without a ratio is neither."""
    faster = compared(
        [40.0, 48.0],
        [10.0, 12.0],
        suite="ws",
        case="1 connection",
        figure="steps per CPU-second",
        unit="/s",
        better="more",
        aim=at_least(4),
    )

    assert faster.met is True
    assert row(aim=at_least(4.5)).met is None
    assert row(aim=at_most(8, "ours")).met is True
    assert row(aim=at_most(7.9, "ours")).met is False
    assert row().met is None
