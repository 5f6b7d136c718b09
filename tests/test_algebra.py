"""The algebra of rubrics, for every rubric that can be built."""

import math
from fractions import Fraction

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from strategies import flat_rubrics, rubrics, unit_fractions

from support_queue_env.core.errors import RubricError
from support_queue_env.rubrics.quantities import Amount, Cap, Credit, Weight, exact
from support_queue_env.rubrics.rubric import (
    Criterion,
    Gate,
    Penalty,
    Rubric,
    ScorerChoice,
)


FIXED = ScorerChoice("fixed")


def values_for(rubric: Rubric) -> st.SearchStrategy[list[Fraction]]:
    """One value in [0, 1] per component."""
    count = len(rubric.components)
    return st.lists(unit_fractions, min_size=count, max_size=count)


scored = rubrics().flatmap(lambda r: st.tuples(st.just(r), values_for(r)))
scored_flat = flat_rubrics().flatmap(lambda r: st.tuples(st.just(r), values_for(r)))


@given(scored)
def test_reward_lies_in_the_unit_interval(
    case: tuple[Rubric, list[Fraction]],
) -> None:
    """No weights, penalties, gates and scores lead out of [0, 1], nor does raw exceed 1."""
    rubric, values = case
    raw, reward = rubric.combine(values)

    assert 0 <= reward <= 1
    assert raw <= 1
    assert 0.0 <= float(reward) <= 1.0
    assert math.isfinite(float(raw))


@given(scored)
def test_raw_reward_is_the_definition(case: tuple[Rubric, list[Fraction]]) -> None:
    """The integer kernel computes the textbook sum exactly."""
    rubric, values = case
    signed = [c.weight.value for c in rubric.criteria]
    signed += [-p.amount.value for p in rubric.penalties]
    expected = sum((a * v for a, v in zip(signed, values, strict=False)), Fraction(0))

    assert expected == rubric.combine(values)[0]


@given(scored, st.data())
def test_raising_a_criterion_never_lowers_the_reward(
    case: tuple[Rubric, list[Fraction]], data: st.DataObject
) -> None:
    """The reward is monotone in each criterion's score."""
    rubric, values = case
    i = data.draw(st.integers(0, len(rubric.criteria) - 1))
    higher = list(values)
    higher[i] = max(values[i], data.draw(unit_fractions))

    assert rubric.combine(values)[1] <= rubric.combine(higher)[1]


@given(scored, st.data())
def test_raising_a_severity_never_raises_the_reward(
    case: tuple[Rubric, list[Fraction]], data: st.DataObject
) -> None:
    """The reward is antitone in each penalty's and gate's severity."""
    rubric, values = case
    severities = range(len(rubric.criteria), len(values))
    if not severities:
        return
    i = data.draw(st.sampled_from(severities))
    worse = list(values)
    worse[i] = max(values[i], data.draw(unit_fractions))

    assert rubric.combine(worse)[1] <= rubric.combine(values)[1]


@given(scored_flat, st.randoms(use_true_random=False))
def test_order_of_components_changes_nothing(
    case: tuple[Rubric, list[Fraction]],
    random: "st.random_module",  # type: ignore[valid-type]  # a random.Random
) -> None:
    """Any permutation of criteria, penalties and gates gives the same bits."""
    rubric, values = case
    pairs = list(zip(rubric.components, values, strict=True))
    random.shuffle(pairs)  # type: ignore[attr-defined]
    ordered = [
        [pair for pair in pairs if isinstance(pair[0], kind)]
        for kind in (Criterion, Penalty, Gate)
    ]
    permuted = Rubric(
        rubric.name,
        *(tuple(c for c, _ in group) for group in ordered),  # type: ignore[arg-type]
    )
    values_permuted = [value for group in ordered for _, value in group]

    assert rubric.combine(values) == permuted.combine(values_permuted)


@given(unit_fractions)
def test_a_penalty_is_clamped_at_zero(amount: Fraction) -> None:
    """When penalties exceed what was earned, raw is negative and the reward is 0."""
    rubric = Rubric(
        "r",
        (Criterion("c", Weight(1), FIXED),),
        (Penalty("p", Amount(amount), FIXED),),
    )
    raw, reward = rubric.combine([Fraction(0), Fraction(1)])

    assert -amount == raw
    assert reward == 0


def test_a_gate_caps_only_when_it_closes() -> None:
    """A gate leaves the reward alone at severity 0 and caps it at any other."""
    rubric = Rubric(
        "r",
        (Criterion("c", Weight(1), FIXED),),
        gates=(Gate("g", Cap("3/10"), FIXED),),
    )

    assert Fraction(1) == rubric.combine([Fraction(1), Fraction(0)])[1]
    assert Fraction(3, 10) == rubric.combine([Fraction(1), Fraction(1, 99)])[1]
    assert Fraction(1, 5) == rubric.combine([Fraction(1, 5), Fraction(1)])[1]


@given(rubrics())
def test_weights_must_sum_to_exactly_one(rubric: Rubric) -> None:
    """A weight that is off by any amount is refused, and the sum is named."""
    first, *rest = rubric.criteria
    off = first.weight.value / 2 if first.weight.value else Fraction(1, 10**9)

    with pytest.raises(RubricError, match="not exactly 1"):
        evolve(rubric, criteria=(evolve(first, weight=Weight(off)), *rest))


def test_floats_that_only_look_like_one_are_refused() -> None:
    """0.1 + 0.2 + 0.7 as floats is not 1, and is not rounded to it."""
    criteria = tuple(
        Criterion(name, Weight(value), FIXED)
        for name, value in (("a", 0.1), ("b", 0.2), ("c", 0.7))
    )

    with pytest.raises(RubricError, match="not exactly 1"):
        Rubric("r", criteria)


@pytest.mark.parametrize("name", ["", "Queue", "1st", "a-b", "x" * 65, "qué"])
def test_component_names_are_plain(name: str) -> None:
    """Names are keys for trainers, so they are lower-case identifiers."""
    with pytest.raises(RubricError, match="component name"):
        Rubric("r", (Criterion(name, Weight(1), FIXED),))


def test_duplicate_names_are_refused_across_kinds() -> None:
    """A penalty cannot share a criterion's name: feedback is keyed by name."""
    with pytest.raises(RubricError, match="two components are called 'c'"):
        Rubric(
            "r",
            (Criterion("c", Weight(1), FIXED),),
            (Penalty("c", Amount("1/10"), FIXED),),
        )


def test_a_rubric_needs_a_criterion() -> None:
    """A rubric of nothing would pay nothing, silently."""
    with pytest.raises(RubricError, match="no criteria"):
        Rubric("r", ())


@pytest.mark.parametrize("kind", [Weight, Credit, Amount, Cap])
@pytest.mark.parametrize("value", [-0.1, "11/10", 2, float("nan"), float("inf"), "x"])
def test_quantities_outside_the_unit_interval_cannot_be_built(
    kind: type, value: object
) -> None:
    """There is no weight, credit, amount or cap that could lead out of [0, 1]."""
    with pytest.raises(ValueError, match="expected a"):
        kind(value)


@pytest.mark.parametrize("value", [True, None, [1], 1j])
def test_quantities_are_numbers(value: object) -> None:
    """A boolean is no number here, whatever Python says."""
    with pytest.raises(TypeError, match="expected a number"):
        exact(value)  # type: ignore[arg-type]


@given(st.fractions(0, 1))
def test_quantities_are_exact(value: Fraction) -> None:
    """Written as text, a fraction is kept to the last digit."""
    assert value == Weight(str(value)).value
    assert str(value) == str(Weight(value))
