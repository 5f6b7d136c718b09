"""Queue and disposition: one right label, perhaps acceptable alternates."""

from typing import ClassVar, Literal

from attrs import frozen

from . import Case, Credit, Score, SupportQueueAction, hookimpl


_EXACT = Score(1, "exact")
_WRONG = Score(0, "wrong")
_UNKNOWN = Score(0, "unknown_label")


@frozen
class Label:
    """The right label earns 1, an acceptable alternate `alternate`, any other 0."""

    name: ClassVar[str] = "label"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = (
        "gold.queue",
        "gold.queue_alternates",
        "gold.disposition",
        "gold.disposition_alternates",
        "vocabulary.queues",
        "vocabulary.dispositions",
        "action.queue",
        "action.disposition",
    )
    oracle: ClassVar[int] = 1
    floor: ClassVar[int] = 0

    label: Literal["queue", "disposition"]
    alternate: Credit

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Look the action's label up among those the case accepts."""
        gold, vocabulary = case.gold, case.vocabulary
        if self.label == "queue":
            found, wanted = action.queue, gold.queue
            alternates, known = gold.queue_alternates, vocabulary.queues
        else:
            found, wanted = action.disposition, gold.disposition
            alternates, known = gold.disposition_alternates, vocabulary.dispositions
        if found == wanted:
            return _EXACT
        if found in alternates:
            return Score(self.alternate.value, "alternate")
        return _WRONG if found in known else _UNKNOWN


@hookimpl
def register_scorers() -> list[type[Label]]:
    """Offer the scorer of this file."""
    return [Label]
