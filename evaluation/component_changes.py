"""What each component of two rubrics adds to the change of the reward."""

import math
from collections.abc import Mapping, Sequence

from attrs import frozen

from ..core.records import StepRecord


REST = "(gates and clamp)"
"""What a reward has beyond its components' points."""

UNKNOWN = "(components not stored)"
"""The whole reward of a step that was stored without them."""

_BESIDE = (REST, UNKNOWN)
_NOISE = 1e-12

BothSides = Sequence[tuple[Mapping[str, float], Mapping[str, float]]]


@frozen
class ComparedStep:
    """A step with the scores of both sides; `line` is where it is stored."""

    line: int
    a: StepRecord
    b: StepRecord

    @property
    def ticket(self) -> tuple[str, str]:
        """The group that the step belongs to."""
        return self.a.task_id, self.a.ticket_id


@frozen
class ComponentChange:
    """A component under both sides; None where a side does not have it.

    Points are means over all rows, so a side's points sum to its mean reward. Scores
    are means over the rows that have one; gates and nested criteria have only those.
    `changed` is the share of rows on which the points (or the scores) differ.
    """

    name: str
    points_a: float | None
    points_b: float | None
    score_a: float | None
    score_b: float | None
    change: float | None
    changed: float


def points_of(record: StepRecord) -> dict[str, float]:
    """The components' points and what the reward has beyond them; they sum to it."""
    if not record.components:
        return {UNKNOWN: record.ticket_reward}
    rest = record.ticket_reward - math.fsum(record.components.values())
    return {**record.components, REST: rest if abs(rest) > _NOISE else 0.0}


def moves_of(step: ComparedStep) -> dict[str, float]:
    """What each component, and the rest, adds to the change of the reward."""
    a, b = points_of(step.a), points_of(step.b)
    return {name: b.get(name, 0.0) - a.get(name, 0.0) for name in a | b}


def component_changes(steps: Sequence[ComparedStep]) -> tuple[ComponentChange, ...]:
    """Every component of either side, in order of appearance.

    What rewards have beside them comes last, where there is any.
    """
    scores = [(step.a.scores, step.b.scores) for step in steps]
    points = [(points_of(step.a), points_of(step.b)) for step in steps]
    rows = [*scores, *points]
    names = dict.fromkeys(name for side in (0, 1) for row in rows for name in row[side])
    found = [_component(name, points, scores) for name in names if name not in _BESIDE]
    beside = [_component(name, points, scores) for name in _BESIDE if name in names]
    return (*found, *(c for c in beside if c.points_a or c.points_b or c.changed))


def _component(name: str, points: BothSides, scores: BothSides) -> ComponentChange:
    points_a, points_b = _column(points, 0, name), _column(points, 1, name)
    score_a, score_b = _column(scores, 0, name), _column(scores, 1, name)
    in_points = bool(points_a or points_b)
    old, new = (points, points) if in_points else (scores, scores)
    differ = [  # what a side does not have counts as 0
        second.get(name, 0.0) - first.get(name, 0.0)
        for (first, _), (_, second) in zip(old, new, strict=True)
    ]
    return ComponentChange(
        name=name,
        points_a=math.fsum(points_a) / len(points) if points_a else None,
        points_b=math.fsum(points_b) / len(points) if points_b else None,
        score_a=math.fsum(score_a) / len(score_a) if score_a else None,
        score_b=math.fsum(score_b) / len(score_b) if score_b else None,
        change=math.fsum(differ) / len(differ) if in_points else None,
        changed=sum(abs(d) > _NOISE for d in differ) / len(differ),
    )


def _column(rows: BothSides, side: int, name: str) -> list[float]:
    return [row[side][name] for row in rows if name in row[side]]
