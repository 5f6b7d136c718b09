"""The arithmetic of the algebra in whole numbers, small enough to be proved.

`tests/kernel_theorems.py` states what holds; `make crosshair` has it confirmed for
three components, over every integer. More components add more terms of the same kind.
This module imports nothing, so that the prover needs nothing either.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar


class Ratio(Protocol):
    """A number as two integers, the denominator positive."""

    @property
    def numerator(self) -> int:
        """Above the line."""

    @property
    def denominator(self) -> int:
        """Below it."""


R = TypeVar("R", bound=Ratio)


def weighted_sum(amounts: Sequence[int], values: Sequence[Ratio]) -> tuple[int, int]:
    """The sum of amount times value, as numerator and denominator, not reduced.

    Values past the last amount are left alone. The denominator is positive.
    """
    numerator, denominator = 0, 1
    for amount, value in zip(amounts, values, strict=False):
        whole = value.denominator
        if whole == denominator:
            numerator += amount * value.numerator
        else:
            numerator = numerator * whole + amount * value.numerator * denominator
            denominator *= whole
    return numerator, denominator


def held(raw: R, nothing: R, caps: Iterable[R]) -> R:
    """`raw`, but not less than `nothing`, which is 0, and not more than any cap."""
    reward = raw if raw.numerator > 0 else nothing
    for cap in caps:
        if cap.numerator * reward.denominator < reward.numerator * cap.denominator:
            reward = cap
    return reward
