"""Fingerprints: equal digests mean equal rewards.

The digest is SHA-256 over a canonical JSON text of everything that can change a
reward: names, exact weights, amounts and caps, and each scorer's id, version and
complete parameters (defaults included). The order of components is not in it,
because it is not in the reward; neither are descriptions.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from .rubric import Component, Criterion, Gate, Penalty, Rubric, ScorerChoice


SCHEMA = 1
"""Bumped when the canonical text, or the algebra it stands for, changes."""

Identify = Callable[[ScorerChoice], Mapping[str, Any]]
"""Everything about a scorer that can change its scores, as plain values."""


def digest(rubric: Rubric, identify: Identify) -> str:
    """The rubric's fingerprint, 64 hexadecimal digits."""
    text = json.dumps(
        {"schema": SCHEMA, "rubric": _canonical(rubric, identify)},
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(rubric: Rubric, identify: Identify) -> dict[str, Any]:
    return {
        component.name: _component(component, identify)
        for component in rubric.components
    }


def _component(component: Component, identify: Identify) -> dict[str, Any]:
    match component:
        case Criterion(_, weight, Rubric() as nested):
            return {"weight": str(weight), "rubric": _canonical(nested, identify)}
        case Criterion(_, weight, ScorerChoice() as choice):
            return {"weight": str(weight), "scorer": dict(identify(choice))}
        case Penalty(_, amount, choice):
            return {"amount": str(amount), "scorer": dict(identify(choice))}
        case Gate(_, cap, choice):
            return {"cap": str(cap), "scorer": dict(identify(choice))}
    raise AssertionError(component)
