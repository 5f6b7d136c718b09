"""The statistics of paired rewards, against their definitions."""

import itertools
import math
import statistics as textbook
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support_queue_env.evaluation.statistics import (
    NEARLY_ZERO,
    AdvantageCounts,
    PairCounts,
    count_advantages,
    count_pairs,
    interval_of_mean,
    kendall_tau_b,
    spearman,
    swap_test,
)


Row = tuple[float, float, int]

few_levels = st.integers(0, 20).map(lambda n: n / 20)
rewards = few_levels | st.floats(0, 1)
rows = st.lists(st.tuples(rewards, rewards, st.integers(0, 4)), min_size=1, max_size=40)
tables = rows.map(
    lambda found: [
        (a, b, sorted({g for *_, g in found}).index(group)) for a, b, group in found
    ]
)
"""Rows of two rewards and a group; groups are numbered from 0 without a gap."""


def columns(table: list[Row]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The rows as arrays."""
    a, b, groups = zip(*table, strict=True)
    return np.array(a), np.array(b), np.array(groups, dtype=np.int64)


def sign(x: float) -> int:
    """-1, 0 or 1."""
    return (x > 0) - (x < 0)


def pairs_by_definition(table: list[Row]) -> PairCounts:
    """Every two rows looked at."""
    signs = [
        (sign(x[0] - y[0]), sign(x[1] - y[1]))
        for x, y in itertools.combinations(table, 2)
    ]
    return PairCounts(
        pairs=len(signs),
        ordered=sum(bool(a and b) for a, b in signs),
        flipped=sum(a * b < 0 for a, b in signs),
        merged=sum(bool(a and not b) for a, b in signs),
        split=sum(bool(b and not a) for a, b in signs),
    )


@given(tables)
def test_pairs(table: list[Row]) -> None:
    """Counting in n log n finds what looking at every pair finds."""
    a, b, _ = columns(table)

    assert pairs_by_definition(table) == count_pairs(a, b)


@given(tables)
def test_pairs_within_groups(table: list[Row]) -> None:
    """Pairs across groups do not count."""
    grouped = defaultdict(list)
    for row in table:
        grouped[row[2]].append(row)
    each = [pairs_by_definition(group) for group in grouped.values()]

    assert PairCounts(
        *(
            sum(getattr(counts, name) for counts in each)
            for name in ("pairs", "ordered", "flipped", "merged", "split")
        )
    ) == count_pairs(*columns(table))


def test_many_pairs() -> None:
    """Fifty thousand rows are counted, not compared: the reverse order flips all."""
    a = np.linspace(0, 1, 50_000)
    every = 50_000 * 49_999 // 2

    assert PairCounts(every, every, every, 0, 0) == count_pairs(a, a[::-1])
    assert PairCounts(every, every, 0, 0, 0) == count_pairs(a, a)
    assert PairCounts(every, 0, 0, every, 0) == count_pairs(a, a * 0)


@given(tables)
def test_tau_is_made_of_the_pairs(table: list[Row]) -> None:
    """Kendall's tau-b is what its definition makes of the counts."""
    a, b, _ = columns(table)
    counts = count_pairs(a, b)
    tau = kendall_tau_b(a, b)
    ordered_a = counts.ordered + counts.merged
    ordered_b = counts.ordered + counts.split
    if tau is None:
        assert 0 in {ordered_a, ordered_b}
    else:
        expected = (counts.ordered - 2 * counts.flipped) / math.sqrt(
            ordered_a * ordered_b
        )

        assert pytest.approx(expected, abs=1e-12) == tau


@given(tables)
def test_spearman_is_a_correlation_of_ranks(table: list[Row]) -> None:
    """Pearson's correlation of the mean ranks."""
    a, b, _ = columns(table)
    found = spearman(a, b)
    if found is None:
        assert 1 == len(set(a)) or 1 == len(set(b))
    else:
        expected = textbook.correlation(_mean_ranks(list(a)), _mean_ranks(list(b)))

        assert pytest.approx(expected, abs=1e-9) == found


def _mean_ranks(values: list[float]) -> list[float]:
    """The place of each value; equal ones share the middle of theirs."""
    below = [sum(other < value for other in values) for value in values]
    return [
        under + (values.count(value) - 1) / 2
        for under, value in zip(below, values, strict=True)
    ]


@given(tables)
def test_advantages(table: list[Row]) -> None:
    """Signs of reward less group mean, as their definition has them."""
    grouped = defaultdict(list)
    for row in table:
        grouped[row[2]].append(row)
    expected = dict.fromkeys(
        ("groups", "rows", "reversed", "lost", "gained", "flat_a", "flat_b"), 0
    )
    for group in grouped.values():
        if len(group) < 2:
            continue
        sides = [_signs([row[side] for row in group]) for side in (0, 1)]
        signs = list(zip(*sides, strict=True))
        expected["groups"] += 1
        expected["rows"] += len(group)
        expected["reversed"] += sum(x * y < 0 for x, y in signs)
        expected["lost"] += sum(bool(x and not y) for x, y in signs)
        expected["gained"] += sum(bool(y and not x) for x, y in signs)
        expected["flat_a"] += not any(x for x, _ in signs)
        expected["flat_b"] += not any(y for _, y in signs)

    assert AdvantageCounts(**expected) == count_advantages(*columns(table))


def _signs(values: list[float]) -> list[int]:
    # In the order of the rows, as bincount adds.
    total = 0.0
    for value in values:
        total += value
    mean = total / len(values)
    return [sign(v - mean) if abs(v - mean) > NEARLY_ZERO else 0 for v in values]


def test_an_advantage_of_nothing() -> None:
    """Equal rewards are on their mean, however that is rounded."""
    same = np.full(7, 0.85)
    counts = count_advantages(
        same, np.linspace(0.1, 0.7, 7), np.zeros(7, dtype=np.int64)
    )

    assert AdvantageCounts(1, 7, 0, 0, 6, 1, 0) == counts
    assert 0.0 == counts.share


@settings(max_examples=25)
@given(tables)
def test_intervals(table: list[Row]) -> None:
    """An interval has two finite ends in order, and the seed alone decides them."""
    a, b, groups = columns(table)
    found = interval_of_mean(b - a, groups, seed=7, resamples=200)
    clusters = len(set(groups))
    if clusters < 2:
        assert found is None
        return

    assert found is not None
    assert found.low <= found.high
    assert -1 <= found.low
    assert found.high <= 1
    assert (clusters, 200, 7) == (found.clusters, found.resamples, found.seed)
    assert found == interval_of_mean(b - a, groups, seed=7, resamples=200)


def test_an_interval_of_many_clusters() -> None:
    """With many clusters it is the textbook's: mean ± 1.96 standard errors."""
    random = np.random.default_rng(1)
    groups = np.repeat(np.arange(400), 5)
    values = random.normal(0.1, 0.05, 400)[groups] + random.normal(0, 0.02, 2_000)
    found = interval_of_mean(values, groups, seed=0)
    means = np.bincount(groups, weights=values) / 5
    error = means.std(ddof=1) / math.sqrt(400)

    assert found is not None
    assert "BCa" == found.method
    assert pytest.approx(values.mean() - 1.96 * error, abs=error / 5) == found.low
    assert pytest.approx(values.mean() + 1.96 * error, abs=error / 5) == found.high
    other = interval_of_mean(values, groups, seed=1)
    assert other is not None
    assert found.low != other.low


def test_an_interval_without_spread() -> None:
    """Where every cluster says the same, the interval is a point."""
    found = interval_of_mean(
        np.full(6, 0.25), np.array([0, 0, 1, 1, 2, 2]), seed=0, resamples=99
    )

    assert found is not None
    assert ("constant", 0.25, 0.25) == (found.method, found.low, found.high)


@settings(max_examples=25)
@given(tables)
def test_swapping_every_cluster(table: list[Row]) -> None:
    """With few clusters the p-value counts every way to swap."""
    a, b, groups = columns(table)
    found = swap_test(a, b, groups, seed=0)
    sums = np.bincount(groups, weights=a - b)
    if len(sums) < 2:
        assert found is None
        return
    swapped = [
        float(np.dot(signs, sums))
        for signs in itertools.product((1, -1), repeat=len(sums))
    ]
    at_least = sum(abs(s) >= abs(sums.sum()) - 1e-12 for s in swapped)

    assert found is not None
    assert (True, len(swapped)) == (found.exact, found.permutations)
    assert pytest.approx(min(1.0, at_least / len(swapped))) == found.p_value


def test_swapping_at_random() -> None:
    """With many clusters some ways are tried, the same ones for the same seed."""
    random = np.random.default_rng(1)
    groups = np.arange(50)
    a = random.random(50)
    found = swap_test(a, np.minimum(a + 0.2, 1), groups, seed=3, permutations=999)

    assert found is not None
    assert (False, 999) == (found.exact, found.permutations)
    assert 0.0 < found.p_value < 0.01
    assert found == swap_test(
        a, np.minimum(a + 0.2, 1), groups, seed=3, permutations=999
    )
