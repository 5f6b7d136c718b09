"""Two rubrics on the same steps: the laws that a comparison obeys."""

import itertools
import math

import pytest
from attrs import evolve
from compared_steps import LABELS, compared, step, tables
from hypothesis import given, settings
from hypothesis import strategies as st

from support_queue_env.evaluation.comparison import compare
from support_queue_env.evaluation.component_changes import (
    REST,
    UNKNOWN,
    ComparedStep,
    points_of,
)


@settings(max_examples=50)
@given(tables)
def test_the_means(steps: list[ComparedStep]) -> None:
    """The change is the difference of the means, and what the components add to."""
    found = compared(steps)

    assert pytest.approx(found.b.mean - found.a.mean, abs=1e-12) == found.change
    moved = math.fsum(c.change or 0.0 for c in found.components)
    assert pytest.approx(moved, abs=1e-12) == found.change
    for side, mean in (("points_a", found.a.mean), ("points_b", found.b.mean)):
        total = math.fsum(getattr(c, side) or 0.0 for c in found.components)

        assert pytest.approx(mean, abs=1e-12) == total
    assert found.rows_up + found.rows_down <= found.rows == len(steps)
    assert len({s.a.ticket_id for s in steps}) == found.groups


@settings(max_examples=50)
@given(tables)
def test_the_other_way_round(steps: list[ComparedStep]) -> None:
    """With the sides swapped every change has the other sign, and counts stay."""
    found = compared(steps)
    back = compare(
        [ComparedStep(s.line, s.b, s.a) for s in steps], LABELS[::-1], resamples=99
    )

    assert pytest.approx(-found.change, abs=1e-15) == back.change
    assert (found.rows_up, found.rows_down) == (back.rows_down, back.rows_up)
    assert found.pairs.flipped == back.pairs.flipped
    assert found.advantages.reversed == back.advantages.reversed
    assert found.pairs.merged == back.pairs.split
    assert found.kendall_tau_b == pytest.approx(back.kendall_tau_b)


@settings(max_examples=50)
@given(tables)
def test_the_same_twice(steps: list[ComparedStep]) -> None:
    """Between a side and itself nothing changes."""
    found = compared([ComparedStep(s.line, s.a, s.a) for s in steps])

    assert (0.0, 0, 0) == (found.change, found.rows_up, found.rows_down)
    assert ((), ()) == (found.changes, found.inversions)
    assert (0, 0, 0) == (
        found.pairs.flipped,
        found.pairs.merged,
        found.advantages.reversed,
    )
    for correlation in (found.kendall_tau_b, found.spearman):
        assert correlation is None or pytest.approx(1.0) == correlation
    assert all(c.changed == 0 for c in found.components)


@settings(max_examples=50)
@given(tables)
def test_equal_input_gives_equal_output(steps: list[ComparedStep]) -> None:
    """The seed decides everything that is drawn."""
    assert compared(steps) == compared(steps)


@settings(max_examples=50)
@given(tables, st.integers(1, 5))
def test_the_changes_that_are_listed(steps: list[ComparedStep], top: int) -> None:
    """They are the largest, and name a component that moved the same way."""
    found = compared(steps, top)
    moved = sorted(
        (abs(s.b.ticket_reward - s.a.ticket_reward) for s in steps), reverse=True
    )

    assert [m for m in moved if m][:top] == [abs(c.change) for c in found.changes]
    for change in found.changes:
        at = steps[change.line - 1]

        assert (at.a.ticket_reward, at.b.ticket_reward) == (
            change.reward_a,
            change.reward_b,
        )
        assert change.component_change * change.change > 0
        before = points_of(at.a).get(change.component, 0.0)
        after = points_of(at.b).get(change.component, 0.0)
        assert after - before == change.component_change


@settings(max_examples=50)
@given(tables, st.integers(1, 5))
def test_the_inversions_that_are_listed(steps: list[ComparedStep], top: int) -> None:
    """They are the widest within a ticket, and together they are all of them."""
    gaps: dict[tuple[float, ...], float] = {}
    for one, two in itertools.permutations(steps, 2):
        four = (
            *(one.a.ticket_reward, two.a.ticket_reward),
            *(one.b.ticket_reward, two.b.ticket_reward),
        )
        gap = min(four[0] - four[1], four[3] - four[2])
        if one.ticket == two.ticket and gap > 0:
            gaps[one.ticket + four] = gap  # type: ignore[index]  # names and numbers
    found = compared(steps, top)
    listed = [
        min(i.rewards_a[0] - i.rewards_a[1], i.rewards_b[1] - i.rewards_b[0])
        for i in found.inversions
    ]

    assert sorted(gaps.values(), reverse=True)[:top] == listed
    every = compared(steps, 1_000).inversions
    assert found.pairs_within_tickets.flipped == sum(i.pairs for i in every)
    for inversion in every:
        first, second = steps[inversion.first - 1], steps[inversion.second - 1]

        assert inversion.ticket_id == first.a.ticket_id == second.a.ticket_id
        assert inversion.rewards_b == (first.b.ticket_reward, second.b.ticket_reward)


def test_many_levels_in_one_ticket() -> None:
    """A ticket with more different rewards than fit in a block is searched whole."""
    steps = [step(n, "X", {"q": n / 2_000}, {"q": n / 2_000}) for n in range(1_200)]
    steps[3] = evolve(steps[3], b=evolve(steps[3].b, ticket_reward=0.9))
    (widest, *rest) = compared(steps, 2_000).inversions

    # From row 4 to the last, every row was above row 3 and is below 0.9 now.
    assert 1_200 - 4 == 1 + len(rest)
    assert ((3,), 1) == ((widest.second,), widest.pairs)


def test_what_gates_take() -> None:
    """A reward below its points is told apart from the components."""
    capped = step(1, "X", {"queue": 0.5}, {"queue": 0.5})
    capped = evolve(
        capped,
        b=evolve(capped.b, ticket_reward=0.3, scores={"queue": 0.5, "cap": 1.0}),
    )
    found = compared([capped])
    names = [c.name for c in found.components]
    gate = found.components[1]

    assert ["queue", "cap", REST] == names
    assert pytest.approx(-0.2) == found.components[2].change
    assert (None, None, 1.0) == (gate.points_a, gate.score_a, gate.score_b)
    assert REST == found.changes[0].component


def test_steps_stored_without_components() -> None:
    """The whole reward stands in the place of what is not known."""
    bare = step(1, "X", {"queue": 0.5}, {"queue": 0.25})
    bare = evolve(bare, a=evolve(bare.a, components={}, scores={}))
    found = compared([bare])

    assert ["queue", UNKNOWN] == [c.name for c in found.components]
    assert UNKNOWN == found.changes[0].component


def test_who_scored() -> None:
    """Each side names its rubrics and digests, every one once."""
    found = compared([step(n, "X", {"q": 0.5}, {"q": 0.25}) for n in range(3)])

    assert ("old", ("A",), ("digest of A",)) == (
        found.a.label,
        found.a.rubrics,
        found.a.digests,
    )
    assert ("new", ("B",), ("digest of B",)) == (
        found.b.label,
        found.b.rubrics,
        found.b.digests,
    )
