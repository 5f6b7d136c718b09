"""Which words of a text are said, and which are only denied or quoted.

A negation reaches from its word to the end of its clause; a few forms deny what
stands before them. A quotation reaches from its opening mark to its closing one, if
that follows within the paragraph and there is more than one word between.
"""

from collections.abc import Mapping, Sequence

from attrs import frozen

from .words import (
    BORDERS,
    CLOSE,
    CLOSE_BLOCK,
    CLOSE_SINGLE,
    OPEN,
    OPEN_BLOCK,
    OPEN_SINGLE,
    PARAGRAPH,
    PAUSE,
    QUOTE_MARKS,
    TOGGLE,
    stem_of,
)


def _stems(words: str) -> frozenset[str]:
    return frozenset(map(stem_of, words.split()))


NEGATORS = _stems(
    "not no never neither nor none nobody nothing nowhere without unable avoid "
    "refrain instead rather hardly rarely seldom refuse decline"
)
_ONLY_BEFORE = {stem_of("instead"): "of", stem_of("rather"): "than"}
_UNDONE = _stems("hesitate forget fail only just delay doubt problem worry matter")
"""`do not hesitate to send` is a request: after these, nothing is denied."""

_NEW_CLAUSE = _stems(
    "but however because unless until although though whereas please instead then "
    "therefore otherwise so"
)
_JOINING = _stems("and or")
_SUBJECTS = _stems("i we you they he she it please then just simply instead so")
_ALTERNATIVES = _stems("or nor")
_QUESTIONING = _stems("why")
_DENIED_BEFORE = _stems(
    "case true happen occur correct involve relevant applicable present"
)


@frozen
class Negation:
    """The word at `negator` denies the words from `start` up to `end`."""

    negator: int
    start: int
    end: int


def negations(
    tokens: Sequence[str], positions: Mapping[str, Sequence[int]]
) -> tuple[Negation, ...]:
    """The negations of a text; where they nest, the outer one."""
    found: list[Negation] = []
    reach = 0
    present = NEGATORS & positions.keys()
    for index in sorted(index for word in present for index in positions[word]):
        if index < reach or not _denies(tokens, index):
            continue
        reach = _end_of_clause(tokens, index + 1)
        start = index
        if not _DENIED_BEFORE.isdisjoint(tokens[index + 1 : index + 4]):
            start = _start_of_clause(tokens, index, found)
        found.append(Negation(index, start, reach))
    return tuple(found)


def _denies(tokens: Sequence[str], index: int) -> bool:
    following = tokens[index + 1] if index + 1 < len(tokens) else ""
    if needed := _ONLY_BEFORE.get(tokens[index]):
        return following == needed
    if following in _UNDONE:
        return False
    # "why don't you send"
    return not any(t in _QUESTIONING for t in tokens[max(0, index - 2) : index])


def _end_of_clause(tokens: Sequence[str], index: int) -> int:
    last = len(tokens) - 1
    while index <= last:
        token = tokens[index]
        following = tokens[index + 1] if index < last else ""
        if token in BORDERS:
            if token != PAUSE or following not in _ALTERNATIVES:
                return index
        elif token in _NEW_CLAUSE:
            if not (token in _ONLY_BEFORE and following == _ONLY_BEFORE[token]):
                return index
        elif token in _JOINING and following in _SUBJECTS:
            return index
        index += 1
    return index


def _start_of_clause(tokens: Sequence[str], index: int, found: list[Negation]) -> int:
    floor = found[-1].end if found else 0
    while index > floor and tokens[index - 1] not in BORDERS:
        index -= 1
    return index


_POLITE = _stems(
    "please kindly just simply then now so instead also first next always again"
)
_ABLE = _stems("can could should must may might would will")
_WANTING = _stems("need want ask require like urge advise recommend have")
_OURS = _stems("i we you would must")


def is_order(tokens: Sequence[str], index: int) -> bool:
    """Whether a verb at `index` tells the reader to do something.

    It does at the start of a clause, after a polite word, after `you can` or `could
    you`, after `you need to` and `we ask you to`.
    """
    before = tokens[max(0, index - 4) : index]
    if not before or before[-1] in BORDERS or before[-1] in _POLITE:
        return True
    if len(before) < 2:
        return False
    if {before[-1], before[-2]} & _ABLE and "you" in before[-2:]:
        return True
    if before[-1] != "to" or len(before) < 3:
        return False
    if before[-2] == "you":
        return before[-3] in _WANTING and (len(before) < 4 or before[-4] in _OURS)
    return before[-2] in _WANTING and before[-3] == "you"


Span = tuple[int, int]


def without_quote_marks(
    tokens: Sequence[str],
) -> tuple[tuple[str, ...], tuple[Span, ...]]:
    """The tokens without quotation marks, and the spans that were quoted."""
    kept: list[str] = []
    spans: list[Span] = []
    opened: dict[str, int] = {}
    for token in tokens:
        if token not in QUOTE_MARKS:
            kept.append(token)
            if token == PARAGRAPH:
                opened = (
                    {OPEN_BLOCK: opened[OPEN_BLOCK]} if OPEN_BLOCK in opened else {}
                )
            continue
        kind = _KINDS[token]
        if token in _OPENING or (token == TOGGLE and kind not in opened):
            opened.setdefault(kind, len(kept))
        elif (start := opened.pop(kind, None)) is not None and (
            kind == OPEN_BLOCK or _several_words(kept, start)
        ):
            spans.append((start, len(kept)))
    return tuple(kept), _merged(spans)


_OPENING = frozenset({OPEN, OPEN_SINGLE, OPEN_BLOCK})
_KINDS = {
    OPEN: OPEN,
    CLOSE: OPEN,
    TOGGLE: OPEN,
    OPEN_SINGLE: OPEN_SINGLE,
    CLOSE_SINGLE: OPEN_SINGLE,
    OPEN_BLOCK: OPEN_BLOCK,
    CLOSE_BLOCK: OPEN_BLOCK,
}


def _several_words(kept: Sequence[str], start: int) -> bool:
    words = 0
    for token in kept[start:]:
        words += token not in BORDERS
        if words > 1:
            return True
    return False


def _merged(spans: list[Span]) -> tuple[Span, ...]:
    """Sorted, and nested or overlapping ones made one."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
