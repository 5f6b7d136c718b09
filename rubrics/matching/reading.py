"""A text, read once for everybody who wants to know what it says."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache, wraps
from itertools import chain
from operator import itemgetter
from typing import Any, TypeVar, TypeVarTuple

from attrs import field, frozen

from .folding import fold, plain
from .scopes import Negation, Span, negations, without_quote_marks
from .words import (
    BORDERS,
    CLOSE_BLOCK,
    ENDS,
    FUNCTION_WORDS,
    OPEN_BLOCK,
    PARAGRAPH,
    PAUSE,
    QUOTE_MARKS,
    STEMS,
    SURFACES,
    stem_of,
)


_KEPT = 256
_LONGEST_KEPT = 16_384
_FINDINGS = 64
"""So many things found out about a text are remembered with it."""

_LINE = re.compile(r"\n[ \t]*(?=[\n*-])")
_SPACED_OUT = re.compile(
    r"(?<![^\W_])(?:[^\W_][ .\-_*/|]){2,}[^\W_](?![^\W_])", re.UNICODE
)
_SEPARATORS = re.compile(r"[ .\-_*/|]")
_SINGLES = frozenset("bcdfhjklmnopqrstuvwxyz")
_SPACED_FROM = 2
"""So many different single letters, not those of `a`, `I` and `e.g.`, may be one word,
spaced out."""

_INNER = re.compile(r"(?<![^\W_])[^\W_]++(?:[-_.*/|][^\W_]++)++")

PROSE_SHARE = 0.12
"""Share of function words from which a text counts as written in sentences."""

_PROSE_WORDS = 5
_FUNCTION_STEMS = frozenset(map(stem_of, FUNCTION_WORDS))


@frozen(eq=False, slots=False)
class Reading:
    """What a text says, in stems.

    `tokens` are the stems with the marks that end sentences (`.` and `?`) and
    clauses (`,`) between them; positions elsewhere are indices into it. `quoted`
    are the spans within quotation marks or quoted lines. `joined` are the stems of
    words that are split within, as `pass-word`. Two readings are equal only when
    they are the same.
    """

    folded: str = field(repr=False)
    _lined: str = field(repr=False)
    tokens: tuple[str, ...]
    quoted: tuple[Span, ...]
    joined: frozenset[str]

    @cached_property
    def positions(self) -> Mapping[str, Sequence[int]]:
        """Where each stem or mark stands."""
        positions: defaultdict[str, list[int]] = defaultdict(list)
        for index, token in enumerate(self.tokens):
            positions[token].append(index)
        positions.default_factory = None  # a stem that is not there stays away
        return positions

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every different stem and mark."""
        return frozenset(self.positions)

    @cached_property
    def bits(self) -> dict[str, int]:
        """By stem a number with a bit for each position, where one was wanted so far."""
        return {}

    @cached_property
    def findings(self) -> dict[Hashable, Any]:
        """What `once_per_reading` remembers of this text."""
        return {}

    @cached_property
    def deniers(self) -> Sequence[int]:
        """For each token the position of what denies it, or -1; empty if nothing is."""
        if not self.negations:
            return ()
        deniers = [-1] * len(self.tokens)
        for negation in self.negations:
            reach = negation.end - negation.start
            deniers[negation.start : negation.end] = [negation.negator] * reach
        return deniers

    def quoted_near(self, at: Sequence[int]) -> tuple[Span, ...]:
        """The quotations that may hold one of the positions, which ascend."""
        if not self.quoted:
            return ()
        first = bisect_left(self.quoted, at[0], key=itemgetter(1))
        last = bisect_left(self.quoted, at[-1] + 1, key=itemgetter(0))
        return self.quoted[first:last]

    @cached_property
    def surfaces(self) -> tuple[str, ...]:
        """The words as they were written, folded, where `tokens` has their stems."""
        return without_quote_marks(_expanded(self._lined, SURFACES))[0]

    @cached_property
    def negations(self) -> tuple[Negation, ...]:
        """What is denied, from the first to the last."""
        return negations(self.tokens, self.positions)

    @cached_property
    def normalised(self) -> str:
        """The text as it is compared letter by letter."""
        return plain(self.folded)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The stems alone."""
        return tuple([token for token in self.tokens if token not in BORDERS])

    @cached_property
    def asserted(self) -> tuple[bool, ...]:
        """For each of `words`, whether it is neither denied nor quoted."""
        said = bytearray(b"\x01" * len(self.tokens))
        spans = [(n.start, n.end) for n in self.negations]
        for start, end in (*spans, *self.quoted):
            said[start:end] = bytes(end - start)
        return tuple(
            bool(flag)
            for flag, token in zip(said, self.tokens, strict=True)
            if token not in BORDERS
        )

    @cached_property
    def sentence_spans(self) -> Sequence[Span]:
        """Where each sentence begins and ends, empty ones between two marks included."""
        ends = self._ends
        begins = (0, *(end + 1 for end in ends))
        return tuple(zip(begins, (*ends, len(self.tokens)), strict=True))

    @cached_property
    def clauses(self) -> tuple[tuple[str, ...], ...]:
        """The stems, clause by clause."""
        return tuple(_parts(self.tokens, self._borders))

    @property
    def asks(self) -> bool:
        """Whether there is a question mark at the end of a sentence."""
        return "?" in self.positions

    @cached_property
    def function_share(self) -> float:
        """The share of words that only hold sentences together, in [0, 1]."""
        if not self.words:
            return 0.0
        held = sum(word in _FUNCTION_STEMS for word in self.words)
        return held / len(self.words)

    @property
    def looks_like_prose(self) -> bool:
        """Whether there is a sentence, and not only a list of keywords."""
        return len(self.words) >= _PROSE_WORDS and self.function_share >= PROSE_SHARE

    @cached_property
    def rejoined(self) -> "Reading":
        """The same text with words that are split within put together."""
        return read(_INNER.sub(_without_separators, self.folded))

    @cached_property
    def _borders(self) -> Sequence[int]:
        return sorted((*self._ends, *self.positions.get(PAUSE, ())))

    @cached_property
    def _ends(self) -> Sequence[int]:
        return sorted(i for end in ENDS for i in self.positions.get(end, ()))

    def sentence_of(self, index: int) -> int:
        """The number of the sentence at a position, counted from 0."""
        return bisect_left(self._ends, index)


Rest = TypeVarTuple("Rest")
T = TypeVar("T")


def once_per_reading(
    find: Callable[[Reading, *Rest], T],
) -> Callable[[Reading, *Rest], T]:
    """Remember what `find` returns for a text, for as long as the text itself.

    Its other arguments have to be hashable.
    """

    @wraps(find)
    def found(reading: Reading, /, *rest: *Rest) -> T:
        findings, key = reading.findings, (find, *rest)
        if key in findings:
            known: T = findings[key]
            return known
        if len(findings) >= _FINDINGS:
            findings.clear()
        findings[key] = new = find(reading, *rest)
        return new

    return found


_FEW = 16


def bits_at(positions: Sequence[int]) -> int:
    """A number with these ascending bits, in time proportional to the last one."""
    if len(positions) <= _FEW:
        bits = 0
        for position in positions:
            bits |= 1 << position
        return bits
    octets = bytearray(positions[-1] // 8 + 1)
    for position in positions:
        octets[position >> 3] |= 1 << (position & 7)
    return int.from_bytes(octets, "little")


def read(text: str) -> Reading:
    """The reading of any text; that of a text read lately is remembered."""
    return _remembered(text) if len(text) <= _LONGEST_KEPT else read_anew(text)


def read_anew(text: str) -> Reading:
    """The reading of any text, without looking whether it was read before."""
    folded = fold(text)
    lined = _with_lines(folded) if "\n" in folded or ">" in folded else folded
    tokens = _expanded(lined, STEMS)
    distinct = frozenset(tokens)
    if len(distinct & _SINGLES) >= _SPACED_FROM:
        lined = _SPACED_OUT.sub(_without_separators, lined)
        tokens = _expanded(lined, STEMS)
    quoted: tuple[Span, ...] = ()
    if not distinct.isdisjoint(QUOTE_MARKS):
        tokens, quoted = without_quote_marks(tokens)
    return Reading(folded, lined, tokens, quoted, _joined(lined))


def _expanded(lined: str, forms: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(chain.from_iterable(map(forms.__getitem__, lined.split())))


_remembered = lru_cache(maxsize=_KEPT)(read_anew)


def _with_lines(folded: str) -> str:
    """Paragraphs and list items end a sentence; quoted lines get marks around them."""
    if ">" in folded:
        folded = "\n".join(_quoted_lines(folded.split("\n")))
    return _LINE.sub(f" {PARAGRAPH} ", folded)


def _quoted_lines(lines: list[str]) -> Iterator[str]:
    inside = False
    for line in lines:
        quoted = line.lstrip().startswith(">")
        if quoted != inside:
            yield f" {PARAGRAPH} {OPEN_BLOCK if quoted else CLOSE_BLOCK} "
            inside = quoted
        yield line
    if inside:
        yield f" {CLOSE_BLOCK} "


def _without_separators(found: re.Match[str]) -> str:
    return _SEPARATORS.sub("", found[0])


def _joined(text: str) -> frozenset[str]:
    """The stems of the words that are split within, when there can be any."""
    dots = text.count(".") - text.count(". ") - text.count(".\n") - text.endswith(".")
    separators = [mark for mark in "-_*|" if mark in text] + ["."] * bool(dots)
    if not separators:
        return frozenset()
    chunks = text.split()
    return frozenset(
        stem_of(_SEPARATORS.sub("", word))
        for mark in separators
        for chunk in chunks
        if mark in chunk and mark in chunk[1:-1]
        for word in _INNER.findall(chunk)
    )


def _parts(
    tokens: tuple[str, ...], borders: Sequence[int]
) -> Iterator[tuple[str, ...]]:
    """What stands between the borders, without empty parts."""
    start = 0
    for border in (*borders, len(tokens)):
        if start < border:
            yield tokens[start:border]
        start = border + 1
