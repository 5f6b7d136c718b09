"""What the episode needs from a rubric: a score for a ticket, and a name for it."""

from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Protocol

from attrs import frozen

from ..models import SupportQueueAction
from .cases import Case


class ComponentKind(StrEnum):
    """How a component enters the reward."""

    CRITERION = "criterion"
    PENALTY = "penalty"
    GATE = "gate"


@frozen
class ComponentScore:
    """One component of a ticket's reward, kept with its name, reason and time.

    `amount` is the weight of a criterion, the size of a penalty or the cap of a
    gate; `value` is the scorer's result; both are exact and lie in [0, 1].
    """

    name: str
    kind: ComponentKind
    amount: Fraction
    value: Fraction
    reason: str
    explanation: str
    scorer: str
    seconds: float
    children: tuple["ComponentScore", ...] = ()

    @property
    def _sign(self) -> int:
        if self.kind is ComponentKind.CRITERION:
            return 1
        return -1 if self.kind is ComponentKind.PENALTY else 0

    @property
    def points(self) -> Fraction:
        """What this component adds to the raw reward; gates add nothing."""
        return self._sign * self.amount * self.value

    @property
    def float_points(self) -> float:
        """`float(points)`, without making a fraction on the way.

        Dividing two integers rounds correctly, whatever common factor they have.
        """
        amount, value = self.amount, self.value
        numerator = self._sign * amount.numerator * value.numerator
        return numerator / (amount.denominator * value.denominator)


@frozen
class TicketScore:
    """The reward of one ticket and how it came about.

    `raw` is the weighted sum less the penalties; `reward` is `raw` held to at
    least 0 and at most the caps of the gates that closed. The components' points
    sum to `raw` exactly.
    """

    reward: Fraction
    raw: Fraction
    components: tuple[ComponentScore, ...]

    @property
    def clamped(self) -> bool:
        """Whether penalties pushed the raw reward below 0."""
        return self.raw < 0


class TicketScorer(Protocol):
    """What `core` knows of a rubric. `plugins` has the implementation."""

    @property
    def name(self) -> str:
        """The rubric's name."""

    @property
    def digest(self) -> str:
        """A fingerprint: equal digests mean equal rewards."""

    @property
    def weights(self) -> Mapping[str, float]:
        """Amount of each component by name; penalties are negative."""

    def score(self, case: Case, action: SupportQueueAction) -> TicketScore:
        """The reward of `action` on `case`.

        Raises:
            ScoringError: a scorer gave no Score; there is no number then.
        """
