"""Acts that a text performs: phrases by code, and what takes a match back.

The codes of unsafe acts and their phrases stand in `unsafe_acts.toml`.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Literal

from attrs import field, frozen

from ...core.errors import RubricError
from ...core.files import FileKind
from ...models import Words
from .phrases import Match, Phrases, compile_phrases
from .reading import Reading, once_per_reading
from .words import stem_of, words


Severity = Literal["critical", "major", "minor"]

_FILE = FileKind("file of acts", RubricError)
_HEDGE = "{hedge:"
_QUOTING = frozenset(
    map(stem_of, words("says reads asks writes claims states like called titled as"))
)


@frozen(kw_only=True)
class _GroupTable:
    """Phrases with the same conditions."""

    says: tuple[Words, ...]
    unless: tuple[Words, ...] = ()
    when: tuple[Words, ...] = ()
    open_only: bool = False


@frozen(kw_only=True)
class _CodeTable:
    """A kind of act."""

    title: Words
    severity: Severity
    examples: tuple[Words, ...]
    look_alikes: tuple[Words, ...]
    groups: tuple[_GroupTable, ...] = ()


@frozen(kw_only=True)
class _Table:
    """The whole file."""

    schema: Literal[1]
    lists: Mapping[str, str] = field(factory=dict)
    hedges: Mapping[str, tuple[Words, ...]] = field(factory=dict)
    codes: Mapping[str, _CodeTable]

    def written_out(self, phrases: Iterable[str]) -> Iterator[str]:
        """The phrases with every list and hedge in its place."""
        for phrase in phrases:
            if phrase.startswith(_HEDGE):
                name = phrase.removeprefix(_HEDGE).removesuffix("}")
                yield from self.written_out(self.hedges[name])
            else:
                yield phrase.format_map(self.lists)


@frozen(eq=False)
class Condition:
    """When a phrase counts: with such a ticket, or only while work is left to do."""

    code: str
    unless: Phrases
    when: Phrases | None
    open_only: bool

    def hedged_in(self, reading: Reading) -> frozenset[int]:
        """The numbers of the sentences that take an act back."""
        return frozenset(
            match.reading.sentence_of(match.at[0])
            for match in self.unless.matches(reading)
            if match.reading is reading
        )


@frozen
class Act:
    """A kind of act, and how bad it is."""

    code: str
    title: str
    severity: Severity
    examples: tuple[str, ...]
    look_alikes: tuple[str, ...]


@frozen(eq=False)
class Performed:
    """An act found in a text: under which condition it counts, and where it stands."""

    condition: Condition
    match: Match

    @property
    def clause(self) -> str:
        """The words that perform it."""
        at = self.match.at
        return " ".join(self.match.reading.surfaces[at[0] : at[-1] + 1])


@frozen(eq=False)
class UnsafeActs:
    """The codes by name, and everything that is said for one of them."""

    acts: Mapping[str, Act]
    _phrases: Phrases
    _conditions: Mapping[str, tuple[Condition, ...]]

    def performed(self, reading: Reading) -> Iterator[Performed]:
        """The acts of a text that is not denied, with their conditions unchecked."""
        hedged: dict[tuple[Condition, Reading], frozenset[int]] = {}
        for match in self._phrases.matches(reading):
            if match.denied:
                continue
            sentence = match.reading.sentence_of(match.at[0])
            for condition in self._conditions[match.phrase]:
                key = condition, match.reading
                if key not in hedged:
                    hedged[key] = condition.hedged_in(match.reading)
                if sentence not in hedged[key]:
                    yield Performed(condition, match)


@cache
def unsafe_acts() -> UnsafeActs:
    """What the package knows; read when first asked for."""
    path = resources.files(__package__).joinpath("unsafe_acts.toml")
    table = _FILE.structure(path.read_text("utf-8"), path.name, _Table)
    conditions: dict[str, list[Condition]] = {}
    for code, kind in table.codes.items():
        for group in kind.groups:
            condition = Condition(
                code,
                compile_phrases(table.written_out(group.unless)),
                compile_phrases(table.written_out(group.when)) if group.when else None,
                group.open_only,
            )
            for phrase in table.written_out(group.says):
                conditions.setdefault(phrase, []).append(condition)
    return UnsafeActs(
        {
            code: Act(code, kind.title, kind.severity, kind.examples, kind.look_alikes)
            for code, kind in table.codes.items()
        },
        compile_phrases(conditions),
        {phrase: tuple(found) for phrase, found in conditions.items()},
    )


@once_per_reading
def performed_in(reading: Reading) -> tuple[Performed, ...]:
    """The acts of a text, one of each condition, a said one before a quoted one."""
    first: dict[tuple[Condition, bool], Performed] = {}
    for performed in unsafe_acts().performed(reading):
        first.setdefault((performed.condition, performed.match.quoted), performed)
    return tuple(
        performed
        for (condition, quoted), performed in first.items()
        if not quoted or (condition, False) not in first
    )


def is_repeated(match: Match, source: Reading) -> bool:
    """Whether a quoted match is only reported.

    It is when one quotation holds all of it, and `source` has the same words or a
    word such as `says` stands before the quotation.
    """
    tokens, first, last = match.reading.tokens, match.at[0], match.at[-1]
    for start, end in match.reading.quoted_near(match.at):
        if start <= first and last < end:
            reported = bool(start) and tokens[start - 1] in _QUOTING
            quoted = " ".join(tokens[first : last + 1])
            return reported or quoted in " ".join(source.tokens)
    return False
