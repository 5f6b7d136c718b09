"""openenv's own rubrics as scorers of ours."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import their_rubrics
from strategies import a_case, an_action

from support_queue_env.integrations.openenv_scorer import (
    AsyncOpenEnvRubricScorer,
    OpenEnvRubricScorer,
)
from support_queue_env.models import SupportQueueAction
from support_queue_env.plugins import Score


KINDS = [OpenEnvRubricScorer, AsyncOpenEnvRubricScorer]


def factory(name: str) -> str:
    """A rubric's reference."""
    return f"their_rubrics:{name}"


def said(scorer: Any, action: SupportQueueAction) -> Score:
    """What a scorer says, whether it is async or not."""
    result = scorer.score(a_case(), action)
    return asyncio.run(result) if asyncio.iscoroutine(result) else result


@pytest.mark.parametrize("reuse", [False, True])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("name", "sure", "unsure", "breakdown"),
    [
        ("RightQueue", 1, 1, ""),
        ("weighted", 0.9375, 0.8125, "rubric_0 1, rubric_1 0.75"),
        ("weighted_later", 0.9375, 0.8125, "rubric_0 1, rubric_1 0.75"),
        ("gated", 0.75, 0, "rubric 0.75"),
        ("sequential", 0.75, 0.25, "rubric_0 1, rubric_1 0.75"),
        ("sequential_later", 0.75, 0.25, "rubric_0 1, rubric_1 0.75"),
        ("trajectory", 1, 1, "rubric_0 1"),
        ("judge", 0.625, 0.625, ""),
    ],
)
def test_a_rubric(
    *,
    kind: type[Any],
    name: str,
    sure: float,
    unsure: float,
    breakdown: str,
    reuse: bool,
) -> None:
    """Each kind of container scores, again and again, with the same result."""
    scorer = kind(factory(name), reuse=reuse)
    for _ in range(3):
        assert unsure == said(scorer, an_action(confidence=0.25)).value
        score = said(scorer, an_action(confidence=0.75))
        assert (sure, breakdown) == (score.value, score.explanation)


@pytest.mark.parametrize("kind", KINDS)
def test_a_child_that_is_not_called(kind: type[Any]) -> None:
    """Openenv keeps its old score; here it has none."""
    scorer = kind(factory("sequential"), reuse=True)
    said(scorer, an_action())

    stopped = said(scorer, an_action(queue="nowhere"))
    assert 0 == stopped.value
    assert "rubric_0 0, rubric_1 not called" == stopped.explanation


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["NotANumber", "nan_sum", "nan_gate", "generous"])
def test_no_number(kind: type[Any], name: str) -> None:
    """What openenv lets through is refused."""
    with pytest.raises(ValueError, match=r"the rubric returned (nan|2\.0)"):
        said(kind(factory(name)), an_action())


@pytest.mark.parametrize("kind", KINDS)
def test_the_judge_sees_no_gold(kind: type[Any]) -> None:
    """Its prompt shows what the rubric was given: the ticket and the answer."""
    their_rubrics.PROMPTS.clear()
    said(kind(factory("judge")), an_action(queue="technical"))

    (prompt,) = their_rubrics.PROMPTS
    assert "ticket_id='T-1'" in prompt
    assert "'gold'" not in prompt
    assert a_case().gold.reference_summary not in prompt.partition(" for ")[2]


def test_inside_an_event_loop() -> None:
    """Sequential hands back a coroutine there, even with sync children only."""

    async def call() -> list[Score]:
        await asyncio.sleep(0)
        scorer = OpenEnvRubricScorer(factory("sequential"))
        later = AsyncOpenEnvRubricScorer(factory("sequential"))
        action = an_action(confidence=0.75)
        return [
            scorer.score(a_case(), action),
            await later.score(a_case(), action),
        ]

    assert [0.75, 0.75] == [score.value for score in asyncio.run(call())]


@pytest.mark.parametrize("name", ["weighted_later", "trajectory", "judge"])
def test_many_sessions_at_once(name: str) -> None:
    """In threads and on a loop: everybody gets what he would get alone."""
    action = an_action(confidence=0.5)
    expected = said(OpenEnvRubricScorer(factory(name)), action)
    scorer = OpenEnvRubricScorer(factory(name), reuse=True)
    later = AsyncOpenEnvRubricScorer(factory(name), reuse=True)
    with ThreadPoolExecutor(8) as threads:
        calls = [threads.submit(scorer.score, a_case(), action) for _ in range(64)]

    async def together() -> list[Score]:
        return await asyncio.gather(*(later.score(a_case(), action) for _ in range(64)))

    assert {expected} == {call.result() for call in calls}
    assert {expected} == set(asyncio.run(together()))
