"""The rubric as a value, and its algebra.

    base   = sum of weight * score          (weights sum to exactly 1)
    raw    = base - sum of amount * severity
    reward = min(max(0, raw), cap of every gate that closed)

Every score, weight, amount, severity and cap lies in [0, 1] and cannot be built
otherwise, so base is a convex combination, raw <= base <= 1, and the reward is in
[0, 1] without an upper clamp. A rubric's reward is therefore a legal score of a
criterion in another rubric, and nesting needs no further proof.

All of it is exact. A reward becomes a float once, at the edge, correctly rounded,
so neither the order of criteria nor the machine can change a bit of it.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from attrs import field, frozen

from ..core.errors import RubricError
from .quantities import Amount, Cap, Weight


ZERO = Fraction(0)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


def _frozen_mapping(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(dict(value))


@frozen
class ScorerChoice:
    """Which scorer, and with which parameters."""

    scorer: str
    parameters: Mapping[str, Any] = field(factory=dict, converter=_frozen_mapping)


@frozen
class Criterion:
    """A named dimension of quality; scored by a scorer or by a rubric of its own."""

    name: str
    weight: Weight
    source: "ScorerChoice | Rubric"


@frozen
class Penalty:
    """Takes `amount`, scaled by the severity that its scorer finds."""

    name: str
    amount: Amount
    source: ScorerChoice


@frozen
class Gate:
    """Closes when its scorer finds any severity; the reward is then at most `cap`."""

    name: str
    cap: Cap
    source: ScorerChoice


Component = Criterion | Penalty | Gate


@frozen
class Rubric:
    """Criteria, penalties and gates. One that exists is one that can be scored."""

    name: str
    criteria: tuple[Criterion, ...]
    penalties: tuple[Penalty, ...] = ()
    gates: tuple[Gate, ...] = ()
    version: str = "1"
    description: str = ""
    _amounts: tuple[int, ...] = field(init=False, eq=False, repr=False)
    _denominator: int = field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        problems = list(_problems(self))
        if problems:
            raise RubricError(f"rubric {self.name!r}: {'; '.join(problems)}")
        signed = [c.weight.value for c in self.criteria]
        signed += [-p.amount.value for p in self.penalties]
        common = math.lcm(*(number.denominator for number in signed))
        # Whole numbers over one denominator: no gcd is taken while scoring.
        object.__setattr__(self, "_amounts", tuple(int(n * common) for n in signed))
        object.__setattr__(self, "_denominator", common)

    @property
    def components(self) -> tuple[Component, ...]:
        """Criteria, then penalties, then gates: the order `combine` expects."""
        return (*self.criteria, *self.penalties, *self.gates)

    def combine(self, values: Sequence[Fraction]) -> tuple[Fraction, Fraction]:
        """Raw reward and reward for one value in [0, 1] per component.

        `values` follow `components`. The raw reward lies in [-sum of amounts, 1],
        the reward in [0, 1].
        """
        raw = self._raw(values)
        reward = max(raw, ZERO)
        for gate, severity in zip(
            self.gates, values[len(self._amounts) :], strict=True
        ):
            if severity:
                reward = min(reward, gate.cap.value)
        return raw, reward

    def _raw(self, values: Sequence[Fraction]) -> Fraction:
        numerator, denominator = 0, 1
        for amount, value in zip(self._amounts, values, strict=False):
            part, whole = value.numerator, value.denominator
            if whole == denominator:
                numerator += amount * part
            else:
                numerator = numerator * whole + amount * part * denominator
                denominator *= whole
        return Fraction(numerator, denominator * self._denominator)


def _problems(rubric: Rubric) -> Iterable[str]:
    if not rubric.criteria:
        yield "it has no criteria"
        return
    total = sum((c.weight.value for c in rubric.criteria), ZERO)
    if total != 1:
        listed = ", ".join(f"{c.name} {c.weight}" for c in rubric.criteria)
        yield f"weights sum to {total}, not exactly 1 ({listed})"
    seen: set[str] = set()
    for component in rubric.components:
        if not _NAME.fullmatch(component.name):
            yield (
                f"component name {component.name!r:.80} is not lower-case letters, "
                "digits and underscores, starting with a letter, at most 64"
            )
        if component.name in seen:
            yield f"two components are called {component.name!r}"
        seen.add(component.name)
