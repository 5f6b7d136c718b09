"""Known ways of gaming a rubric, as data; `Attack` is what plugins add."""

from .attack import Attack, AttackKind, Payload, Policy, Requirement, Variant
from .suite import Suite, built_in


__all__ = [
    "Attack",
    "AttackKind",
    "Payload",
    "Policy",
    "Requirement",
    "Suite",
    "Variant",
    "built_in",
]
