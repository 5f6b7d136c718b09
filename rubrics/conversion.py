"""The converter of rubric files and of scorers' parameters: exact quantities too."""

from decimal import Decimal
from typing import Any

from cattrs import Converter

from ..core.conversion import RuleBroken, make_converter
from .quantities import UnitQuantity, exact
from .rubric import ScorerChoice


def _quantity(value: Any, kind: type[UnitQuantity]) -> UnitQuantity:
    try:
        return kind(value)
    except (TypeError, ValueError) as error:
        raise RuleBroken("number", str(error)) from None


def _float(value: Any, _: object) -> float:
    """TOML numbers arrive as decimals; a parameter may want a float."""
    if isinstance(value, str):
        raise RuleBroken("float_type", "expected a number, found text")
    try:
        return float(exact(value))
    except (OverflowError, TypeError, ValueError) as error:
        raise RuleBroken("float_type", str(error)) from None


def _scorer_choice(value: Any, _: object) -> ScorerChoice:
    if isinstance(value, str):
        return ScorerChoice(value)
    if isinstance(value, dict) and isinstance(value.get("name"), str):
        return ScorerChoice(
            value["name"], {key: item for key, item in value.items() if key != "name"}
        )
    raise RuleBroken("scorer", "expected a scorer's name, or a table with `name`")


def _is_quantity(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, UnitQuantity)


def _make() -> Converter:
    converter = make_converter()
    converter.register_structure_hook_func(_is_quantity, _quantity)
    converter.register_unstructure_hook_func(_is_quantity, str)
    converter.register_unstructure_hook(Decimal, str)
    converter.register_structure_hook(float, _float)
    converter.register_structure_hook(ScorerChoice, _scorer_choice)
    return converter


rubric_converter = _make()
"""Reads weights, credits, caps, and TOML's decimals where a float is wanted."""
