"""Ids, amounts, dates and codes, letter by letter."""

from .folding import normalise
from .reading import Reading


_IN_NUMBERS = frozenset(".,:")


def contains_literal(reading: Reading, literal: str) -> bool:
    """Whether the text contains `literal`, and not as a part of something longer.

    Both are normalised; nothing else is forgiven. `312` is neither in `1,312` nor in
    `312.5`, but in `312.` and in `(312)`. Denied and quoted text counts.
    """
    wanted = normalise(literal)
    text = reading.normalised
    if not wanted:
        return False
    start = text.find(wanted)
    while start >= 0:
        end = start + len(wanted)
        if not (_goes_on_before(text, start, wanted) or _goes_on(text, end, wanted)):
            return True
        start = text.find(wanted, start + 1)
    return False


def _goes_on_before(text: str, start: int, wanted: str) -> bool:
    if not (start and wanted[0].isalnum()):
        return False
    before = text[start - 1]
    if before in _IN_NUMBERS and wanted[0].isdigit():
        return start > 1 and text[start - 2].isdigit()
    return before.isalnum()


def _goes_on(text: str, end: int, wanted: str) -> bool:
    if end == len(text) or not wanted[-1].isalnum():
        return False
    after = text[end]
    if after in _IN_NUMBERS and wanted[-1].isdigit():
        return end + 1 < len(text) and text[end + 1].isdigit()
    return after.isalnum()
