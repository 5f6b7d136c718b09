"""Priority as a scale: near misses earn something."""

from typing import ClassVar

from attrs import field, frozen

from . import Case, Credit, Score, SupportQueueAction, hookimpl


_EXACT = Score(1, "exact")
_DISTANT = Score(0, "distant")
_UNKNOWN = Score(0, "unknown_label")


@frozen
class Ordinal:
    """The exact level earns 1, a neighbouring level `adjacent`, any other 0.

    Which levels are neighbours follows from the order of the task's priorities.
    """

    name: ClassVar[str] = "ordinal"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = (
        "gold.priority",
        "vocabulary.priorities",
        "action.priority",
    )
    oracle: ClassVar[int] = 1
    floor: ClassVar[int] = 0
    ordinal: ClassVar[bool] = True

    adjacent: Credit = field(default=Credit("1/2"))

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Compare the two positions on the scale."""
        found, wanted = action.priority, case.gold.priority
        if found == wanted:
            return _EXACT
        levels = case.vocabulary.priorities
        if found not in levels:
            return _UNKNOWN
        if abs(levels.index(found) - levels.index(wanted)) == 1:
            return Score(self.adjacent.value, "adjacent")
        return _DISTANT


@hookimpl
def register_scorers() -> list[type[Ordinal]]:
    """Offer the scorer of this file."""
    return [Ordinal]
