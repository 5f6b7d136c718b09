"""Rubric files: TOML in, `Rubric` out, every fault named with file and field.

    schema = 1
    name = "mine"

    [criteria.queue]
    weight = "1/4"
    scorer = { name = "label", label = "queue", alternate = "3/5" }

A scorer without parameters is just its name. A criterion may have `criteria` of its
own (and `penalties`, `gates`) in place of a scorer. Numbers are read exactly as
written: 0.30 is 3/10. `plugins` and `require` stand at the top, `timeout` beside a
scorer, `on_error` beside a criterion's.
"""

from collections.abc import Mapping
from importlib import resources
from typing import Any, Literal

from attrs import field, frozen, resolve_types

from ..core.errors import RubricError, UnknownName
from ..core.files import FileKind, is_path
from ..models import Identifier, Words
from .conversion import rubric_converter
from .quantities import Amount, Cap, Weight, decimal
from .rubric import Criterion, Gate, OnError, Penalty, Rubric, ScorerChoice


_FILE = FileKind("rubric file", RubricError)

BUILT_IN = ("classic", "strict")
"""Rubrics that ship with the package, by name; the first one is the default."""


@frozen(kw_only=True)
class PenaltyTable:
    """`[penalties.NAME]`."""

    amount: Amount
    scorer: ScorerChoice
    timeout: float | None = None


@frozen(kw_only=True)
class GateTable:
    """`[gates.NAME]`."""

    cap: Cap
    scorer: ScorerChoice
    timeout: float | None = None


@frozen(kw_only=True)
class CriterionTable:
    """`[criteria.NAME]`: a scorer, or criteria of its own."""

    weight: Weight
    scorer: ScorerChoice | None = None
    on_error: OnError = "raise"
    timeout: float | None = None
    criteria: Mapping[str, "CriterionTable"] = field(factory=dict)
    penalties: Mapping[str, PenaltyTable] = field(factory=dict)
    gates: Mapping[str, GateTable] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        if (self.scorer is None) == (not self.criteria):
            raise ValueError("expected either a scorer or criteria")
        if self.scorer is not None and (self.penalties or self.gates):
            raise ValueError("penalties and gates go with criteria, not with a scorer")
        if self.criteria and (self.on_error != "raise" or self.timeout is not None):
            raise ValueError("on_error and timeout go with a scorer, not with criteria")


resolve_types(CriterionTable)  # it refers to itself


@frozen(kw_only=True)
class RubricTable:
    """A whole rubric file."""

    schema: Literal[1]
    name: Identifier
    version: str = "1"
    description: str = ""
    plugins: tuple[Identifier, ...] = ()
    require: tuple[Words, ...] = ()
    criteria: Mapping[str, CriterionTable]
    penalties: Mapping[str, PenaltyTable] = field(factory=dict)
    gates: Mapping[str, GateTable] = field(factory=dict)


def load_rubric(reference: str) -> Rubric:
    """The built-in rubric of that name, or the one in the file of that path.

    Anything with a path separator or the ending `.toml` is taken for a path.

    Raises:
        UnknownName: no built-in rubric has that name.
        RubricError: the file cannot be read or breaks a rule; says which.
    """
    return parse_rubric(rubric_source(reference), reference)


def rubric_source(reference: str) -> str:
    """The TOML text behind `reference`; raises like `load_rubric`."""
    if reference in BUILT_IN:
        file = resources.files(__package__) / f"{reference}.toml"
        return file.read_text(encoding="utf-8")
    if not is_path(reference):
        raise UnknownName("rubric", reference, BUILT_IN)
    return _FILE.read(reference)


def parse_rubric(text: str, reference: str) -> Rubric:
    """The rubric that a TOML text describes; `reference` names it in errors."""
    table = _FILE.structure(
        text,
        reference,
        RubricTable,
        converter=rubric_converter,
        parse_float=decimal,
    )
    try:
        return _rubric(
            table,
            table.name,
            version=table.version,
            description=table.description,
            plugins=table.plugins,
            requires=table.require,
        )
    except RubricError as error:
        _FILE.fail(reference, str(error), error)


def _rubric(table: RubricTable | CriterionTable, name: str, **about: Any) -> Rubric:
    return Rubric(
        name=name,
        criteria=tuple(
            Criterion(
                key,
                item.weight,
                item.scorer or _rubric(item, key),
                item.on_error,
                item.timeout,
            )
            for key, item in table.criteria.items()
        ),
        penalties=tuple(
            Penalty(key, penalty.amount, penalty.scorer, penalty.timeout)
            for key, penalty in table.penalties.items()
        ),
        gates=tuple(
            Gate(key, gate.cap, gate.scorer, gate.timeout)
            for key, gate in table.gates.items()
        ),
        **about,
    )
