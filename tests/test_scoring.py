"""Compiled rubrics: whatever the rubric, the case and the action."""

import math
import os
import random
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import (
    SCORER_OPTIONS,
    SCORERS,
    a_case,
    actions,
    an_action,
    cases,
    flat_rubrics,
    rubrics,
)

from support_queue_env.core.cases import Case
from support_queue_env.core.errors import RubricError, ScoringError
from support_queue_env.models import SupportQueueAction
from support_queue_env.plugins.compiled import compile_rubric
from support_queue_env.plugins.registry import PluginRegistry
from support_queue_env.rubrics.quantities import Weight
from support_queue_env.rubrics.rubric import Criterion, Rubric, ScorerChoice


REGISTRY = PluginRegistry(SCORER_OPTIONS)


def single(choice: ScorerChoice) -> Rubric:
    """A rubric of one criterion."""
    return Rubric("single", (Criterion("only", Weight(1), choice),))


@settings(max_examples=100)
@given(rubrics(), cases(), actions())
def test_any_rubric_pays_within_bounds(
    rubric: Rubric, case: Case, action: SupportQueueAction
) -> None:
    """Reward is a finite float in [0, 1] for any rubric, case and action."""
    score = compile_rubric(rubric, REGISTRY).score(case, action)
    reward = float(score.reward)

    assert type(reward) is float
    assert math.isfinite(reward)
    assert 0.0 <= reward <= 1.0
    assert (score.raw < 0) == score.clamped


@given(rubrics(), cases(), actions())
def test_components_sum_exactly_to_the_raw_reward(
    rubric: Rubric, case: Case, action: SupportQueueAction
) -> None:
    """Nothing is lost between the parts and the whole, and each part is in bounds."""
    score = compile_rubric(rubric, REGISTRY).score(case, action)

    assert score.raw == sum((c.points for c in score.components), Fraction(0))
    assert all(0 <= c.value <= 1 for c in score.components)
    assert [c.name for c in rubric.components] == [c.name for c in score.components]
    assert all(float(c.points) == c.float_points for c in score.components)


@given(flat_rubrics(), cases(), actions(), st.integers())
def test_order_never_changes_a_reward_or_a_digest(
    rubric: Rubric, case: Case, action: SupportQueueAction, seed: int
) -> None:
    """Criteria in another order, plugins registered in another order: same bits."""
    shuffle = random.Random(seed)  # noqa: S311 - not for secrets
    criteria = list(rubric.criteria)
    shuffle.shuffle(criteria)
    options = list(SCORER_OPTIONS)
    shuffle.shuffle(options)
    permuted = Rubric(rubric.name, tuple(criteria), rubric.penalties, rubric.gates)
    one = compile_rubric(rubric, REGISTRY)
    other = compile_rubric(permuted, PluginRegistry(tuple(options)))

    assert one.score(case, action).reward == other.score(case, action).reward
    assert one.digest == other.digest


@given(rubrics(), cases(), actions())
def test_scoring_twice_gives_the_same_bits(
    rubric: Rubric, case: Case, action: SupportQueueAction
) -> None:
    """The second call sees nothing of the first."""
    compiled = compile_rubric(rubric, REGISTRY)
    first, second = compiled.score(case, action), compiled.score(case, action)

    assert first.reward == second.reward
    assert [c.value for c in first.components] == [c.value for c in second.components]


@given(cases(), actions())
def test_a_rubric_nests_as_a_score(case: Case, action: SupportQueueAction) -> None:
    """A rubric as the only criterion of another pays what it pays by itself."""
    inner = Rubric(
        "inner",
        (
            Criterion("a", Weight("1/3"), ScorerChoice("ordinal")),
            Criterion("b", Weight("2/3"), ScorerChoice(f"{SCORERS}.confident")),
        ),
    )
    outer = Rubric("outer", (Criterion("all", Weight(1), inner),))
    alone = compile_rubric(inner, REGISTRY).score(case, action)
    nested = compile_rubric(outer, REGISTRY).score(case, action)

    assert alone.reward == nested.reward
    assert ["a", "b"] == [c.name for c in nested.components[0].children]


@pytest.mark.parametrize(
    "how",
    [
        "mutated",
        "subclass",
        "fraction",
        "negative",
        "generator exit",
        "cancelled",
        "reason",
        "surrogate",
        "long",
        "silent",
        "metadata",
    ],
)
def test_a_hostile_scorer_gives_no_number(how: str) -> None:
    """Neither a value outside [0, 1], nor an exit, nor a reason that cannot be sent."""
    choice = ScorerChoice(f"{SCORERS}.hostile", {"how": how})
    compiled = compile_rubric(single(choice), REGISTRY)

    with pytest.raises(ScoringError, match=f"{SCORERS}.hostile"):
        compiled.score(a_case(), an_action(metadata={"mine": 1}))


def interrupted() -> type[BaseException]:
    """What becomes of a `KeyboardInterrupt` that a scorer raises."""
    choice = ScorerChoice(f"{SCORERS}.hostile", {"how": "interrupt"})
    compiled = compile_rubric(single(choice), REGISTRY)
    try:
        compiled.score(a_case(), an_action())
    except BaseException as error:  # noqa: BLE001 - it is the subject
        return type(error)
    raise AssertionError


def test_an_interrupt_is_a_fault_where_no_person_can_send_one() -> None:
    """It comes from the scorer, whoever waits for it."""
    with ThreadPoolExecutor(1) as pool:
        in_a_thread = pool.submit(interrupted).result()
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        under_a_server = interrupted()
    finally:
        signal.signal(signal.SIGINT, before)

    assert ScoringError is in_a_thread is under_a_server


SLEEPER = """
import test_scoring as t
compiled = t.compile_rubric(t.single(t.ScorerChoice(f"{t.SCORERS}.sleepy")), t.REGISTRY)
try:
    print("scoring", flush=True)
    compiled.score(t.a_case(), t.an_action())
except KeyboardInterrupt:
    print("stopped")
"""


def test_ctrl_c_stops_a_program_of_ones_own() -> None:
    """A person need not wait for a scorer, and no thread of its keeps the program."""
    with subprocess.Popen(
        [sys.executable, "-c", SLEEPER],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": "tests"},
    ) as running:
        assert running.stdout is not None
        running.stdout.readline()
        running.send_signal(signal.SIGINT)
        said, _ = running.communicate(timeout=30)

    assert "stopped" == said.strip()


def test_equal_scorers_may_sit_on_two_components() -> None:
    """Two criteria with the same scorer and parameters are both called."""
    choice = ScorerChoice(f"{SCORERS}.fixed", {"value": "1/2"})
    rubric = Rubric(
        "twins",
        (
            Criterion("a", Weight("1/2"), choice),
            Criterion("b", Weight("1/2"), choice),
        ),
    )
    score = compile_rubric(rubric, REGISTRY).score(a_case(), an_action())

    assert Fraction(1, 2) == score.reward
    assert ["a", "b"] == [c.name for c in score.components]


@pytest.mark.parametrize(
    "how", ["raise", "exit", "recurse", "too much", "nan", "number", "bool", "none"]
)
def test_a_failing_scorer_gives_no_number(how: str) -> None:
    """Component and scorer are named; there is no reward, neither 0 nor NaN."""
    choice = ScorerChoice(f"{SCORERS}.misbehaving", {"how": how})
    compiled = compile_rubric(single(choice), REGISTRY)

    with pytest.raises(ScoringError) as caught:
        compiled.score(a_case(), an_action())

    assert caught.value.component == "only"
    assert caught.value.scorer == f"{SCORERS}.misbehaving"
    assert "secret" not in caught.value.public


@pytest.mark.parametrize(
    ("choice", "complaint"),
    [
        (ScorerChoice("ordnial"), "unknown scorer 'ordnial'; available: ordinal"),
        (ScorerChoice("acme.tone"), "unknown scorer 'acme.tone'"),
        (ScorerChoice("ordinal", {"adjcent": "1/2"}), r"unknown key @ \$.adjcent"),
        (ScorerChoice("ordinal", {"adjcent": 1}), "its parameters: adjacent"),
        (ScorerChoice("ordinal", {"adjacent": "3/2"}), "from 0 to 1, found 3/2"),
        (ScorerChoice("ordinal", {"adjacent": float("nan")}), "finite"),
        (ScorerChoice("label", {"label": "queue"}), "missing @ .*alternate"),
        (
            ScorerChoice("label", {"label": "mood", "alternate": 1}),
            r"expected one of queue, disposition @ \$.label",
        ),
    ],
)
def test_what_does_not_compile_says_why(choice: ScorerChoice, complaint: str) -> None:
    """The component, the scorer and the rule are named."""
    with pytest.raises(RubricError, match=complaint) as caught:
        compile_rubric(single(choice), REGISTRY)

    assert "component 'only'" in str(caught.value)


def test_every_component_that_does_not_compile_is_named() -> None:
    """The author repairs them all in one go."""
    rubric = Rubric(
        "twice",
        (
            Criterion("a", Weight("1/2"), ScorerChoice("ordnial")),
            Criterion("b", Weight("1/2"), ScorerChoice("labl")),
        ),
    )

    with pytest.raises(RubricError, match=r"'a': .*'ordnial'.*'b': .*'labl'"):
        compile_rubric(rubric, REGISTRY)


def test_a_parameter_without_a_json_form_is_refused_by_name() -> None:
    """The digest has to cover every parameter."""
    registry = PluginRegistry(("scorers_for_tests:Wordy",))
    choice = ScorerChoice(f"{SCORERS}.wordy", {"words": ["a"]})

    with pytest.raises(RubricError, match=r"'only': scorer .*wordy.*not JSON"):
        compile_rubric(single(choice), registry)


@given(rubrics())
def test_the_digest_follows_what_can_change_a_reward(rubric: Rubric) -> None:
    """Another description keeps the digest; another weight or parameter does not."""
    base = compile_rubric(rubric, REGISTRY).digest
    described = Rubric(
        "other name",
        rubric.criteria,
        rubric.penalties,
        rubric.gates,
        description="Said otherwise.",
    )
    changed = Rubric(
        rubric.name,
        (
            *rubric.criteria,
            Criterion("extra", Weight(0), ScorerChoice("ordinal")),
        ),
        rubric.penalties,
        rubric.gates,
    )

    assert base == compile_rubric(described, REGISTRY).digest
    assert base != compile_rubric(changed, REGISTRY).digest
