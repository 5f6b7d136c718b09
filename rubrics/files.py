"""Rubric files: TOML in, `Rubric` out, every fault named with file and field.

    schema = 1
    name = "mine"

    [criteria.queue]
    weight = "1/4"
    scorer = { name = "label", label = "queue", alternate = "3/5" }

A scorer without parameters is just its name. A criterion may have `criteria` of its
own (and `penalties`, `gates`) in place of a scorer. Numbers are read exactly as
written: 0.30 is 3/10.
"""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any, Literal, NoReturn

from attrs import field, frozen, resolve_types
from cattrs import Converter

from ..core.conversion import RuleBroken, make_converter, structure
from ..core.errors import InvalidInput, RubricError, UnknownName
from .quantities import Amount, Cap, UnitQuantity, Weight, exact
from .rubric import Criterion, Gate, Penalty, Rubric, ScorerChoice


BUILT_IN = ("classic",)
"""Rubrics that ship with the package, by name; the first one is the default."""


@frozen(kw_only=True)
class PenaltyTable:
    """`[penalties.NAME]`."""

    amount: Amount
    scorer: ScorerChoice


@frozen(kw_only=True)
class GateTable:
    """`[gates.NAME]`."""

    cap: Cap
    scorer: ScorerChoice


@frozen(kw_only=True)
class CriterionTable:
    """`[criteria.NAME]`: a scorer, or criteria of its own."""

    weight: Weight
    scorer: ScorerChoice | None = None
    criteria: Mapping[str, "CriterionTable"] = field(factory=dict)
    penalties: Mapping[str, PenaltyTable] = field(factory=dict)
    gates: Mapping[str, GateTable] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        if (self.scorer is None) == (not self.criteria):
            raise ValueError("expected either a scorer or criteria")
        if self.scorer is not None and (self.penalties or self.gates):
            raise ValueError("penalties and gates go with criteria, not with a scorer")


resolve_types(CriterionTable)  # it refers to itself


@frozen(kw_only=True)
class RubricTable:
    """A whole rubric file."""

    schema: Literal[1]
    name: str
    version: str = "1"
    description: str = ""
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
    if not _is_path(reference):
        raise UnknownName("rubric", reference, BUILT_IN)
    try:
        return Path(reference).read_text(encoding="utf-8")
    except OSError as error:
        _fail(reference, error.strerror or str(error), error)
    except ValueError as error:  # a NUL in the path, or bytes that are no text
        _fail(reference, "it is not UTF-8 text, or its path is none", error)


def parse_rubric(text: str, reference: str) -> Rubric:
    """The rubric that a TOML text describes; `reference` names it in errors."""
    try:
        document = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        _fail(reference, f"not TOML: {error}", error)
    try:
        table = structure(document, RubricTable, "rubric", _converter)
    except InvalidInput as error:
        _fail(reference, "; ".join(map(str, error.faults)), error)
    return _rubric(table, table.name, table.version, table.description, reference)


def _rubric(
    table: RubricTable | CriterionTable,
    name: str,
    version: str,
    description: str,
    reference: str,
) -> Rubric:
    try:
        return Rubric(
            name=name,
            version=version,
            description=description,
            criteria=tuple(
                Criterion(key, item.weight, _source(key, item, reference))
                for key, item in table.criteria.items()
            ),
            penalties=tuple(
                Penalty(key, penalty.amount, penalty.scorer)
                for key, penalty in table.penalties.items()
            ),
            gates=tuple(
                Gate(key, gate.cap, gate.scorer) for key, gate in table.gates.items()
            ),
        )
    except RubricError as error:
        if str(error).startswith("rubric file"):  # a nested rubric has said it
            raise
        _fail(reference, str(error), error)


def _source(name: str, table: CriterionTable, reference: str) -> ScorerChoice | Rubric:
    if table.scorer is not None:
        return table.scorer
    return _rubric(table, name, "1", "", reference)


def _is_path(reference: str) -> bool:
    return reference.endswith(".toml") or "/" in reference or "\\" in reference


def _fail(reference: str, reason: str, cause: Exception) -> NoReturn:
    raise RubricError(f"rubric file {reference!r}: {reason}") from cause


def _quantity(value: Any, kind: type[UnitQuantity]) -> UnitQuantity:
    try:
        return kind(value)
    except (TypeError, ValueError) as error:
        raise RuleBroken("number", str(error)) from None


def _scorer_choice(value: Any, _: object) -> ScorerChoice:
    if isinstance(value, str):
        return ScorerChoice(value)
    if isinstance(value, dict) and isinstance(value.get("name"), str):
        return ScorerChoice(
            value["name"], {key: item for key, item in value.items() if key != "name"}
        )
    raise RuleBroken("scorer", "expected a scorer's name, or a table with `name`")


def _float(value: Any, _: object) -> float:
    """TOML numbers arrive as decimals; a parameter may want a float."""
    try:
        return float(exact(value))
    except (TypeError, ValueError) as error:
        raise RuleBroken("float_type", str(error)) from None


def _is_quantity(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, UnitQuantity)


def with_quantities() -> Converter:
    """A converter that also reads exact quantities, for files and parameters."""
    converter = make_converter()
    converter.register_structure_hook_func(_is_quantity, _quantity)
    converter.register_unstructure_hook_func(_is_quantity, str)
    converter.register_structure_hook(float, _float)
    converter.register_structure_hook(ScorerChoice, _scorer_choice)
    return converter


_converter = with_quantities()
