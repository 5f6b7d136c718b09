"""A component without a score: the end of the step, or left out and named."""

import asyncio
from fractions import Fraction

import pytest
from strategies import SCORER_OPTIONS, a_case, an_action

from support_queue_env.core.episode import Episode
from support_queue_env.core.errors import FaultKind, RubricError, ScoringError
from support_queue_env.core.scoring import TicketScore
from support_queue_env.core.views import observe
from support_queue_env.environment import load_tasks
from support_queue_env.plugins.compiled import CompiledRubric, compile_rubric
from support_queue_env.plugins.registry import PluginRegistry
from support_queue_env.rubrics.files import parse_rubric


REGISTRY = PluginRegistry(SCORER_OPTIONS)
JUDGING = "scorers-for-tests.judging"


def rubric(
    how: str,
    *,
    on_error: str = "unscored",
    weight: str = "1/5",
    scorer: str = JUDGING,
) -> CompiledRubric:
    """The queue for most of the reward, a scorer that does as it is told for the rest."""
    text = f"""
    schema = 1
    name = "judged"
    [criteria.queue]
    weight = "{1 - Fraction(weight)}"
    scorer = {{ name = "label", label = "queue", alternate = "1/2" }}
    [criteria.tone]
    weight = "{weight}"
    on_error = "{on_error}"
    timeout = 0.2
    scorer = {{ name = "{scorer}", how = "{how}", seconds = 0.01 }}
    """
    return compile_rubric(parse_rubric(text, "judged.toml"), REGISTRY)


def score(compiled: CompiledRubric) -> TicketScore:
    """Of the right answer, given with confidence 0.5."""
    return compiled.score(a_case(), an_action(confidence=0.5))


def test_a_coroutine_is_a_scorer() -> None:
    """Its score counts like any other, waited for or awaited."""
    compiled = rubric("score")
    awaited = asyncio.run(compiled.score_async(a_case(), an_action(confidence=0.5)))

    assert Fraction(9, 10) == score(compiled).reward == awaited.reward


@pytest.mark.parametrize(
    ("how", "kind", "code"),
    [
        ("unscored", FaultKind.UNSCORED, "no_idea"),
        ("raise", FaultKind.RAISED, "raised"),
        ("exit", FaultKind.RAISED, "raised"),
        ("cancel", FaultKind.RAISED, "raised"),
        ("none", FaultKind.INVALID, "invalid"),
        ("block", FaultKind.TIMED_OUT, "timed_out"),
    ],
)
def test_a_judge_without_a_score_is_refused_or_left_out(
    how: str, kind: FaultKind, code: str
) -> None:
    """Left out it earns nothing and stands among the unscored, not among the scores."""
    registry_wide = score(rubric(how))

    assert Fraction(4, 5) == registry_wide.reward
    assert ["queue"] == [component.name for component in registry_wide.components]
    assert [("tone", JUDGING, code)] == [
        (left.name, left.scorer, left.reason) for left in registry_wide.unscored
    ]
    with pytest.raises(ScoringError) as caught:
        score(rubric(how, on_error="raise"))
    assert kind == caught.value.kind


def test_feedback_names_what_was_left_out() -> None:
    """No score and no points of it are sent, only the code."""
    task = next(iter(load_tasks()))
    episode = Episode(episode_id="e", task=task, scorer=rubric("unscored"))
    after = episode.step(task.cases[0].gold.oracle())
    feedback = observe(after).last_feedback

    assert feedback is not None
    assert {"tone": "no_idea"} == feedback.unscored
    assert {"queue"} == set(feedback.scores) == set(feedback.components)


def test_points_still_sum_to_the_raw_reward() -> None:
    """What is left out adds nothing to either side."""
    found = score(rubric("unscored"))

    assert found.raw == sum(component.points for component in found.components)


def test_a_nested_component_is_named_by_its_path() -> None:
    """Whatever the depth, trainers find it."""
    text = f"""
    schema = 1
    name = "nested"
    [criteria.labels]
    weight = "4/5"
    scorer = "ordinal"
    [criteria.texts]
    weight = "1/5"
    [criteria.texts.criteria.tone]
    weight = 1
    on_error = "unscored"
    scorer = {{ name = "{JUDGING}", how = "unscored" }}
    """
    compiled = compile_rubric(parse_rubric(text, "nested.toml"), REGISTRY)

    assert ["texts.tone"] == [left.name for left in score(compiled).unscored]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"weight": "1/4"}, r"judges hold 1/4 of the reward, more than 1/5 \(tone 1/4"),
        ({"scorer": "scorers-for-tests.awaiting"}, "on_error = 'unscored' is for judg"),
    ],
)
def test_where_a_judge_may_not_stand(changes: dict[str, str], complaint: str) -> None:
    """Too much of the reward; or something left out that is no judge and has weight."""
    with pytest.raises(RubricError, match=complaint):
        rubric("score", **changes)


def test_a_judge_is_no_gate() -> None:
    """Talking it over would lift the cap."""
    text = f"""
    schema = 1
    name = "gated"
    [criteria.p]
    weight = 1
    scorer = "ordinal"
    [gates.g]
    cap = 0
    scorer = "{JUDGING}"
    """
    with pytest.raises(RubricError, match="component 'g': a judge cannot be a gate"):
        compile_rubric(parse_rubric(text, "gated.toml"), REGISTRY)


def test_a_metric_of_weight_0_may_be_left_out() -> None:
    """It is recorded and never enters the reward."""
    compiled = rubric("raise", weight="0", scorer="scorers-for-tests.awaiting")

    assert 1 == score(compiled).reward
    assert ["raised"] == [left.reason for left in score(compiled).unscored]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('on_error = "zero"', r"raise, unscored @ \$\.criteria\.p\.on_error"),
        ("timeout = 0", "timeout of 'p': expected more than 0"),
        ("timeout = 601", "at most 600 seconds, found 601"),
        ('timeout = "soon"', r"\$\.criteria\.p\.timeout"),
        ("timeout = nan", "timeout"),
    ],
)
def test_settings_of_a_component_are_checked(line: str, complaint: str) -> None:
    """Table and field are named."""
    text = f"""
    schema = 1
    name = "r"
    [criteria.p]
    weight = 1
    {line}
    scorer = "ordinal"
    """
    with pytest.raises(RubricError, match=complaint):
        parse_rubric(text, "r.toml")
