"""What played tasks sum up to."""

from attrs import evolve

from support_queue_env.evaluation.runner import EpisodeResult, Summary


GOOD = EpisodeResult(
    task_id="good",
    total_tickets=2,
    rewards=(1.0, 0.5),
    score=0.75,
    rubric="classic",
    rubric_digest="d" * 64,
)


def summary(*episodes: EpisodeResult) -> Summary:
    """Those episodes under one policy."""
    return Summary(policy="me", episodes=episodes)


def test_the_average_of_tasks() -> None:
    """Every task counts the same."""
    better = evolve(GOOD, score=1.0)

    assert 0.875 == summary(GOOD, better).average_score
    assert 0.875 == summary(GOOD, better).average()


def test_a_failure_is_not_a_number() -> None:
    """A task without score leaves the whole without average."""
    failed = evolve(GOOD, score=None, error="it broke")

    assert summary(GOOD, failed).average_score is None
    assert summary(GOOD, failed).average() is None
    assert summary().average_score is None


def test_scores_of_several_rubrics() -> None:
    """They have no average unless somebody asks."""
    other = evolve(GOOD, score=1.0, rubric_digest="e" * 64)
    mixed = summary(GOOD, other)

    assert mixed.average_score is None
    assert 0.875 == mixed.average()
    assert ("d" * 64, "e" * 64) == mixed.digests
