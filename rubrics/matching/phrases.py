"""Phrases, and where a text says them.

A phrase is a sequence of words, compared by stem, within one sentence:

    duplicate charge              one after the other
    send ... password             up to four words may stand between
    send|give|tell me             any of the words
    card-number|cvv               of several words, joined by a hyphen
    i =removed                    the word in just this form
    ^send|give ... password       as an order: in just this form, where a clause
                                  begins or after `please`, `you can` and the like

A text is asked for a phrase with a few operations on whole numbers whose bits are
positions in the text, however long it is. Only where these agree are words looked at
one by one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache

from attrs import frozen

from .folding import fold
from .reading import Reading, bits_at
from .scopes import is_order
from .words import BORDERS, ENDS, FUNCTION_WORDS, stem_of, stems_of


GAP, EXACT, ORDER = "...", "=", "^"
GAP_WORDS = 4
"""So many words may stand where a phrase says `...`."""

_FEW = 24
"""More phrases than these are looked for sentence by sentence."""

_COMMON = frozenset(map(stem_of, FUNCTION_WORDS))
_GAP_TOKENS = 7
"""So many words and marks together; `may_be` reaches just as far."""


@frozen
class Match:
    """A phrase found at the positions `at` of the tokens of `reading`.

    `reading` is the one that was searched, or its `rejoined`. The match is `denied`
    when a negation outside the phrase reaches a word of it, and `quoted` when a word
    of it is.
    """

    phrase: str
    at: tuple[int, ...]
    reading: Reading
    denied: bool
    quoted: bool

    @property
    def asserted(self) -> bool:
        """Whether the text itself says it."""
        return not (self.denied or self.quoted)


@frozen
class _Slot:
    """What fills one place: single stems, some in certain forms only, or groups."""

    firsts: frozenset[str]
    stems: frozenset[str]
    forms: Mapping[str, frozenset[str]]
    groups: tuple[tuple[str, ...], ...]
    gap: bool

    def fills(self, reading: Reading, index: int) -> Iterator[int]:
        """How many tokens from `index` on may fill the place."""
        token = reading.tokens[index]
        if token in self.stems or (
            token in self.forms and reading.surfaces[index] in self.forms[token]
        ):
            yield 1
        for group in self.groups:
            if reading.tokens[index : index + len(group)] == group:
                yield len(group)


@frozen(eq=False)
class _Pattern:
    """A phrase as slots.

    `steps` are the number of each slot's first stems among those of all patterns,
    whether words may stand before it, and how many tokens it may take; `needed` has
    the bits of these numbers. `words` is empty unless the phrase is nothing but
    words, one after the other.
    """

    phrase: str
    slots: tuple[_Slot, ...]
    order: bool
    steps: tuple[tuple[int, bool, tuple[int, ...]], ...]
    needed: int
    words: tuple[str, ...]

    @property
    def anchor(self) -> frozenset[str]:
        """The first stems of the slot that the fewest sentences fill."""
        return min(
            (slot.firsts for slot in self.slots),
            key=lambda firsts: (not firsts.isdisjoint(_COMMON), len(firsts)),
        )

    def may_be(self, places: Mapping[int, int]) -> bool:
        """Whether the slots follow each other, as far as their first stems tell.

        `places` has, by number, a bit for each position of first stems.
        """
        reached = -1
        for number, gap, widths in self.steps:
            if gap:
                reached |= reached << 1
                reached |= reached << 2
                reached |= reached << 4
            reached &= places[number]
            if not reached:
                return False
            after = reached << 1
            for width in widths:
                after |= reached << width
            reached = after
        return True

    def found(self, reading: Reading) -> Iterator[tuple[int, ...]]:
        """The positions of every place where the phrase stands."""
        if self.words:
            size = len(self.words)
            for start in reading.positions.get(self.words[0], ()):
                if reading.tokens[start : start + size] == self.words:
                    yield tuple(range(start, start + size))
            return
        positions = reading.positions
        starts = [i for s in self.slots[0].firsts for i in positions.get(s, ())]
        # From the first to the last: the order of a set of texts differs from process
        # to process, and of several matches the first one is told.
        for start in sorted(starts):
            if not self.order or is_order(reading.tokens, start):
                yield from self._runs(reading, 0, start)

    def _runs(
        self, reading: Reading, place: int, start: int
    ) -> Iterator[tuple[int, ...]]:
        """Every way to fill the slots from `place` on with the tokens from `start`."""
        if place == len(self.slots):
            yield ()
            return
        slot = self.slots[place]
        tokens = reading.tokens[start : start + 1 + slot.gap * _GAP_TOKENS]
        words = 0
        for index, token in enumerate(tokens, start):
            if token in ENDS or words > GAP_WORDS:
                return
            for width in slot.fills(reading, index):
                here = tuple(range(index, index + width))
                for after in self._runs(reading, place + 1, index + width):
                    yield here + after
            words += token not in BORDERS


_Needy = tuple[int, _Pattern]
"""A pattern behind its `needed`, which is asked for far more often than it."""


@frozen(eq=False)
class Phrases:
    """Phrases that are looked for together."""

    phrases: tuple[str, ...]
    vocabulary: frozenset[str]
    _patterns: tuple[_Needy, ...]
    _bits: Mapping[str, int]
    _slots: tuple[frozenset[str], ...]
    _anchored: Mapping[str, tuple[_Needy, ...]]

    def found_in(self, reading: Reading, *, asserted: bool = True) -> bool:
        """Whether the text says any of the phrases.

        Args:
            reading: the text.
            asserted: leave out what is denied or quoted.
        """
        if self._found_in(reading, asserted=asserted):
            return True
        return self._splits(reading) and self._found_in(
            reading.rejoined, asserted=asserted
        )

    def matches(self, reading: Reading) -> Iterator[Match]:
        """Every place where the text says a phrase, denied and quoted ones too."""
        yield from self._matches(reading)
        if self._splits(reading):
            yield from self._matches(reading.rejoined)

    def _splits(self, reading: Reading) -> bool:
        """Whether the text has a word of the phrases that is split within."""
        return bool(reading.joined) and not self.vocabulary.isdisjoint(reading.joined)

    def _found_in(self, reading: Reading, *, asserted: bool) -> bool:
        for pattern in self._possible(reading):
            for at in pattern.found(reading):
                if not asserted or not (_denied(at, reading) or _quoted(at, reading)):
                    return True
        return False

    def _matches(self, reading: Reading) -> Iterator[Match]:
        for pattern in self._possible(reading):
            for at in pattern.found(reading):
                yield _match(pattern.phrase, at, reading)

    def _possible(self, reading: Reading) -> Sequence[_Pattern]:
        """The patterns that may stand in a text, and perhaps a few more."""
        stems = self.vocabulary & reading.vocabulary
        if not stems:
            return ()
        many = len(self._patterns) > _FEW
        possible = self._by_sentence(reading) if many else self._by_text(stems)
        if not possible:
            return ()
        places = _Places(self._slots, stems, reading)
        return [p for p in possible if p.words or p.may_be(places)]

    def _by_text(self, stems: AbstractSet[str]) -> list[_Pattern]:
        """The patterns whose slots the stems of a text can fill."""
        there = 0
        for stem in stems:
            there |= self._bits[stem]
        return [p for needed, p in self._patterns if needed & there == needed]

    def _by_sentence(self, reading: Reading) -> list[_Pattern]:
        """The patterns whose slots the stems of one sentence can fill."""
        bits, anchored = self._bits, self._anchored
        kept: list[_Pattern] = []
        for start, end in reading.sentence_spans:
            there = 0
            anchors = []
            for stem in filter(bits.__contains__, reading.tokens[start:end]):
                there |= bits[stem]
                if stem in anchored:
                    anchors.append(anchored[stem])
            for patterns in anchors:
                kept += [p for needed, p in patterns if needed & there == needed]
        return list(dict.fromkeys(kept))


class _Places(dict[int, int]):
    """By number of first stems, a bit for each of their positions in a reading."""

    def __init__(
        self, slots: Sequence[frozenset[str]], stems: AbstractSet[str], reading: Reading
    ) -> None:
        # It is empty without a call of `dict`, and made for every question to a text.
        self._slots, self._stems = slots, stems
        self._positions, self._bits = reading.positions, reading.bits

    def __missing__(self, number: int) -> int:
        firsts = self._slots[number]
        places = 0
        for stem in firsts if len(firsts) == 1 else firsts & self._stems:
            bits = self._bits.get(stem)
            if bits is None:
                bits = self._bits[stem] = bits_at(self._positions[stem])
            places |= bits
        self[number] = places
        return places


def _match(phrase: str, at: tuple[int, ...], reading: Reading) -> Match:
    return Match(phrase, at, reading, _denied(at, reading), _quoted(at, reading))


def _denied(at: tuple[int, ...], reading: Reading) -> bool:
    """Whether what denies a word of the phrase is not itself a word of it."""
    deniers = reading.deniers
    if deniers:
        for index in at:
            denier = deniers[index]
            if denier != -1 and denier not in at:
                return True
    return False


def _quoted(at: tuple[int, ...], reading: Reading) -> bool:
    return bool(reading.quoted) and any(
        start <= i < end for start, end in reading.quoted_near(at) for i in at
    )


def compile_phrases(phrases: Iterable[str]) -> Phrases:
    """The phrases ready for use; the same ones are compiled once.

    A phrase without a single word is never found.
    """
    return _compiled(tuple(phrases))


@lru_cache(maxsize=4096)
def _compiled(phrases: tuple[str, ...]) -> Phrases:
    numbers: dict[frozenset[str], int] = {}
    patterns: list[_Needy] = []
    for phrase in phrases:
        if slots := tuple(_slots(phrase)):
            steps = tuple(
                (
                    numbers.setdefault(slot.firsts, len(numbers)),
                    slot.gap,
                    tuple({len(group) for group in slot.groups}),
                )
                for slot in slots
            )
            order = phrase.lstrip().startswith(ORDER)
            needed = sum(1 << number for number in {step[0] for step in steps})
            plain = () if order else _words_of(slots)
            pattern = _Pattern(phrase, slots, order, steps, needed, plain)
            patterns.append((needed, pattern))
    bits: dict[str, int] = {}
    for firsts, number in numbers.items():
        for stem in firsts:
            bits[stem] = bits.get(stem, 0) | 1 << number
    anchored: dict[str, tuple[_Needy, ...]] = {}
    for needy in patterns:
        for stem in needy[1].anchor:
            anchored[stem] = (*anchored.get(stem, ()), needy)
    return Phrases(
        phrases, frozenset(bits), tuple(patterns), bits, tuple(numbers), anchored
    )


def _words_of(slots: tuple[_Slot, ...]) -> tuple[str, ...]:
    """The stems of a phrase without gaps, forms and choices; empty for any other."""
    if any(
        slot.gap or slot.forms or slot.groups or len(slot.stems) > 1 for slot in slots
    ):
        return ()
    return tuple(stem for slot in slots for stem in slot.stems)


def _slots(phrase: str) -> Iterator[_Slot]:
    gap = first = False
    for written in fold(phrase).split():
        if written == GAP:
            gap = first
        elif (slot := _slot(written, gap=gap)).firsts:
            yield slot
            gap, first = False, True


def _slot(written: str, *, gap: bool) -> _Slot:
    """One place of a phrase; the words of an order have to be in their form."""
    order = written.startswith(ORDER)
    stems: set[str] = set()
    forms: dict[str, set[str]] = {}
    groups: list[tuple[str, ...]] = []
    for word in written.removeprefix(ORDER).split("|"):
        form = word.removeprefix(EXACT)
        found = stems_of(form)
        if len(found) > 1:
            groups.append(found)
        elif order or form != word:
            for stem in found:
                forms.setdefault(stem, set()).add(form)
        else:
            stems.update(found)
    return _Slot(
        frozenset(stems | forms.keys() | {group[0] for group in groups}),
        frozenset(stems),
        {stem: frozenset(allowed) for stem, allowed in forms.items()},
        tuple(groups),
        gap,
    )
