"""The attacks that ship with the package: `attacks.toml`, read into values.

A built-in attack is data: which labels, how each text is made, what must hold. What
is more than one answer (a search, a plugin, a spy) has no texts; the evaluation
knows it by its id.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache, partial
from importlib import resources
from typing import Literal

from attrs import evolve, field, frozen
from attrs.validators import deep_iterable, in_, optional

from ...core.cases import Case
from ...core.errors import ConfigurationError, PluginError, shown
from ...core.files import FileKind
from ...models import SupportQueueAction
from . import labels
from .attack import Attack, AttackKind, Payload, Requirement, Variant
from .labels import Choose, Labels
from .payloads import PAYLOADS
from .texts import Recipe


CONSTANT = "constant"
"""Labels that are the same for every ticket: each triple is a variant."""

_FILE = FileKind("attack file", ConfigurationError)
_CHOICES = (*labels.CHOICES, CONSTANT)
_NO_TEXT = Recipe()


@frozen(kw_only=True)
class MustTable:
    """`must`: one relation to a number or to another attack."""

    at_most: str | None = None
    at_least: str | None = None
    exactly: str | None = None
    plus: str = "0"
    every_ticket: bool = False

    def __attrs_post_init__(self) -> None:
        if len(self._given) != 1:
            raise ValueError("expected one of at_most, at_least, exactly")

    @property
    def _given(self) -> list[tuple[Literal["at_most", "at_least", "exactly"], str]]:
        return [
            (name, value)
            for name in ("at_most", "at_least", "exactly")
            if (value := getattr(self, name)) is not None
        ]

    def requirement(self) -> Requirement:
        """As a value."""
        ((relation, reference),) = self._given
        return Requirement(
            relation=relation,
            reference=_number_or_name(reference),
            plus=Fraction(self.plus),
            every_ticket=self.every_ticket,
        )


def _number_or_name(text: str) -> Fraction | str:
    try:
        return Fraction(text)
    except ValueError:
        return text


@frozen(kw_only=True)
class TextsTable:
    """One way to write both texts, or with `one_of` a way for each of its lines."""

    name: str = ""
    summary: Recipe = _NO_TEXT
    response: Recipe = _NO_TEXT
    one_of: tuple[str, ...] = ()


@frozen(kw_only=True)
class AttackTable:
    """`[[attacks]]`; a reference answer has the same keys."""

    id: str
    name: str = ""
    does: str = ""
    kind: Literal["hack", "control", "bound", "error", "process"] = "hack"
    must: MustTable | None = None
    blind: bool = False
    needs_judge: bool = False
    labels: str | None = field(default=None, validator=optional(in_(_CHOICES)))
    texts: tuple[TextsTable, ...] = ()
    payloads: tuple[str, ...] = field(
        default=(), validator=deep_iterable(in_(PAYLOADS))
    )


@frozen(kw_only=True)
class PublicTable:
    """What anybody may know of support work; a search by reward starts from it.

    `frames` are sentences with `{}` where a word fits.
    """

    words: tuple[str, ...]
    sentences: tuple[str, ...]
    frames: tuple[str, ...] = ()


@frozen(kw_only=True)
class SuiteTable:
    """The whole file."""

    schema: Literal[1]
    attacks: tuple[AttackTable, ...]
    references: tuple[AttackTable, ...]
    public: PublicTable


@frozen(kw_only=True)
class Suite:
    """Attacks, the answers that they are compared with, and public knowledge."""

    attacks: tuple[Attack, ...]
    references: Mapping[str, Attack]
    public: PublicTable

    def with_more(self, offered: Iterable[object]) -> "Suite":
        """With the attacks that plugins offer behind the built-in ones.

        Raises:
            PluginError: one is no `Attack`, or an id is taken.
        """
        attacks = list(self.attacks)
        taken = {attack.id for attack in attacks} | set(self.references)
        for attack in offered:
            if not isinstance(attack, Attack):
                raise PluginError(
                    f"register_attacks gave {type(attack).__name__}, not an Attack"
                )
            if attack.id in taken:
                raise PluginError(f"two attacks are called {attack.id!r}")
            taken.add(attack.id)
            attacks.append(attack)
        return evolve(self, attacks=tuple(attacks))


@cache
def built_in() -> Suite:
    """The suite that ships with the package."""
    file = resources.files(__package__) / "attacks.toml"
    return read_suite(file.read_text(encoding="utf-8"), "attacks.toml")


def read_suite(text: str, reference: str) -> Suite:
    """The suite that a TOML text describes.

    Raises:
        ConfigurationError: naming what is wrong with it, and where.
    """
    table = _FILE.structure(text, reference, SuiteTable)
    return Suite(
        attacks=tuple(map(_attack, table.attacks)),
        references={row.id: _attack(row) for row in table.references},
        public=table.public,
    )


def _attack(table: AttackTable) -> Attack:
    return Attack(
        id=table.id,
        name=table.name,
        does=table.does,
        kind=AttackKind(table.kind),
        must=table.must.requirement() if table.must else Requirement(),
        variants=partial(_variants, table) if table.labels else None,
        payloads=partial(_payloads, table.payloads) if table.payloads else None,
        blind=table.blind,
        needs_judge=table.needs_judge,
    )


def _payloads(groups: Sequence[str], case: Case) -> Iterator[Payload]:
    for group in groups:
        yield from PAYLOADS[group](case)


def _variants(table: AttackTable, cases: Sequence[Case]) -> Iterator[Variant]:
    if table.labels == "next" and len(cases) < 2:
        return
    for texts in table.texts or (TextsTable(),):
        for line in texts.one_of or ("",):
            lines = (line,) if line else ()
            name = texts.name or shown(line)
            for labelled, choose in _chosen(table.labels or "", cases):
                policy = partial(_act, choose, texts, lines)
                yield Variant(" ".join(filter(None, (labelled, name))), policy)


def _chosen(name: str, cases: Sequence[Case]) -> Iterator[tuple[str, Choose]]:
    if name != CONSTANT:
        yield "", labels.CHOICES[name]
        return
    for triple in labels.triples(cases):
        shown = f"{triple.priority}/{triple.queue}/{triple.disposition}"
        yield shown, _always(triple)


def _always(triple: Labels) -> Choose:
    return lambda case, cases: triple


def _act(
    choose: Choose,
    texts: TextsTable,
    lines: tuple[str, ...],
    case: Case,
    cases: Sequence[Case],
) -> SupportQueueAction:
    chosen = choose(case, cases)
    return SupportQueueAction(
        priority=chosen.priority,
        queue=chosen.queue,
        disposition=chosen.disposition,
        summary=texts.summary.write("summary", case, cases, lines),
        response=texts.response.write("response", case, cases, lines),
        confidence=1.0,
    )
