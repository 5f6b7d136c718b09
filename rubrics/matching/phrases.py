"""Phrases, and where a text says them.

A phrase is a sequence of words, compared by stem, within one sentence:

    duplicate charge              one after the other
    send ... password             up to four words may stand between
    send|give|tell me             any of the words

Matches are found from a phrase's rarest word, so that phrases a text has nothing to
do with cost next to nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import product

from attrs import frozen

from .folding import fold
from .reading import Reading
from .words import BORDERS, ENDS, FUNCTION_WORDS, stem_of, stems_of


GAP = "..."
GAP_WORDS = 4
"""So many words may stand where a phrase says `...`."""

_FUNCTION_STEMS = frozenset(map(stem_of, FUNCTION_WORDS))


@frozen
class Match:
    """A phrase found at the positions `at` of a reading's tokens.

    `asserted` is false when a negation outside the phrase denies a word of it, or
    a word of it is quoted.
    """

    phrase: str
    at: tuple[int, ...]
    denied: bool
    quoted: bool

    @property
    def asserted(self) -> bool:
        """Whether the text itself says it."""
        return not (self.denied or self.quoted)


@frozen
class _Pattern:
    """Slots of stems; `gaps[i]` tells whether words may stand before slot i."""

    phrase: str
    slots: tuple[frozenset[str], ...]
    gaps: tuple[bool, ...]

    @property
    def anchor(self) -> frozenset[str]:
        """The slot that the fewest texts fill: few words, and no function words."""
        return min(
            self.slots,
            key=lambda slot: (not slot.isdisjoint(_FUNCTION_STEMS), len(slot)),
        )

    def starts(self, reading: Reading) -> Iterator[int]:
        for stem in self.slots[0]:
            yield from reading.positions.get(stem, ())

    def runs(
        self, tokens: Sequence[str], at: tuple[int, ...]
    ) -> Iterator[tuple[int, ...]]:
        """Every way to fill the remaining slots; `at` are those filled so far."""
        filled = len(at)
        if filled == len(self.slots):
            yield at
            return
        slot = self.slots[filled]
        words = 0
        index = at[-1] + 1
        while index < len(tokens) and (token := tokens[index]) not in ENDS:
            if token in slot:
                yield from self.runs(tokens, (*at, index))
            if not self.gaps[filled] or words == GAP_WORDS:
                return
            words += token not in BORDERS
            index += 1


@frozen(eq=False)
class Phrases:
    """Phrases that are looked for together."""

    phrases: tuple[str, ...]
    vocabulary: frozenset[str]
    _by_anchor: dict[str, tuple[_Pattern, ...]]

    def found_in(self, reading: Reading, *, asserted: bool = True) -> bool:
        """Whether the text says any of the phrases.

        Args:
            reading: the text.
            asserted: leave out what is denied or quoted.
        """
        return any(match.asserted or not asserted for match in self.matches(reading))

    def matches(self, reading: Reading) -> Iterator[Match]:
        """Every place where the text says a phrase, denied and quoted ones too."""
        yield from self._matches(reading)
        if not self.vocabulary.isdisjoint(reading.joined):
            yield from self._matches(reading.rejoined)

    def _matches(self, reading: Reading) -> Iterator[Match]:
        present = reading.positions.keys()
        tried: set[int] = set()
        for stem in self._by_anchor.keys() & present:
            for pattern in self._by_anchor[stem]:
                if id(pattern) in tried:
                    continue
                tried.add(id(pattern))
                if any(slot.isdisjoint(present) for slot in pattern.slots):
                    continue
                for start in pattern.starts(reading):
                    for at in pattern.runs(reading.tokens, (start,)):
                        yield _match(pattern.phrase, at, reading)


def _match(phrase: str, at: tuple[int, ...], reading: Reading) -> Match:
    denied = any(
        negation.start <= index < negation.end and negation.negator not in at
        for negation in reading.negations
        if negation.start <= at[-1] and at[0] < negation.end
        for index in at
    )
    quoted = any(start <= index < end for start, end in reading.quoted for index in at)
    return Match(phrase, at, denied, quoted)


def compile_phrases(phrases: Iterable[str]) -> Phrases:
    """The phrases ready for use; the same ones are compiled once.

    A phrase without a single word is never found.
    """
    return _compiled(tuple(phrases))


@lru_cache(maxsize=4096)
def _compiled(phrases: tuple[str, ...]) -> Phrases:
    by_anchor: dict[str, list[_Pattern]] = {}
    vocabulary: set[str] = set()
    for pattern in (p for phrase in phrases for p in _patterns(phrase)):
        vocabulary.update(*pattern.slots)
        for stem in pattern.anchor:
            by_anchor.setdefault(stem, []).append(pattern)
    frozen_index = {stem: tuple(found) for stem, found in by_anchor.items()}
    return Phrases(phrases, frozenset(vocabulary), frozen_index)


Piece = tuple[frozenset[str], ...]


def _patterns(phrase: str) -> Iterator[_Pattern]:
    """One pattern, or several when a choice is between words and groups of words."""
    choices: list[list[Piece]] = []
    gaps: list[bool] = []
    gap = False
    for written in fold(phrase).split():
        if written == GAP:
            gap = True
        elif pieces := _pieces(written):
            choices.append(pieces)
            gaps.append(gap)
            gap = False
    for chosen in product(*choices) if choices else ():
        slots = tuple(slot for piece in chosen for slot in piece)
        after = [
            opened and not index
            for opened, piece in zip(gaps, chosen, strict=True)
            for index in range(len(piece))
        ]
        yield _Pattern(phrase, slots, (False, *after[1:]))


def _pieces(written: str) -> list[Piece]:
    """What may fill one place of a phrase: single words together, groups apart."""
    options = [stems for word in written.split("|") if (stems := stems_of(word))]
    singles = frozenset(stems[0] for stems in options if len(stems) == 1)
    groups = [
        tuple(frozenset({stem}) for stem in stems)
        for stems in options
        if len(stems) > 1
    ]
    return [*([(singles,)] if singles else []), *groups]
