"""Known ways of gaming a rubric, as data; `Attack` is what plugins add.

The attacks of our own, and what writes their texts, are in `suite`.
"""

from .attack import Attack, AttackKind, Payload, Policy, Requirement, Variant


__all__ = [
    "Attack",
    "AttackKind",
    "Payload",
    "Policy",
    "Requirement",
    "Variant",
]
