"""OpenEnv rubrics as scorers, with stand-ins: openenv itself is not needed."""

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import rubrics_for_tests
from attrs import fields
from hypothesis import given
from hypothesis import strategies as st
from strategies import a_case, actions, an_action

from support_queue_env.core.errors import PluginError, RubricError, ScoringError
from support_queue_env.integrations.openenv_calls import number
from support_queue_env.integrations.openenv_scorer import (
    AsyncOpenEnvRubricScorer,
    OpenEnvRubricScorer,
    register_scorers,
)
from support_queue_env.models import SupportQueueAction
from support_queue_env.plugins import Score
from support_queue_env.plugins.compiled import compile_rubric
from support_queue_env.plugins.registry import PluginRegistry
from support_queue_env.rubrics.files import parse_rubric


PLUGIN = "support_queue_env.integrations.openenv_scorer:OpenEnvRubricScorer"
SCORER = "support-queue-env.openenv-rubric"
KINDS = [OpenEnvRubricScorer, AsyncOpenEnvRubricScorer]


def factory(name: str) -> str:
    """A stand-in's reference."""
    return f"rubrics_for_tests:{name}"


def scored(
    kind: type[Any], name: str, action: SupportQueueAction | None = None, **given: Any
) -> Score:
    """What a scorer of that kind says, whether it is async or not."""
    scorer = kind(factory(name), **given)
    result = scorer.score(a_case(), action or an_action())
    return asyncio.run(result) if kind is AsyncOpenEnvRubricScorer else result  # type: ignore[no-any-return]  # of either kind


@pytest.mark.parametrize("kind", KINDS)
class TestBoth:
    """Both scorers do the same."""

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("Node", 1),
            ("Both", 0.25),
            ("Awaiting", 0.125),
            ("Trajectory", 0.75),
            ("plain_function", 0.5),
        ],
    )
    def test_a_rubric(self, kind: type[Any], name: str, value: float) -> None:
        """Sync or async, of a class or a function: its number is the score."""
        assert value == scored(kind, name, an_action(confidence=0.125)).value

    def test_the_breakdown(self, kind: type[Any]) -> None:
        """The children's scores are told, and who was not called."""
        reached = scored(kind, "Both")
        stopped = scored(kind, "recorded", an_action(queue="success"))

        assert ("openenv", "first 1, second 0.25") == (
            reached.reason,
            reached.explanation,
        )
        assert "first not called, second not called" == stopped.explanation

    @pytest.mark.parametrize("name", rubrics_for_tests.ODD)
    def test_no_number(self, kind: type[Any], name: str) -> None:
        """Whatever is no number in [0, 1] raises; nothing is clamped or guessed."""
        with pytest.raises((TypeError, ValueError), match="number"):
            scored(kind, f"odd_{name}")

    def test_a_rubric_that_raises(self, kind: type[Any]) -> None:
        """Its exception goes through, for the engine to name."""
        with pytest.raises(RuntimeError, match="no idea"):
            scored(kind, "Raising")

    @pytest.mark.parametrize("reuse", [False, True])
    def test_nothing_is_remembered(self, kind: type[Any], reuse: bool) -> None:
        """Every call finds a rubric as new, children included, however often."""
        scorer = kind(factory("Both"), reuse=reuse)
        for _ in range(3):
            result = scorer.score(a_case(), an_action())
            score = asyncio.run(result) if kind is KINDS[1] else result
            assert "first 1, second 0.25" == score.explanation

    def test_old_scores_are_cleared(self, kind: type[Any]) -> None:
        """A child that is not called does not keep the score of the call before."""
        scorer = kind(factory("Both"), reuse=True)
        told = []
        for queue in ("billing", "success"):
            result = scorer.score(a_case(), an_action(queue=queue))
            score = asyncio.run(result) if kind is KINDS[1] else result
            told.append(score.explanation)

        assert ["first 1, second 0.25", "first not called, second not called"] == told

    def test_how_many_are_made(self, kind: type[Any]) -> None:
        """One to see that the factory works, then one per call, or with reuse none."""
        made = []
        for reuse in (False, True):
            rubrics_for_tests.Counting.made = 0
            scorer = kind(factory("Counting"), reuse=reuse)
            for _ in range(3):
                result = scorer.score(a_case(), an_action())
                _ = asyncio.run(result) if kind is KINDS[1] else result
            made.append(rubrics_for_tests.Counting.made)

        assert [4, 1] == made

    def test_the_gold(self, kind: type[Any]) -> None:
        """It is out of reach unless asked for."""
        right, wrong = an_action(), an_action(queue="success")

        assert 1 == scored(kind, "Knowing", right, truth=True).value
        assert 0 == scored(kind, "Knowing", wrong, truth=True).value
        with pytest.raises(TypeError, match="null, not a number"):
            scored(kind, "Knowing", right)

    @pytest.mark.parametrize(
        ("reference", "said"),
        [
            ("", "at least 1|control characters"),
            ("rubrics_for_tests", "expected module:callable"),
            ("rubrics_for_tests:", "expected module:callable"),
            ("no such:Rubric", "expected module:callable"),
            ("no_such_module:Rubric", "does not import: ModuleNotFoundError"),
            ("rubrics_for_tests:NoSuch", "does not import: AttributeError"),
            ("rubrics_for_tests:ODD", "is a dict: expected a class or a function"),
            ("rubrics_for_tests:broken", "failed: OSError: no model there"),
            ("rubrics_for_tests:nan", "failed: TypeError"),
            ("rubrics_for_tests:a_number", "made a float"),
        ],
    )
    def test_a_bad_factory(self, kind: type[Any], reference: str, said: str) -> None:
        """It is refused when the rubric is compiled, not at the first ticket."""
        with pytest.raises((PluginError, ValueError), match=said):
            kind(reference)


def test_one_call_at_a_time() -> None:
    """No instance is ever in two calls at once: on a loop, and in threads."""

    async def together() -> list[Score]:
        scorer = AsyncOpenEnvRubricScorer(factory("Exclusive"), reuse=True)
        calls = [scorer.score(a_case(), an_action()) for _ in range(20)]
        return list(await asyncio.gather(*calls))

    scorer = OpenEnvRubricScorer(factory("Exclusive"), reuse=True)
    with ThreadPoolExecutor(8) as threads:
        calls = [threads.submit(scorer.score, a_case(), an_action()) for _ in range(40)]

    assert {1} == {score.value for score in asyncio.run(together())}
    assert {1} == {call.result().value for call in calls}


def test_an_instance_that_failed_is_not_used_again() -> None:
    """Who knows what it holds."""
    rubrics_for_tests.Counting.made = 0
    scorer = OpenEnvRubricScorer(factory("Counting"), reuse=True)
    with pytest.raises(AttributeError):
        scorer.score(None, an_action())  # type: ignore[arg-type]  # to make it fail
    assert 1 == rubrics_for_tests.Counting.made
    scorer.score(a_case(), an_action())

    assert 2 == rubrics_for_tests.Counting.made


def test_the_sync_scorer_on_an_event_loop() -> None:
    """An async rubric is waited for in another thread; the loop cannot be entered."""

    async def call() -> Score:
        await asyncio.sleep(0)
        return OpenEnvRubricScorer(factory("Awaiting")).score(
            a_case(), an_action(confidence=0.5)
        )

    assert 0.5 == asyncio.run(call()).value


@given(st.floats(0, 1) | st.fractions(0, 1) | st.integers(0, 1))
def test_numbers_are_kept_exactly(value: Any) -> None:
    """Any float, fraction or whole number in [0, 1] is that very number."""
    assert value == number(value)


@given(st.floats().filter(lambda x: not 0 <= x <= 1) | st.integers(2) | st.text())
def test_other_numbers_are_refused(value: Any) -> None:
    """Anything outside [0, 1], NaN and text raise."""
    with pytest.raises((TypeError, ValueError)):
        number(value)


def rubric(**parameters: str) -> str:
    """A rubric file with an OpenEnv rubric for half of the reward."""
    table = "".join(f", {name} = {value!r}" for name, value in parameters.items())
    return f"""
        schema = 1
        name = "bridged"
        [criteria.theirs]
        weight = "1/2"
        scorer = {{ name = "{SCORER}"{table} }}
        [criteria.queue]
        weight = "1/2"
        scorer = {{ name = "label", label = "queue", alternate = "3/5" }}
    """


@given(actions())
def test_in_a_rubric(action: SupportQueueAction) -> None:
    """A rubric file names the factory; the engine weighs what it finds."""
    text = rubric(factory=factory("plain_function"))
    compiled = compile_rubric(parse_rubric(text, "x.toml"), PluginRegistry((PLUGIN,)))
    theirs, queue = compiled.score(a_case(), action).components

    assert 0.5 == theirs.value
    assert compiled.score(a_case(), action).reward == (theirs.value + queue.value) / 2


def test_a_rubric_without_a_number() -> None:
    """NaN refuses the step and is named; no reward is paid."""
    text = rubric(factory=factory("odd_nan"))
    compiled = compile_rubric(parse_rubric(text, "x.toml"), PluginRegistry((PLUGIN,)))

    with pytest.raises(ScoringError, match=f"{SCORER}.*theirs.*returned nan"):
        compiled.score(a_case(), an_action())


def test_a_bad_factory_in_a_rubric() -> None:
    """The rubric does not compile; component, factory and reason are named."""
    text = rubric(factory=factory("broken"))
    with pytest.raises(RubricError, match=r"'theirs'.*rubrics_for_tests:broken.*OSErr"):
        compile_rubric(parse_rubric(text, "x.toml"), PluginRegistry((PLUGIN,)))


def test_a_revision_is_in_the_digest() -> None:
    """The digest cannot see the rubric's code, so its author says when it changed."""
    registry = PluginRegistry((PLUGIN,))
    digests = {
        compile_rubric(parse_rubric(text, "x.toml"), registry).digest
        for text in (
            rubric(factory=factory("Node")),
            rubric(factory=factory("Node"), revision="2"),
        )
    }

    assert 2 == len(digests)


def test_the_module_is_a_plugin() -> None:
    """It offers both."""
    assert [*KINDS] == register_scorers()


def test_openenv_is_not_needed() -> None:
    """Importing the scorer imports nothing of openenv."""
    script = (
        "import sys; sys.modules['openenv'] = None\n"
        f"import {PLUGIN.partition(':')[0]} as m; print(len(m.register_scorers()))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert "2" == ran.stdout.strip()


@pytest.mark.parametrize("kind", KINDS)
def test_every_parameter_is_described(kind: type[Any]) -> None:
    """docs/openenv-rubrics.md has a row for each, and names both scorers."""
    page = Path(__file__).parent.parent / "docs" / "openenv-rubrics.md"
    text = page.read_text(encoding="utf-8")

    assert f"`{kind.name}`" in text
    for parameter in (a.name for a in fields(kind) if a.init):
        assert f"| `{parameter}` |" in text
