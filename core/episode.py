"""The episode: a frozen value, and the one step that leads to the next.

Nothing here reads a clock, a random number or a socket. A step that raises leaves
the episode as it was, because there is nothing it could have changed.
"""

import math
from collections.abc import Sequence

from attrs import frozen

from ..models import FeedbackMode, RewardMode, SupportQueueAction
from .cases import Case, Task
from .errors import EpisodeFinished
from .scoring import TicketScore, TicketScorer


@frozen(slots=False)
class GradedTicket:
    """An answered ticket: the case, the action, its score and the reward paid."""

    case: Case
    action: SupportQueueAction
    score: TicketScore
    paid: float


@frozen(kw_only=True, slots=False)
class Episode:
    """A task being played under a rubric; `graded` is everything that happened."""

    episode_id: str
    task: Task
    scorer: TicketScorer
    seed: int | None = None
    feedback: FeedbackMode = "scores"
    rewards: RewardMode = "per_ticket"
    graded: tuple[GradedTicket, ...] = ()

    @property
    def done(self) -> bool:
        """Whether every ticket has been answered."""
        return len(self.graded) == len(self.task.cases)

    @property
    def current(self) -> Case | None:
        """The case that the next action answers; None when done."""
        return None if self.done else self.task.cases[len(self.graded)]

    @property
    def cumulative_reward(self) -> float:
        """The sum of the rewards paid so far."""
        return math.fsum([ticket.paid for ticket in self.graded])

    @property
    def average_reward(self) -> float:
        """The mean reward paid per answered ticket; 0 before the first."""
        return self.cumulative_reward / len(self.graded) if self.graded else 0.0

    def step(self, action: SupportQueueAction) -> "Episode":
        """The episode after `action` answers the current ticket.

        Raises:
            EpisodeFinished: no ticket is left.
            ScoringError: a scorer failed; the ticket may be tried again.
        """
        case = self._require_current()
        return self._after(case, action, self.scorer.score(case, action))

    async def step_async(self, action: SupportQueueAction) -> "Episode":
        """The same without blocking the event loop it is awaited on."""
        case = self._require_current()
        return self._after(case, action, await self.scorer.score_async(case, action))

    def _require_current(self) -> Case:
        case = self.current
        if case is None:
            raise EpisodeFinished
        return case

    def _after(
        self, case: Case, action: SupportQueueAction, score: TicketScore
    ) -> "Episode":
        graded = GradedTicket(case, action, score, _payment(self, score))
        return Episode(
            episode_id=self.episode_id,
            task=self.task,
            scorer=self.scorer,
            seed=self.seed,
            feedback=self.feedback,
            rewards=self.rewards,
            graded=(*self.graded, graded),
        )


def _payment(episode: Episode, score: TicketScore) -> float:
    """What the step pays now: its own reward, or at the end the episode's mean.

    Some trainers sum steps, so `terminal` makes that sum the episode's score.
    """
    if episode.rewards == "per_ticket":
        numerator, denominator = score.reward.as_integer_ratio()
        return numerator / denominator
    if len(episode.graded) + 1 < len(episode.task.cases):
        return 0.0
    return _mean([ticket.score for ticket in episode.graded] + [score])


def _mean(scores: Sequence[TicketScore]) -> float:
    return float(sum(score.reward for score in scores) / len(scores))
