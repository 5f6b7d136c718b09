"""The statistics of paired rewards: ranks, pairs, groups, intervals.

Needs NumPy and SciPy (the extra `stats`); import it only where they are wanted. All
functions take one number per row, rows in the same order, and know nothing of rubrics.
Rewards are compared exactly: equal scores are equal floats, since each is rounded
once. Everything is O(n log n) in the number of rows.
"""

import warnings
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

# SciPy ships no types, and its stubs are one package more.
from scipy import stats  # type: ignore[import-untyped]


Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

NEARLY_ZERO = 1e-9
"""An advantage this close to 0 is 0: a mean of rewards is not exact."""

_CELLS = 2_000_000
"""Numbers that a batch of resamples may hold in memory."""


@frozen
class PairCounts:
    """What becomes of the order of two rows, over pairs of rows.

    Of `pairs`, `ordered` are those that both sides order strictly, `flipped` those
    that they order the other way round, and `share` the part of the one in the other;
    None without any. `merged` are tied under B alone, `split` under A alone.
    """

    pairs: int
    ordered: int
    flipped: int
    merged: int
    split: int
    share: float | None = field(init=False)

    @share.default
    def _flipped_share(self) -> float | None:
        return self.flipped / self.ordered if self.ordered else None


@frozen
class AdvantageCounts:
    """Rewards less their group's mean, as GRPO weighs them, under both sides.

    Only groups of two rows and more count. `reversed` rows were above the mean and
    are below it now, or the other way round; `lost` rows were off the mean and are on
    it, `gained` ones the other way round. A flat group has no spread: no signal.
    `share` is that of the reversed rows; None without any row.
    """

    groups: int
    rows: int
    reversed: int
    lost: int
    gained: int
    flat_a: int
    flat_b: int
    share: float | None = field(init=False)

    @share.default
    def _reversed_share(self) -> float | None:
        return self.reversed / self.rows if self.rows else None


@frozen
class Interval:
    """A confidence interval, and how it was made."""

    low: float
    high: float
    level: float
    method: str
    resamples: int
    clusters: int
    seed: int


@frozen
class PairedTest:
    """The two-sided p-value of no difference, by swapping the sides of clusters."""

    p_value: float
    exact: bool
    permutations: int


def kendall_tau_b(a: Floats, b: Floats) -> float | None:
    """Rank correlation that allows for ties; None where a side has one value only."""
    if _constant(a) or _constant(b):
        return None
    return float(stats.kendalltau(a, b, variant="b").statistic)


def spearman(a: Floats, b: Floats) -> float | None:
    """Correlation of the ranks; None where a side has one value only."""
    if _constant(a) or _constant(b):
        return None
    return float(stats.spearmanr(a, b).statistic)


def count_pairs(a: Floats, b: Floats, groups: Whole | None = None) -> PairCounts:
    """What becomes of the order of every two rows, or of every two of a group."""
    group = np.zeros(len(a), dtype=np.int64) if groups is None else groups
    rank_a, rank_b = _ranks(a), _ranks(b)
    pairs = _pairs_of_equal(group)
    tied_a, tied_b = _pairs_of_equal(group, rank_a), _pairs_of_equal(group, rank_b)
    tied_both = _pairs_of_equal(group, rank_a, rank_b)
    # Rows in the order of A, ties in that of B: what B has the wrong way round now are
    # the flipped pairs. Groups follow each other, so none reaches into the next.
    order = np.lexsort((rank_b, rank_a, group))
    flipped = _inversions(_ranks_of(group, rank_b)[order])
    return PairCounts(
        pairs=pairs,
        ordered=pairs - tied_a - tied_b + tied_both,
        flipped=flipped,
        merged=tied_b - tied_both,
        split=tied_a - tied_both,
    )


def count_advantages(a: Floats, b: Floats, groups: Whole) -> AdvantageCounts:
    """How the signs of advantages within groups differ; groups count from 0."""
    sizes = np.bincount(groups)
    several = sizes[groups] > 1
    sign_a, sign_b = _advantage_signs(a, groups), _advantage_signs(b, groups)
    spread = [np.bincount(groups, weights=sign != 0) for sign in (sign_a, sign_b)]
    flat = [int(((spread_ == 0) & (sizes > 1)).sum()) for spread_ in spread]
    return AdvantageCounts(
        groups=int((sizes > 1).sum()),
        rows=int(several.sum()),
        reversed=int((sign_a * sign_b < 0)[several].sum()),
        lost=int(((sign_a != 0) & (sign_b == 0))[several].sum()),
        gained=int(((sign_a == 0) & (sign_b != 0))[several].sum()),
        flat_a=flat[0],
        flat_b=flat[1],
    )


def interval_of_mean(
    values: Floats,
    groups: Whole,
    *,
    seed: int,
    resamples: int = 9_999,
    level: float = 0.95,
) -> Interval | None:
    """The bootstrap interval of the mean of `values`; whole groups are resampled.

    Bias-corrected and accelerated (BCa), or plain percentiles where the groups'
    means leave that undefined. None for a single group: one cluster has no spread.
    The same seed gives the same interval.
    """
    sizes = np.bincount(groups).astype(np.float64)
    sums = np.bincount(groups, weights=values).astype(np.float64)
    if len(sizes) < 2:
        return None
    low = high = float(values.sum() / len(values))
    method = "constant"
    if not _constant(sums / sizes):
        for method in ("BCa", "percentile"):
            low, high = _bootstrap(
                (sums, sizes),
                method=method,
                n_resamples=resamples,
                confidence_level=level,
                rng=np.random.default_rng(seed),
            )
            if low <= high:  # false for NaN
                break
    return Interval(low, high, level, method, resamples, len(sizes), seed)


def swap_test(
    a: Floats, b: Floats, groups: Whole, *, seed: int, permutations: int = 9_999
) -> PairedTest | None:
    """Whether the means differ: the sides of whole groups are swapped.

    Every way to swap is tried where there are at most `permutations`, otherwise that
    many at random. None for a single group.
    """
    sum_a, sum_b = np.bincount(groups, weights=a), np.bincount(groups, weights=b)
    clusters = len(sum_a)
    if clusters < 2:
        return None
    exact = 2**clusters <= permutations
    found = stats.permutation_test(
        (sum_a, sum_b),
        lambda x, y, axis: (x - y).sum(axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=permutations,
        batch=max(1, _CELLS // clusters),
        rng=np.random.default_rng(seed),
    )
    return PairedTest(
        float(found.pvalue), exact, 2**clusters if exact else permutations
    )


def _bootstrap(
    sums_and_sizes: tuple[Floats, Floats], **options: Any
) -> tuple[float, float]:
    def mean(sums: Floats, sizes: Floats, axis: int) -> Any:
        return sums.sum(axis=axis) / sizes.sum(axis=axis)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a degenerate BCa says so with a NaN, too
        found = stats.bootstrap(
            sums_and_sizes,
            mean,
            paired=True,
            vectorized=True,
            batch=max(1, _CELLS // len(sums_and_sizes[0])),
            **options,
        )
    low, high = found.confidence_interval
    return float(low), float(high)


def _constant(values: Floats) -> bool:
    return len(values) == 0 or bool(np.all(values == values[0]))


def _ranks(values: Floats | Whole) -> Whole:
    """Each value's place among the different values, from 0."""
    _, ranks = np.unique(values, return_inverse=True)
    return ranks.astype(np.int64)


def _ranks_of(first: Whole, second: Whole) -> Whole:
    """One rank for two: by the first, then by the second."""
    width = int(second.max(initial=0)) + 1
    return _ranks(first * width + second)


def _pairs_of_equal(*columns: Whole) -> int:
    """The pairs of rows that agree in every column."""
    combined = columns[0]
    for column in columns[1:]:
        combined = _ranks_of(combined, column)
    counts = np.unique(combined, return_counts=True)[1]
    return int((counts * (counts - 1) // 2).sum())


def _inversions(ranks: Whole) -> int:
    """The pairs that stand in falling order.

    The ranks are sorted by one bit after the other, from the highest: a pair in
    falling order shows at the first bit in which it differs.
    """
    total = 0
    for bit in reversed(range(int(ranks.max(initial=0)).bit_length())):
        ones = ranks >> bit & 1
        ones_before = np.cumsum(ones) - ones
        alike = ranks >> (bit + 1)  # equal in the higher bits, and side by side
        starts = np.flatnonzero(np.diff(alike, prepend=-1))
        lengths = np.diff(starts, append=len(ranks))
        before_start = np.repeat(ones_before[starts], lengths)
        total += int(((ones_before - before_start) * (1 - ones)).sum())
        ranks = ranks[np.argsort(ranks >> bit, kind="stable")]
    return total


def _advantage_signs(rewards: Floats, groups: Whole) -> Whole:
    means = np.bincount(groups, weights=rewards) / np.bincount(groups)
    advantages = rewards - means[groups]
    signs = np.sign(advantages) * (np.abs(advantages) > NEARLY_ZERO)
    return signs.astype(np.int64)
