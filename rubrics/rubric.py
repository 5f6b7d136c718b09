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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType
from typing import Any, ClassVar, Literal

from attrs import field, frozen

from ..core.errors import RubricError, listed, shown
from ..core.scoring import ComponentKind
from .kernel import Ratio, held, weighted_sum
from .quantities import Amount, Cap, Weight


ZERO = Fraction(0)
MAX_COMPONENTS = 256
MAX_DEPTH = 8
_WEIGHTS_SHOWN = 12
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


def _frozen_mapping(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(dict(value))


@frozen
class ScorerChoice:
    """Which scorer, and with which parameters."""

    scorer: str
    parameters: Mapping[str, Any] = field(factory=dict, converter=_frozen_mapping)


OnError = Literal["raise", "unscored"]
"""What a scorer without a score means: no reward at all, or one without its part."""

LONGEST_TIMEOUT = 600.0


@frozen
class Criterion:
    """A named dimension of quality; scored by a scorer or by a rubric of its own.

    `timeout` is the deadline of the scorer in seconds, where the rubric sets one.
    With `on_error="unscored"` a scorer that gives no score is left out and named,
    instead of refusing the step; only judges and criteria of weight 0 may be.
    """

    kind: ClassVar = ComponentKind.CRITERION

    name: str
    weight: Weight
    source: "ScorerChoice | Rubric"
    on_error: OnError = "raise"
    timeout: float | None = None

    @property
    def amount(self) -> Weight:
        """The weight, under the name that all components share."""
        return self.weight


@frozen
class Penalty:
    """Takes `amount`, scaled by the severity that its scorer finds."""

    kind: ClassVar = ComponentKind.PENALTY

    on_error: ClassVar[OnError] = "raise"  # left out, it would raise the reward

    name: str
    amount: Amount
    source: ScorerChoice
    timeout: float | None = None


@frozen
class Gate:
    """Closes when its scorer finds any severity; the reward is then at most `cap`."""

    kind: ClassVar = ComponentKind.GATE

    on_error: ClassVar[OnError] = "raise"  # left out, it would raise the reward

    name: str
    cap: Cap
    source: ScorerChoice
    timeout: float | None = None

    @property
    def amount(self) -> Cap:
        """The cap, under the name that all components share."""
        return self.cap


Component = Criterion | Penalty | Gate


@frozen
class Rubric:
    """Criteria, penalties and gates. One that exists is one that can be scored.

    `plugins` are active in it beside those whose scorers it names: their wrappers and
    observers run, and their scorers may be named without the plugin's name in front.
    `requires` are version requirements on installed distributions.
    """

    name: str
    criteria: tuple[Criterion, ...]
    penalties: tuple[Penalty, ...] = ()
    gates: tuple[Gate, ...] = ()
    version: str = "1"
    description: str = ""
    plugins: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    _amounts: tuple[int, ...] = field(init=False, eq=False, repr=False)
    _denominator: int = field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        problems = list(_problems(self))
        if problems:
            raise RubricError(f"rubric {self.name!r}: {listed(problems)}")
        signed = [c.weight.value for c in self.criteria]
        signed += [-p.amount.value for p in self.penalties]
        common = math.lcm(*(number.denominator for number in signed))
        # Whole numbers over one denominator: no gcd is taken while scoring.
        object.__setattr__(self, "_amounts", tuple(int(n * common) for n in signed))
        object.__setattr__(self, "_denominator", common)

    @property
    def depth(self) -> int:
        """How many rubrics are inside one another here; 1 without nesting."""
        inner = [c.source.depth for c in self.criteria if isinstance(c.source, Rubric)]
        return 1 + max(inner, default=0)

    @property
    def components(self) -> tuple[Component, ...]:
        """Criteria, then penalties, then gates: the order `combine` expects."""
        return (*self.criteria, *self.penalties, *self.gates)

    def walk(self, prefix: str = "") -> Iterator[tuple[str, Component]]:
        """Every component by dotted path, each before those inside it."""
        for component in self.components:
            path = f"{prefix}{component.name}"
            yield path, component
            if isinstance(component.source, Rubric):
                yield from component.source.walk(f"{path}.")

    def combine(self, values: Sequence[Ratio]) -> tuple[Fraction, Fraction]:
        """Raw reward and reward for one value in [0, 1] per component.

        `values` follow `components`; a `Fraction` is a `Ratio`. The raw reward lies
        in [-sum of amounts, 1], the reward in [0, 1].
        """
        numerator, denominator = weighted_sum(self._amounts, values)
        whole = denominator * self._denominator
        reduced = Fraction if whole > _LARGEST_KEPT else _reduced
        raw = reduced(numerator, whole)
        if not self.gates and raw.numerator > 0:
            return raw, raw
        return raw, held(raw, ZERO, self._caps_of_closed_gates(values))

    def _caps_of_closed_gates(self, values: Sequence[Ratio]) -> Sequence[Fraction]:
        if not self.gates:
            return ()
        severities = values[len(self._amounts) :]
        gates = zip(self.gates, severities, strict=True)
        return [gate.cap.value for gate, severity in gates if severity.numerator]


_reduced = lru_cache(maxsize=4096)(Fraction)
"""A rubric pays the same few rewards again and again; finding one beats reducing it."""

_LARGEST_KEPT = 2**64
"""The largest denominator of those: numbers may have any length, memory may not."""


def _problems(rubric: Rubric) -> Iterable[str]:
    if not rubric.criteria:
        yield "it has no criteria"
        return
    if len(rubric.components) > MAX_COMPONENTS:
        yield f"it has {len(rubric.components)} components, more than {MAX_COMPONENTS}"
        return
    if rubric.depth > MAX_DEPTH:
        yield f"it nests {rubric.depth} deep, deeper than {MAX_DEPTH}"
        return
    total = sum((c.weight.value for c in rubric.criteria), ZERO)
    if total != 1:
        few = rubric.criteria[:_WEIGHTS_SHOWN]
        weights = ", ".join(f"{shown(c.name)} {c.weight}" for c in few)
        yield f"weights sum to {_readable(total)}, not exactly 1 ({weights})"
    seen: set[str] = set()
    for component in rubric.components:
        if not _NAME.fullmatch(component.name):
            yield (
                f"component name {shown(component.name)!r} is not lower-case letters, "
                "digits and underscores, starting with a letter, at most 64"
            )
        timeout = component.timeout
        if timeout is not None and not 0 < timeout <= LONGEST_TIMEOUT:
            yield (
                f"timeout of {shown(component.name)!r}: expected more than 0 and at "
                f"most {LONGEST_TIMEOUT:g} seconds, found {timeout:g}"
            )
        if component.name in seen:
            yield f"two components are called {shown(component.name)!r}"
        seen.add(component.name)


def _readable(number: Fraction) -> str:
    """A fraction, or the float nearest to it when it has too many digits to read."""
    return str(number) if number.denominator < 10**15 else f"about {float(number)!r}"
