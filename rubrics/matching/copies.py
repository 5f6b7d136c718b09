"""How much of a text is taken word by word from another one."""

from collections.abc import Set as AbstractSet
from fractions import Fraction

from .reading import Reading, once_per_reading


@once_per_reading
def ngrams(reading: Reading, size: int) -> frozenset[tuple[str, ...]]:
    """The different runs of `size` stems in a text; marks do not interrupt them."""
    words = reading.words
    return frozenset(zip(*(words[start:] for start in range(size)), strict=False))


def copied_share(text: Reading, source: Reading, size: int = 6) -> Fraction:
    """The share of the text's different runs of `size` stems that `source` has.

    0 for a text that is shorter than one run.
    """
    common = _common_runs(text, source, size)
    if not common:
        return Fraction(0)
    # Made for this alone and not remembered: a text is asked once, its ticket often.
    runs = set(zip(*(text.words[start:] for start in range(size)), strict=False))
    return Fraction(len(common), len(runs))


def _common_runs(
    text: Reading, source: Reading, size: int
) -> AbstractSet[tuple[str, ...]]:
    """The different runs that both have: only stems of `source` in a row can be one."""
    words, runs = text.words, ngrams(source, size)
    known = bytes(map(source.vocabulary.__contains__, words))
    row = b"\x01" * size
    common: set[tuple[str, ...]] = set()
    start = known.find(row)
    while start >= 0:
        run = words[start : start + size]
        if run in runs:
            common.add(run)
        start = known.find(row, start + 1)
    return common
