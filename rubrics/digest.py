"""Fingerprints: equal digests mean equal rewards.

The digest is SHA-256 over a canonical JSON text of everything that can change a
reward: names, exact weights, amounts and caps, what an error means, each scorer's id,
version, source and complete parameters (defaults included), the plugin it comes from,
the wrappers around it, and the version of the text matching. The order of components
is not in it, because it is not in the reward; neither are descriptions and timeouts.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .rubric import Component, Rubric


SCHEMA = 2
"""Bumped when the canonical text, or the algebra it stands for, changes."""

Identify = Callable[[str], Mapping[str, Any]]
"""A component's dotted path to all about its scorer that can change its scores."""


def digest(
    rubric: Rubric,
    identify: Identify,
    *,
    matching: int = 0,
    wrappers: Sequence[Mapping[str, Any]] = (),
) -> str:
    """The rubric's fingerprint, 64 hexadecimal digits.

    Args:
        rubric: the rubric.
        identify: says all about a component's scorer.
        matching: version of the text matching.
        wrappers: all about the plugins that go around its scorers, outermost first.

    Raises:
        TypeError: a scorer is identified by something that has no JSON form.
    """
    document = {
        "schema": SCHEMA,
        "rubric": _canonical(rubric, "", identify),
        "matching": matching,
        "wrappers": [dict(wrapper) for wrapper in wrappers],
    }
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(rubric: Rubric, prefix: str, identify: Identify) -> dict[str, Any]:
    return {
        component.name: _component(component, f"{prefix}{component.name}", identify)
        for component in rubric.components
    }


def _component(component: Component, path: str, identify: Identify) -> dict[str, Any]:
    quantity = {
        "kind": str(component.kind),
        "amount": str(component.amount),
        "on_error": component.on_error,
    }
    if isinstance(component.source, Rubric):
        nested = _canonical(component.source, f"{path}.", identify)
        return {**quantity, "rubric": nested}
    return {**quantity, "scorer": dict(identify(path))}
