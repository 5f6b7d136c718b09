"""Playing tasks with a policy, and what came of it."""

import math
from collections.abc import Iterable

from attrs import frozen

from ..core.errors import SupportQueueError
from .connection import Connection
from .policy import Policy


@frozen(kw_only=True)
class EpisodeResult:
    """A played task.

    `score` is the mean reward of its tickets. An episode that ended early has an
    `error` and no score: a failure is not a 0.
    """

    task_id: str
    total_tickets: int
    rewards: tuple[float, ...]
    score: float | None
    rubric: str
    rubric_digest: str
    error: str | None = None


@frozen(kw_only=True)
class Summary:
    """Played tasks under one policy."""

    policy: str
    episodes: tuple[EpisodeResult, ...]

    @property
    def average_score(self) -> float | None:
        """The mean of the tasks' scores; None unless every task has one."""
        scores = [e.score for e in self.episodes if e.score is not None]
        if not scores or len(scores) < len(self.episodes):
            return None
        return sum(scores) / len(scores)


def play(
    connection: Connection,
    policy: Policy,
    task_id: str,
    *,
    seed: int | None = None,
    rubric: str | None = None,
) -> EpisodeResult:
    """One episode, from reset to the last ticket or to an error.

    Raises:
        SupportQueueError: the episode could not even be started.
    """
    observation = connection.reset(task_id=task_id, seed=seed, rubric=rubric)
    info = observation.info
    rewards: list[float] = []
    error = None
    try:
        while not observation.done:
            observation = connection.step(policy.act(observation))
            rewards.append(observation.reward or 0.0)
    except SupportQueueError as caught:
        error = str(caught)
    return EpisodeResult(
        task_id=task_id,
        total_tickets=observation.total_tickets,
        rewards=tuple(rewards),
        score=None if error else math.fsum(rewards) / observation.total_tickets,
        rubric=info["rubric"],
        rubric_digest=info["rubric_digest"],
        error=error,
    )


def play_all(
    connection: Connection,
    policy: Policy,
    task_ids: Iterable[str],
    *,
    seed: int | None = None,
    rubric: str | None = None,
) -> Summary:
    """Every task once, in one session."""
    return Summary(
        policy=policy.name,
        episodes=tuple(
            play(connection, policy, task_id, seed=seed, rubric=rubric)
            for task_id in task_ids
        ),
    )
