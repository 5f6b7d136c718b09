"""Playing tasks with a policy, and what came of it."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from attrs import field, frozen

from ..core.errors import SupportQueueError
from ..core.records import StepRecord, record_of_feedback
from .connection import Connection
from .policy import Policy


@frozen(kw_only=True)
class EpisodeResult:
    """A played task.

    `score` is the mean reward of its tickets. An episode that ended early has an
    `error` and no score: a failure is not a 0. `unscored` are the components that
    gave no score on some of the tickets, and on how many; they earned nothing there.
    """

    task_id: str
    total_tickets: int
    rewards: tuple[float, ...]
    score: float | None
    rubric: str
    rubric_digest: str
    rubric_signature: str = ""
    unscored: Mapping[str, int] = field(factory=dict)
    error: str | None = None


@frozen(kw_only=True)
class Summary:
    """Played tasks under one policy."""

    policy: str
    episodes: tuple[EpisodeResult, ...]

    @property
    def digests(self) -> tuple[str, ...]:
        """The digests of the rubrics that scored, each once."""
        return tuple(dict.fromkeys(e.rubric_digest for e in self.episodes))

    @property
    def average_score(self) -> float | None:
        """The mean of the tasks' scores, all of which one rubric has given.

        None unless every task has a score, and all have the same digest.
        """
        return self.average() if len(self.digests) == 1 else None

    def average(self) -> float | None:
        """The mean of the tasks' scores, whichever rubrics gave them."""
        scores = [e.score for e in self.episodes if e.score is not None]
        if not scores or len(scores) < len(self.episodes):
            return None
        return sum(scores) / len(scores)


Keep = Callable[[StepRecord], object]
"""Takes the record of each step as it is played."""


def play(  # noqa: PLR0913 - the last three are choices with a name
    connection: Connection,
    policy: Policy,
    task_id: str,
    *,
    seed: int | None = None,
    rubric: str | None = None,
    keep: Keep | None = None,
) -> EpisodeResult:
    """One episode, from reset to the last ticket or to an error.

    `keep` takes the record of every step, also of those before an error.

    Raises:
        SupportQueueError: the episode could not even be started.
    """
    observation = connection.reset(task_id=task_id, seed=seed, rubric=rubric)
    info = observation.info
    rewards: list[float] = []
    unscored: Counter[str] = Counter()
    error = None
    try:
        while not observation.done:
            action = policy.act(observation)
            observation = connection.step(action)
            rewards.append(observation.reward or 0.0)
            if observation.last_feedback is not None:
                unscored.update(observation.last_feedback.unscored.keys())
            record = record_of_feedback(
                observation, action, seed=seed, policy=policy.name
            )
            if keep is not None and record is not None:
                keep(record)
    except SupportQueueError as caught:
        error = str(caught)
    return EpisodeResult(
        task_id=task_id,
        total_tickets=observation.total_tickets,
        rewards=tuple(rewards),
        score=None if error else math.fsum(rewards) / observation.total_tickets,
        rubric=info["rubric"],
        rubric_digest=info["rubric_digest"],
        rubric_signature=info.get("rubric_signature", ""),
        unscored=dict(unscored),
        error=error,
    )


def play_all(  # noqa: PLR0913 - as for `play`
    connection: Connection,
    policy: Policy,
    task_ids: Iterable[str],
    *,
    seed: int | None = None,
    rubric: str | None = None,
    keep: Keep | None = None,
) -> Summary:
    """Every task once, in one session."""
    return Summary(
        policy=policy.name,
        episodes=tuple(
            play(connection, policy, task_id, seed=seed, rubric=rubric, keep=keep)
            for task_id in task_ids
        ),
    )
