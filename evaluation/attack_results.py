"""The attack report as values, and as a document."""

from fractions import Fraction
from typing import Any, Literal

from attrs import field, frozen

from .. import __version__
from ..core.conversion import unstructure
from ..rubrics.attacks import AttackKind
from .attack_checks import Check
from .attack_run import BAD, Verdict
from .gaming import Gaming, Interval
from .reward_search import RewardSearch


SCHEMA = "support_queue_env/attack_report/v1"

FailOn = Literal["rise", "verdict", "never"]


@frozen(kw_only=True)
class AttackResult:
    """A line of the report.

    Args:
        id: of the attack.
        name: in a few words.
        does: in a sentence.
        kind: what it is for.
        required: what must hold, in words.
        verdict: whether it does.
        note: what else there is to say.
        variant: of several ways to carry it out, the one that counts.
        mean: mean reward; None when it has no answer or failed.
        spread: the same with its 95 % interval over tickets.
        gap: what it is paid less than the oracle, on average.
        allowed: the mean of what it may be paid.
        highest: the best paid ticket's reward.
        dead: on how many tickets the raw reward was below 0.
        baseline: the mean that is stored for this rubric and these tickets.
        risen: whether it is worse than stored.
        rewards: by ticket.
    """

    id: str
    name: str
    does: str
    kind: AttackKind
    required: str
    verdict: Verdict
    note: str = ""
    variant: str = ""
    mean: Fraction | None = None
    spread: Interval | None = None
    gap: float | None = None
    allowed: float | None = None
    highest: float | None = None
    dead: int = 0
    baseline: float | None = None
    risen: bool = False
    rewards: dict[str, float] = field(factory=dict)


@frozen(kw_only=True)
class AttackReport:
    """How a rubric stood up to a suite."""

    rubric: str
    digest: str
    tickets: tuple[str, ...]
    oracle: float
    attacks: tuple[AttackResult, ...]
    gaming: Gaming
    searches: tuple[RewardSearch, ...]
    plugins: dict[str, str]
    checks: tuple[Check, ...]
    remarks: tuple[str, ...] = ()

    def failures(self, fail_on: FailOn) -> tuple[str, ...]:
        """Why the run fails, a sentence each; empty when it does not.

        `rise`: an attack is paid more than the baseline says (a control is punished
        more), or an attack of the baseline has no number any more. `verdict`: a
        requirement does not hold, and is no known gap.
        """
        if fail_on == "rise":
            return tuple(
                f"{r.id} {r.name}: {_shown(r.mean)}, baseline {r.baseline:.4f}"
                for r in self.attacks
                if r.risen and r.baseline is not None
            )
        if fail_on == "verdict":
            return tuple(
                f"{r.id} {r.name}: {r.verdict}, required {r.required}"
                for r in self.attacks
                if r.verdict in BAD
            )
        return ()

    @property
    def means(self) -> dict[str, Fraction]:
        """The exact mean of each attack that has one; what a baseline stores."""
        return {r.id: r.mean for r in self.attacks if r.mean is not None}

    def document(self) -> dict[str, Any]:
        """The report as plain values."""
        return {
            "schema": SCHEMA,
            "version": __version__,
            "rubric": self.rubric,
            "digest": self.digest,
            "tickets": list(self.tickets),
            "oracle": self.oracle,
            "attacks": [_plain(result) for result in self.attacks],
            "gaming": unstructure(self.gaming),
            "searches": [_plain_search(search) for search in self.searches],
            "plugins": self.plugins,
            "checks": [unstructure(check) for check in self.checks],
            "remarks": list(self.remarks),
        }


def _shown(number: Fraction | None) -> str:
    return "no number" if number is None else f"{float(number):.4f}"


def _plain(result: AttackResult) -> dict[str, Any]:
    plain: dict[str, Any] = unstructure(result)
    return plain | {"mean": None if result.mean is None else float(result.mean)}


def _plain_search(search: RewardSearch) -> dict[str, Any]:
    plain: dict[str, Any] = unstructure(search)
    return plain | {
        "reached": search.reached,
        "median_needed": search.median_needed,
        "mean_best": search.mean_best,
    }
