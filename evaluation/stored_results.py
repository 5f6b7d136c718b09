"""Results of episodes that a log has kept, to go on where an evaluation ended."""

import math
from collections import Counter

from ..core.log import StoredEpisode
from ..core.score_documents import read_score
from .runner import EpisodeResult


def result_of(stored: StoredEpisode) -> EpisodeResult:
    """What `play` would have returned for a finished episode.

    Raises:
        KeyError, TypeError, ValueError, ArithmeticError: a score in it is damaged.
    """
    rewards = tuple(step.paid for step in stored.steps)
    unscored: Counter[str] = Counter()
    for step in stored.steps:
        unscored.update(left.name for left in read_score(step.score).unscored)
    return EpisodeResult(
        task_id=stored.task_id,
        total_tickets=stored.total_tickets,
        rewards=rewards,
        score=math.fsum(rewards) / stored.total_tickets if stored.done else None,
        rubric=stored.rubric,
        rubric_digest=stored.rubric_digest,
        rubric_signature=stored.rubric_signature,
        unscored=dict(unscored),
        error=None if stored.done else "it was interrupted",
    )
