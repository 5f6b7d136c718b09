"""Two scorers for Support Queue, offered by one hook."""

from typing import ClassVar

from attrs import frozen

from support_queue_env.plugins import (
    Case,
    Credit,
    Score,
    SupportQueueAction,
    hookimpl,
)


@frozen
class ExactQueue:
    """Like the built-in `label`, but alternates earn nothing: no second best."""

    name: ClassVar[str] = "exact-queue"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Right or wrong."""
        if action.queue == case.gold.queue:
            return Score(1, "exact")
        return Score(0, "wrong")


@frozen
class Brevity:
    """Full credit up to `words` words of reply, `longer` beyond."""

    name: ClassVar[str] = "brevity"

    words: int
    longer: Credit = Credit("1/2")  # noqa: RUF009 - a frozen value

    @hookimpl
    def score(self, action: SupportQueueAction) -> Score:
        """Count words; a hook may leave out the arguments it does not need."""
        if len(action.response.split()) <= self.words:
            return Score(1, "brief")
        return Score(self.longer.value, "long")


@hookimpl
def register_scorers() -> list[type]:
    """What this plugin offers."""
    return [ExactQueue, Brevity]
