"""A29: scorers that no rubric should survive unnoticed, run through the engine."""

import itertools
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, ClassVar

from attrs import evolve, frozen

from ..core.cases import Case
from ..core.errors import ScoringError
from ..models import SupportQueueAction
from ..plugins import Score, hookimpl
from ..plugins.compiled import compile_rubric
from ..plugins.registry import PluginRegistry
from ..rubrics.quantities import Weight
from ..rubrics.rubric import Criterion, Rubric, ScorerChoice


_TICKS = itertools.count()
_MANY = 10**6


def _overpaid(case: Case, action: SupportQueueAction) -> Any:
    return Score(2, "generous")


def _not_a_number(case: Case, action: SupportQueueAction) -> Any:
    return Score(float("nan"), "lost")


def _boolean(case: Case, action: SupportQueueAction) -> Any:
    return Score(True, "yes")  # the attack: a truth value for a number


def _bare_number(case: Case, action: SupportQueueAction) -> Any:
    return 1.0


def _nothing(case: Case, action: SupportQueueAction) -> Any:
    return None


def _swapped(case: Case, action: SupportQueueAction) -> Any:
    score = Score(1, "mine")
    object.__setattr__(score, "value", Fraction(5))
    return score


def _raising(case: Case, action: SupportQueueAction) -> Any:
    raise RuntimeError("broken")


def _leaving(case: Case, action: SupportQueueAction) -> Any:
    raise SystemExit(0)


def _endless(case: Case, action: SupportQueueAction) -> Any:
    return _endless(case, action)


def _long_winded(case: Case, action: SupportQueueAction) -> Any:
    return Score(1, "x" * _MANY)


def _rewriting(case: Case, action: SupportQueueAction) -> Any:
    object.__setattr__(case.gold, "queue", action.queue)
    return Score(1, "mine")


def _clock(case: Case, action: SupportQueueAction) -> Any:
    return Score(Fraction(1, 1 + next(_TICKS)), "later is less")


HOSTILITIES: Mapping[str, Callable[[Case, SupportQueueAction], Any]] = {
    "pays 2": _overpaid,
    "pays NaN": _not_a_number,
    "pays true": _boolean,
    "returns a bare number": _bare_number,
    "returns nothing": _nothing,
    "changes its score afterwards": _swapped,
    "raises": _raising,
    "exits": _leaving,
    "calls itself for ever": _endless,
    "gives a reason of a megabyte": _long_winded,
    "changes the truth": _rewriting,
    "reads a clock": _clock,
}
"""What each hostile scorer does."""

REFUSED = "refused by the engine"
CHANGED = "noticed: the case was changed"
UNSTEADY = "noticed: the second score differs"


@frozen
class HostileScorer:
    """Does one hostile thing whenever it is asked."""

    name: ClassVar[str] = "hostile"

    does: str

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Any:
        """One attack on the engine."""
        return HOSTILITIES[self.does](case, action)


def outcomes(case: Case) -> dict[str, str]:
    """What became of each hostile scorer; empty text for one that got through."""
    registry = PluginRegistry((f"{__name__}:{HostileScorer.__name__}",))
    scorer = f"{__name__.partition('.')[0].replace('_', '-')}.{HostileScorer.name}"
    return {does: _outcome(does, scorer, registry, case) for does in HOSTILITIES}


def _outcome(does: str, scorer: str, registry: PluginRegistry, case: Case) -> str:
    rubric = compile_rubric(
        Rubric(
            "hostile",
            (Criterion("hostile", Weight(1), ScorerChoice(scorer, {"does": does})),),
        ),
        registry,
    )
    # The scorer may spoil what it is given, so it gets a case of its own.
    given = evolve(case, gold=evolve(case.gold))
    action = wrong_answer(case)
    try:
        first = rubric.score(given, action)
        second = rubric.score(given, action)
    except ScoringError:
        return REFUSED
    if given != case:
        return CHANGED
    if first.reward != second.reward:
        return UNSTEADY
    return ""


def wrong_answer(case: Case) -> SupportQueueAction:
    """An answer whose queue is not the right one."""
    return SupportQueueAction(
        priority=case.gold.priority,
        queue="-",
        disposition=case.gold.disposition,
        summary=case.gold.reference_summary,
        response=case.gold.reference_response,
    )
