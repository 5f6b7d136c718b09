"""What the episode needs from a rubric: a score for a ticket, and a name for it."""

from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Any, Protocol

from attrs import field, frozen
from msgspec import Struct

from ..models import SupportQueueAction
from .cases import Case


class ComponentKind(StrEnum):
    """How a component enters the reward."""

    CRITERION = "criterion"
    PENALTY = "penalty"
    GATE = "gate"


@frozen
class Terms:
    """How a component enters the reward: the same at every step.

    `amount` is the weight of a criterion, the size of a penalty or the cap of a
    gate; exact, in [0, 1].
    """

    name: str
    kind: ComponentKind
    amount: Fraction
    scorer: str
    signed_numerator: int = field(init=False)
    denominator: int = field(init=False)
    document: Mapping[str, str] = field(init=False, eq=False, repr=False)
    """The four in plain values, made once: every logged step has them."""

    def __attrs_post_init__(self) -> None:
        signs = {ComponentKind.CRITERION: 1, ComponentKind.PENALTY: -1}
        signed = signs.get(self.kind, 0) * self.amount.numerator
        object.__setattr__(self, "signed_numerator", signed)
        object.__setattr__(self, "denominator", self.amount.denominator)
        document = {
            "name": self.name,
            "kind": self.kind.value,
            "amount": f"{self.amount.numerator}/{self.amount.denominator}",
            "scorer": self.scorer,
        }
        object.__setattr__(self, "document", document)


# Made for every component of every step: a struct takes a fifth of the time that an
# attrs value takes, and two integers less than a fraction.
class ComponentScore(Struct, frozen=True):
    """One component of a ticket's reward, kept with its name, reason and time.

    The scorer's result is `numerator / denominator`, exact and in [0, 1]. `inner` is
    how it came about, for a criterion with a rubric of its own.
    """

    terms: Terms
    numerator: int
    denominator: int
    reason: str
    explanation: str
    seconds: float
    inner: "TicketScore | None" = None

    @property
    def children(self) -> tuple["ComponentScore", ...]:
        """The components of its own rubric."""
        return self.inner.components if self.inner else ()

    @property
    def name(self) -> str:
        """The component's name in its rubric."""
        return self.terms.name

    @property
    def value(self) -> Fraction:
        """The scorer's result."""
        return Fraction(self.numerator, self.denominator)

    @property
    def points(self) -> Fraction:
        """What this component adds to the raw reward; gates add nothing."""
        terms = self.terms
        return Fraction(terms.signed_numerator, terms.denominator) * self.value

    @property
    def float_points(self) -> float:
        """`float(points)`: dividing two integers rounds correctly by itself."""
        terms = self.terms
        numerator = terms.signed_numerator * self.numerator
        return numerator / (terms.denominator * self.denominator)


@frozen(slots=False)
class UnscoredComponent:
    """A component left out of a reward, because its scorer gave no score.

    It earned nothing and cost nothing, which is not the same as a score of 0: it
    stands here instead of among the scores. `name` is its dotted path in the rubric,
    `reason` a short code.
    """

    name: str
    scorer: str
    reason: str
    explanation: str
    seconds: float


@frozen(slots=False)
class TicketScore:
    """The reward of one ticket and how it came about.

    `raw` is the weighted sum less the penalties; `reward` is `raw` held to at
    least 0 and at most the caps of the gates that closed. The components' points
    sum to `raw` exactly. `unscored` are those that the rubric allows to be missing,
    and that were. `digest` is the rubric's.
    """

    reward: Fraction
    raw: Fraction
    components: tuple[ComponentScore, ...]
    unscored: tuple[UnscoredComponent, ...] = ()
    digest: str = ""

    @property
    def clamped(self) -> bool:
        """Whether penalties pushed the raw reward below 0."""
        return self.raw.numerator < 0


class TicketScorer(Protocol):
    """What `core` knows of a rubric. `plugins` has the implementation."""

    @property
    def name(self) -> str:
        """The rubric's name."""

    @property
    def digest(self) -> str:
        """A fingerprint: equal digests mean equal rewards."""

    @property
    def signature(self) -> str:
        """The digest's readable sister: rubric, scorers and versions in one line."""

    @property
    def weights(self) -> Mapping[str, float]:
        """Amount of each component by name; penalties are negative."""

    @property
    def description(self) -> Mapping[str, Any]:
        """What it is made of, in plain values, for anybody to read. No truth in it."""

    @property
    def at_once(self) -> bool:
        """Whether `score` never waits: all of its scorers are plain code of ours."""

    def score(self, case: Case, action: SupportQueueAction) -> TicketScore:
        """The reward of `action` on `case`; waits for scorers that take their time.

        Raises:
            ScoringError: a scorer gave no Score; there is no number then.
        """

    async def score_async(self, case: Case, action: SupportQueueAction) -> TicketScore:
        """The same without blocking the event loop it is awaited on."""
