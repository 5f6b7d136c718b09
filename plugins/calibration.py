"""Whether the stated confidence deserves to be believed."""

from fractions import Fraction
from typing import ClassVar

from attrs import frozen

from . import Case, Score, SupportQueueAction, hookimpl


_MILLION = 10**6


@frozen
class Calibration:
    """One minus the Brier score: `1 - (confidence - correct) ** 2`.

    `correct` is 1 when priority, queue and disposition are all the right ones and
    else 0: the confidence is announced as the probability of just that, so an
    acceptable alternate or a neighbouring priority is not right. The confidence is
    taken to the nearest millionth.
    """

    name: ClassVar[str] = "calibration"
    version: ClassVar[int] = 1
    pure: ClassVar[bool] = True
    reads: ClassVar[tuple[str, ...]] = (
        "gold.priority",
        "gold.queue",
        "gold.disposition",
        "action.priority",
        "action.queue",
        "action.disposition",
        "action.confidence",
    )

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Compare the confidence with what came of it."""
        gold = case.gold
        correct = (
            action.priority == gold.priority
            and action.queue == gold.queue
            and action.disposition == gold.disposition
        )
        stated = Fraction(round(action.confidence * _MILLION), _MILLION)
        return Score(1 - (stated - correct) ** 2, "brier")


@hookimpl
def register_scorers() -> list[type[Calibration]]:
    """Offer the scorer of this file."""
    return [Calibration]
