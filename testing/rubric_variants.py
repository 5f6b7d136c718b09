"""A rubric with one thing changed, as often as there are things to change."""

import json
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from attrs import evolve

from ..plugins.registry import PluginRegistry
from ..rubrics.quantities import Amount, Cap, Weight
from ..rubrics.rubric import Rubric, ScorerChoice
from .candidates import annotations, candidates
from .parameters import read, written


def variants(rubric: Rubric, registry: PluginRegistry) -> Iterator[tuple[str, Rubric]]:
    """What was changed, and the rubric with it; inner rubrics are left alone."""
    yield from _other_numbers(rubric)
    for kind, index, component in _components(rubric):
        if isinstance(component.source, ScorerChoice):
            for name, choice in _other_choices(registry, component.source):
                changed = evolve(component, source=choice)
                what = f"`{name}` of {component.name!r}"
                yield what, _replaced(rubric, kind, index, changed)


def _components(rubric: Rubric) -> Iterator[tuple[str, int, Any]]:
    for kind in ("criteria", "penalties", "gates"):
        for index, component in enumerate(getattr(rubric, kind)):
            yield kind, index, component


def _other_numbers(rubric: Rubric) -> Iterator[tuple[str, Rubric]]:
    for kind, field_, quantity in (
        ("penalties", "amount", Amount),
        ("gates", "cap", Cap),
    ):
        for index, component in enumerate(getattr(rubric, kind)):
            number = getattr(component, field_).value / 2 or Fraction(1, 3)
            changed = evolve(component, **{field_: quantity(number)})
            yield f"{component.name!r}", _replaced(rubric, kind, index, changed)
    for index, criterion in enumerate(rubric.criteria[1:], 1):
        yield f"the weight of {criterion.name!r}", _shifted(rubric, index)


def _replaced(rubric: Rubric, kind: str, index: int, component: Any) -> Rubric:
    parts = list(getattr(rubric, kind))
    parts[index] = component
    changed: dict[str, Any] = {kind: tuple(parts)}
    return evolve(rubric, **changed)


def _shifted(rubric: Rubric, index: int) -> Rubric:
    """Half the weight of the first criterion given to another one, or the reverse."""
    first, other = rubric.criteria[0], rubric.criteria[index]
    giver, taker = (first, other) if first.weight.value else (other, first)
    half = giver.weight.value / 2
    weights = {giver.name: half, taker.name: taker.weight.value + half}
    return evolve(
        rubric,
        criteria=tuple(
            evolve(c, weight=Weight(weights.get(c.name, c.weight.value)))
            for c in rubric.criteria
        ),
    )


def _other_choices(
    registry: PluginRegistry, choice: ScorerChoice
) -> Iterator[tuple[str, ScorerChoice]]:
    cls = registry.find(choice.scorer).cls
    now = json.loads(written(read(cls, choice.parameters)))
    for name, annotation in annotations(cls).items():
        for value in candidates(annotation):
            if value != now[name]:
                yield name, ScorerChoice(choice.scorer, {**now, name: value})
                break
