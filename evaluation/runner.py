"""Playing tasks with a policy, and what came of it."""

from collections.abc import Callable, Iterable

from attrs import frozen

from ..core.errors import SupportQueueError
from ..models import SupportQueueObservation
from .connection import Connection
from .policy import Policy


@frozen(kw_only=True)
class EpisodeResult:
    """A played task.

    `score` is the sum of the rewards over the number of tickets, so a ticket that
    was never answered counts 0. `error` says why an episode ended early.
    """

    task_id: str
    total_tickets: int
    rewards: tuple[float, ...]
    score: float
    rubric: str
    rubric_digest: str
    error: str | None = None


@frozen(kw_only=True)
class Summary:
    """Played tasks under one policy."""

    policy: str
    episodes: tuple[EpisodeResult, ...]

    @property
    def average_score(self) -> float:
        """The mean of the tasks' scores; 0 when none was played."""
        scores = [episode.score for episode in self.episodes]
        return sum(scores) / len(scores) if scores else 0.0


OnStep = Callable[[SupportQueueObservation], None]


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
        score=sum(rewards) / observation.total_tickets,
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
