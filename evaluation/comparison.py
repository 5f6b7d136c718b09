"""Two rubrics on the same steps: what changes for whom, and what a trainer would feel.

Values in, values out; needs the extra `stats`. A ticket is a task's id and a ticket's:
its rows are one group, and one observation for intervals and tests.
"""

import math
from collections.abc import Sequence

import numpy as np
from attrs import frozen

from ..core.records import StepRecord
from .component_changes import (
    ComparedStep,
    ComponentChange,
    component_changes,
    moves_of,
)
from .inversions import widest_inversions
from .statistics import (
    AdvantageCounts,
    Floats,
    Interval,
    PairCounts,
    PairedTest,
    Whole,
    count_advantages,
    count_pairs,
    interval_of_mean,
    kendall_tau_b,
    spearman,
    swap_test,
)


@frozen
class Side:
    """One of the two: what it was called, who scored it, and the mean reward."""

    label: str
    rubrics: tuple[str, ...]
    digests: tuple[str, ...]
    signatures: tuple[str, ...]
    mean: float


@frozen
class RewardChange:
    """A step whose reward differs, and the component that moved it most."""

    line: int
    task_id: str
    ticket_id: str
    episode_id: str
    step: int
    reward_a: float
    reward_b: float
    change: float
    component: str
    component_change: float


@frozen
class TicketChange:
    """A ticket's mean rewards."""

    task_id: str
    ticket_id: str
    rows: int
    mean_a: float
    mean_b: float
    change: float


@frozen
class Inversion:
    """Two answers to one ticket, by line: A prefers the first, B the second.

    `pairs` counts the pairs with the same four rewards.
    """

    task_id: str
    ticket_id: str
    first: int
    second: int
    rewards_a: tuple[float, float]
    rewards_b: tuple[float, float]
    pairs: int


@frozen(kw_only=True)
class Comparison:
    """All that is said of two rubrics on the same steps; changes are B less A."""

    rows: int
    groups: int
    a: Side
    b: Side
    change: float
    interval: Interval | None
    test: PairedTest | None
    rows_up: int
    rows_down: int
    kendall_tau_b: float | None
    spearman: float | None
    pairs: PairCounts
    pairs_within_tickets: PairCounts
    advantages: AdvantageCounts
    components: tuple[ComponentChange, ...]
    tickets: tuple[TicketChange, ...]
    changes: tuple[RewardChange, ...]
    inversions: tuple[Inversion, ...]


def compare(
    steps: Sequence[ComparedStep],
    labels: tuple[str, str],
    *,
    seed: int = 0,
    resamples: int = 9_999,
    top: int = 10,
) -> Comparison:
    """The comparison of at least one step; its lists have `top` entries at most.

    The same steps and seed give the same comparison.
    """
    a = np.array([step.a.ticket_reward for step in steps])
    b = np.array([step.b.ticket_reward for step in steps])
    groups = _numbered([step.ticket for step in steps])
    return Comparison(
        rows=len(steps),
        groups=int(groups.max()) + 1,
        a=_side(labels[0], [step.a for step in steps]),
        b=_side(labels[1], [step.b for step in steps]),
        change=math.fsum(b - a) / len(steps),
        interval=interval_of_mean(b - a, groups, seed=seed, resamples=resamples),
        test=swap_test(a, b, groups, seed=seed, permutations=resamples),
        rows_up=int((b > a).sum()),
        rows_down=int((b < a).sum()),
        kendall_tau_b=kendall_tau_b(a, b),
        spearman=spearman(a, b),
        pairs=count_pairs(a, b),
        pairs_within_tickets=count_pairs(a, b, groups),
        advantages=count_advantages(a, b, groups),
        components=component_changes(steps),
        tickets=_tickets(steps, a, b, groups, top),
        changes=_changes(steps, b - a, top),
        inversions=_inversions(steps, a, b, groups, top),
    )


def _side(label: str, records: Sequence[StepRecord]) -> Side:
    def every(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(getattr(record, name) for record in records))

    return Side(
        label=label,
        rubrics=every("rubric"),
        digests=every("rubric_digest"),
        signatures=tuple(filter(None, every("rubric_signature"))),
        mean=math.fsum(record.ticket_reward for record in records) / len(records),
    )


def _numbered(keys: Sequence[tuple[str, str]]) -> Whole:
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return np.array([numbers[key] for key in keys], dtype=np.int64)


def _tickets(
    steps: Sequence[ComparedStep], a: Floats, b: Floats, groups: Whole, top: int
) -> tuple[TicketChange, ...]:
    sizes = np.bincount(groups)
    means = [np.bincount(groups, weights=side) / sizes for side in (a, b)]
    first_rows = np.unique(groups, return_index=True)[1]
    every = [
        TicketChange(
            task_id=steps[row].a.task_id,
            ticket_id=steps[row].a.ticket_id,
            rows=int(sizes[group]),
            mean_a=float(means[0][group]),
            mean_b=float(means[1][group]),
            change=float(means[1][group] - means[0][group]),
        )
        for group, row in enumerate(first_rows)
    ]
    return tuple(sorted(every, key=lambda t: -round(abs(t.change), 12))[:top])


def _changes(
    steps: Sequence[ComparedStep], change: Floats, top: int
) -> tuple[RewardChange, ...]:
    # Rounded, so that equal changes keep the order of their lines.
    order = np.argsort(-np.abs(change).round(12), kind="stable")[:top]
    found = []
    for row in order:
        step, by = steps[row], float(change[row])
        if by:
            moves = moves_of(step)
            # The one that moved it most, in the direction that it went.
            name = max(moves, key=lambda name: math.copysign(1, by) * moves[name])
            found.append(
                RewardChange(
                    line=step.line,
                    task_id=step.a.task_id,
                    ticket_id=step.a.ticket_id,
                    episode_id=step.a.episode_id,
                    step=step.a.step,
                    reward_a=step.a.ticket_reward,
                    reward_b=step.b.ticket_reward,
                    change=by,
                    component=name,
                    component_change=moves[name],
                )
            )
    return tuple(found)


def _inversions(
    steps: Sequence[ComparedStep], a: Floats, b: Floats, groups: Whole, top: int
) -> tuple[Inversion, ...]:
    return tuple(
        Inversion(
            task_id=steps[pair.first].a.task_id,
            ticket_id=steps[pair.first].a.ticket_id,
            first=steps[pair.first].line,
            second=steps[pair.second].line,
            rewards_a=(float(a[pair.first]), float(a[pair.second])),
            rewards_b=(float(b[pair.first]), float(b[pair.second])),
            pairs=pair.pairs,
        )
        for pair in widest_inversions(a, b, groups, top)
    )
