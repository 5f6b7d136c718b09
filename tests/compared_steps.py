"""Steps that two rubrics scored, made up or written by hand."""

import math

from answers import cases
from hypothesis import strategies as st

from support_queue_env.core.records import StepRecord
from support_queue_env.evaluation.comparison import Comparison, compare
from support_queue_env.evaluation.component_changes import ComparedStep


LABELS = ("old", "new")
ACTION = cases()[0].gold.oracle()


def step(
    line: int, ticket: str, a: dict[str, float], b: dict[str, float]
) -> ComparedStep:
    """A step whose two rewards are the clamped sums of points."""
    return ComparedStep(
        line, record(line, ticket, a, "A"), record(line, ticket, b, "B")
    )


def record(line: int, ticket: str, points: dict[str, float], rubric: str) -> StepRecord:
    """A record whose reward is the clamped sum of its points."""
    raw = math.fsum(points.values())
    reward = min(1.0, max(0.0, raw))
    return StepRecord(
        episode_id=f"e{line}",
        task_id="task",
        step=0,
        ticket_id=ticket,
        action=ACTION,
        reward=reward,
        ticket_reward=reward,
        raw_reward=min(1.0, raw),
        scores=dict.fromkeys(points, 0.5),
        components=points,
        rubric=rubric,
        rubric_digest=f"digest of {rubric}",
    )


levels = st.integers(-2, 4).map(lambda n: n / 8)
points = st.dictionaries(st.sampled_from(["queue", "tone", "unsafe"]), levels)
rows = st.tuples(st.sampled_from("XYZ"), points, points)
tables = st.lists(rows, min_size=1, max_size=25).map(
    lambda table: [step(n, *row) for n, row in enumerate(table, start=1)]
)


def compared(steps: list[ComparedStep], top: int = 10) -> Comparison:
    """The comparison, with few resamples."""
    return compare(steps, LABELS, resamples=99, top=top)
