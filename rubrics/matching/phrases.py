"""Phrases, and where a text says them.

A phrase is a sequence of words, compared by stem, within one sentence:

    duplicate charge              one after the other
    send ... password             up to four words may stand between
    send|give|tell me             any of the words
    card-number|cvv               of several words, joined by a hyphen
    i =removed                    the word in just this form
    ^send|give ... password       as an order: in just this form, where a clause
                                  begins or after `please`, `you can` and the like

Matches are found from a phrase's rarest word, so that phrases a text has nothing to
do with cost next to nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, product

from attrs import frozen

from .folding import fold
from .reading import Reading
from .scopes import is_order
from .words import BORDERS, ENDS, FUNCTION_WORDS, stem_of, stems_of


GAP, EXACT, ORDER = "...", "=", "^"
GAP_WORDS = 4
"""So many words may stand where a phrase says `...`."""

_FUNCTION_STEMS = frozenset(map(stem_of, FUNCTION_WORDS))


@frozen
class Match:
    """A phrase found at the positions `at` of the tokens of `reading`.

    `reading` is the one that was searched, or its `rejoined`.
    `asserted` is false when a negation outside the phrase denies a word of it, or
    a word of it is quoted.
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
    """The stems that fill a place of a phrase, perhaps only in certain forms."""

    stems: frozenset[str]
    forms: frozenset[str] | None = None
    gap: bool = False


@frozen(eq=False)
class _Pattern:
    """A phrase as slots; an order stands where orders do."""

    phrase: str
    slots: tuple[_Slot, ...]
    order: bool

    @property
    def anchor(self) -> frozenset[str]:
        """The stems of the slot that the fewest texts fill."""
        return min(
            (slot.stems for slot in self.slots),
            key=lambda stems: (not stems.isdisjoint(_FUNCTION_STEMS), len(stems)),
        )

    def found(self, reading: Reading) -> Iterator[tuple[int, ...]]:
        """The positions of every place where the phrase stands."""
        positions, tokens = reading.positions, reading.tokens
        if any(slot.stems.isdisjoint(positions) for slot in self.slots):
            return
        for stem in self.slots[0].stems:
            for start in positions.get(stem, ()):
                if self.order and not is_order(tokens, start):
                    continue
                for at in self._runs(tokens, (start,)):
                    if self._in_form(reading, at):
                        yield at

    def _runs(
        self, tokens: Sequence[str], at: tuple[int, ...]
    ) -> Iterator[tuple[int, ...]]:
        """Every way to fill the remaining slots; `at` are those filled so far."""
        if len(at) == len(self.slots):
            yield at
            return
        slot = self.slots[len(at)]
        words = 0
        index = at[-1] + 1
        while index < len(tokens) and (token := tokens[index]) not in ENDS:
            if token in slot.stems:
                yield from self._runs(tokens, (*at, index))
            if not slot.gap or words == GAP_WORDS:
                return
            words += token not in BORDERS
            index += 1

    def _in_form(self, reading: Reading, at: tuple[int, ...]) -> bool:
        return all(
            slot.forms is None or reading.surfaces[index] in slot.forms
            for slot, index in zip(self.slots, at, strict=True)
        )


@frozen(eq=False)
class Phrases:
    """Phrases that are looked for together."""

    phrases: tuple[str, ...]
    vocabulary: frozenset[str]
    _by_anchor: Mapping[str, tuple[_Pattern, ...]]

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
        tried: set[_Pattern] = set()
        for stem in self._by_anchor.keys() & reading.positions.keys():
            for pattern in self._by_anchor[stem]:
                if pattern not in tried:
                    tried.add(pattern)
                    for at in pattern.found(reading):
                        yield _match(pattern.phrase, at, reading)


def _match(phrase: str, at: tuple[int, ...], reading: Reading) -> Match:
    denied = any(
        negation.start <= index < negation.end and negation.negator not in at
        for negation in reading.negations
        if negation.start <= at[-1] and at[0] < negation.end
        for index in at
    )
    quoted = any(start <= index < end for start, end in reading.quoted for index in at)
    return Match(phrase, at, reading, denied, quoted)


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
        for slot in pattern.slots:
            vocabulary |= slot.stems
        for stem in pattern.anchor:
            by_anchor.setdefault(stem, []).append(pattern)
    index = {stem: tuple(patterns) for stem, patterns in by_anchor.items()}
    return Phrases(phrases, frozenset(vocabulary), index)


def _patterns(phrase: str) -> Iterator[_Pattern]:
    """One pattern, or several when a choice is between words and groups of words."""
    choices: list[list[tuple[_Slot, ...]]] = []
    gap = order = False
    for written in fold(phrase).split():
        if written == GAP:
            gap = bool(choices)
            continue
        order = order or (not choices and written.startswith(ORDER))
        if choice := list(_choice(written, gap=gap)):
            choices.append(choice)
            gap = False
    for chosen in product(*choices) if choices else ():
        yield _Pattern(phrase, tuple(chain.from_iterable(chosen)), order)


def _choice(written: str, *, gap: bool) -> Iterator[tuple[_Slot, ...]]:
    """What may fill one place: the single words together, groups of words apart."""
    exact = written.startswith(ORDER)
    free: set[str] = set()
    formed: dict[str, str] = {}
    for word in written.removeprefix(ORDER).split("|"):
        form = word.removeprefix(EXACT)
        stems = stems_of(form)
        if len(stems) > 1:
            first, *others = stems
            yield (
                _Slot(frozenset({first}), gap=gap),
                *(_Slot(frozenset({stem})) for stem in others),
            )
        elif exact or form != word:
            formed.update((form, stem) for stem in stems)
        else:
            free.update(stems)
    if free:
        yield (_Slot(frozenset(free), gap=gap),)
    if formed:
        yield (_Slot(frozenset(formed.values()), frozenset(formed), gap=gap),)
