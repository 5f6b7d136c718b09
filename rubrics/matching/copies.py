"""How much of a text is taken word by word from another one."""

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
    runs = ngrams(text, size)
    if not runs:
        return Fraction(0)
    return Fraction(len(runs & ngrams(source, size)), len(runs))
