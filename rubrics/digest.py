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

from .rubric import Component, Rubric


SCHEMA = 1
"""Bumped when the canonical text, or the algebra it stands for, changes."""

Identify = Callable[[str], Mapping[str, Any]]
"""A component's dotted path to all about its scorer that can change its scores."""


def digest(rubric: Rubric, identify: Identify) -> str:
    """The rubric's fingerprint, 64 hexadecimal digits.

    Raises:
        TypeError: a scorer is identified by something that has no JSON form.
    """
    text = json.dumps(
        {"schema": SCHEMA, "rubric": _canonical(rubric, "", identify)},
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(rubric: Rubric, prefix: str, identify: Identify) -> dict[str, Any]:
    return {
        component.name: _component(component, f"{prefix}{component.name}", identify)
        for component in rubric.components
    }


def _component(component: Component, path: str, identify: Identify) -> dict[str, Any]:
    quantity = {"kind": str(component.kind), "amount": str(component.amount)}
    if isinstance(component.source, Rubric):
        nested = _canonical(component.source, f"{path}.", identify)
        return {**quantity, "rubric": nested}
    return {**quantity, "scorer": dict(identify(path))}
