"""The pairs of rows of one ticket that two rubrics put in opposite order."""

from collections.abc import Iterator

import numpy as np
from attrs import frozen

from .statistics import Floats, Whole


_BLOCK = 512
"""Rows of the table of differences that are in memory at once."""


@frozen
class RowPair:
    """Two rows in opposite order: A rewards `first` more, B rewards `second` more.

    `gap` is the smaller of the two differences; `pairs` counts the pairs with the
    same four rewards, of which this is the first.
    """

    first: int
    second: int
    gap: float
    pairs: int


def widest_inversions(a: Floats, b: Floats, groups: Whole, top: int) -> list[RowPair]:
    """The `top` inversions within groups, the widest gap first.

    Equal rewards are looked at once, so the time grows with the square of the
    different rewards in a group, and not with that of its rows.
    """
    found: list[RowPair] = []
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
    for rows in np.split(order, starts[1:]):
        found += _of_group(a, b, rows, top)
        found = sorted(found, key=_by_gap)[:top]
    return found


def _by_gap(pair: RowPair) -> tuple[float, int, int]:
    return -pair.gap, pair.first, pair.second


def _of_group(a: Floats, b: Floats, rows: Whole, top: int) -> Iterator[RowPair]:
    both = np.column_stack([a[rows], b[rows]])
    levels, firsts, counts = np.unique(
        both, axis=0, return_index=True, return_counts=True
    )
    x, y = levels[:, 0], levels[:, 1]
    for start in range(0, len(levels), _BLOCK):
        block = slice(start, start + _BLOCK)
        gaps = np.minimum(x[block, None] - x, y - y[block, None])
        widest = np.argsort(-gaps, axis=None, kind="stable")[:top]
        for i, j in zip(*np.unravel_index(widest, gaps.shape), strict=True):
            if gaps[i, j] > 0:
                better = start + int(i)
                yield RowPair(
                    first=int(rows[firsts[better]]),
                    second=int(rows[firsts[j]]),
                    gap=float(gaps[i, j]),
                    pairs=int(counts[better] * counts[j]),
                )
