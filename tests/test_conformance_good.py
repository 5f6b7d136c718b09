"""The conformance kit lets every good scorer pass: ours, and the example plugin's."""

import importlib
import sys
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar

import pytest
from attrs import field, frozen
from scorers_for_tests import Confident, Fixed

from support_queue_env.plugins import (
    Case,
    Credit,
    Score,
    SupportQueueAction,
    Unscored,
    hookimpl,
)
from support_queue_env.plugins.registry import PluginRegistry
from support_queue_env.rubrics.files import BUILT_IN, parse_rubric
from support_queue_env.testing import (
    ScorerReport,
    Verdict,
    check_rubric,
    check_scorer,
)
from support_queue_env.tickets.packs import load_pack


EXAMPLE = Path(__file__).parent.parent / "examples" / "acme_triage"

PARAMETERS: Mapping[str, list[dict[str, Any]]] = {
    "ordinal": [{}, {"adjacent": "1/3"}],
    "label": [
        {"label": "queue", "alternate": "3/5"},
        {"label": "disposition", "alternate": 0},
    ],
    "keyword-coverage": [{"text": "summary"}, {"text": "response"}],
    "disallowed-phrases": [{}, {"text": "summary"}],
}
"""Representative parameters; for a built-in that is not here they are guessed."""

JUDGE = {
    "SUPPORT_QUEUE_JUDGE_BASE_URL": "http://127.0.0.1:9",
    "SUPPORT_QUEUE_JUDGE_API_KEY": "none",
    "SUPPORT_QUEUE_JUDGE_MODEL": "nobody",
}
"""An endpoint at which nobody answers: a judge is then unscored, as it should be."""


def built_ins() -> Iterator[Any]:
    """Every scorer that ships with the package, with each of its parameters."""
    registry = PluginRegistry()
    for scorer_id in registry.report()[0].scorers:
        cls = registry.find(scorer_id).cls
        for number, parameters in enumerate(
            PARAMETERS.get(scorer_id, [None])
        ):  # None: guessed
            yield pytest.param(cls, parameters, id=f"{scorer_id}-{number}")


def complaints(report: ScorerReport) -> list[str]:
    """What was found broken, in sentences."""
    return [str(finding) for finding in report.broken]


def kept(report: ScorerReport) -> set[str]:
    """The properties that were tried and hold."""
    return {f.number for f in report.findings if f.verdict is Verdict.KEPT}


@pytest.mark.parametrize(("cls", "parameters"), list(built_ins()))
def test_a_built_in_scorer_conforms(
    cls: type[Any],
    parameters: Mapping[str, Any] | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With each of its representative parameters."""
    for name, value in JUDGE.items():
        monkeypatch.setenv(name, value)
    report = check_scorer(cls, parameters=parameters, examples=40)

    assert [] == complaints(report)
    assert {"P0", "P2", "P15"} <= kept(report)


@pytest.fixture
def acme(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The example plugin's module."""
    monkeypatch.syspath_prepend(str(EXAMPLE))
    yield importlib.import_module("acme_triage")
    sys.modules.pop("acme_triage", None)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [("ExactQueue", {}), ("Brevity", {"words": 200}), ("Brevity", {"words": 0})],
)
def test_the_example_plugin_conforms(
    acme: Any, name: str, parameters: dict[str, Any]
) -> None:
    """What it declares and what it does not."""
    report = check_scorer(getattr(acme, name), parameters=parameters, examples=40)

    assert [] == complaints(report)
    assert {"P1", "P2", "P6", "P14", "P16", "P17", "P18", "P19"} <= kept(report)


@frozen
class Patient:
    """An async scorer without a fault."""

    name: ClassVar[str] = "patient"
    reads: ClassVar[tuple[str, ...]] = ("action.confidence",)

    @hookimpl
    async def score(self, action: SupportQueueAction) -> Score:
        """The stated confidence."""
        return Score(action.confidence, "stated")


def test_an_async_scorer_conforms() -> None:
    """Its calls are awaited on one loop, and interleaved where others get threads."""
    report = check_scorer(Patient(), examples=40)

    assert [] == complaints(report)
    assert {"P1", "P2", "P6", "P10", "P14", "P17", "P18", "P19"} <= kept(report)


@frozen
class Choosy:
    """Cannot tell where a case has nothing to compare with."""

    name: ClassVar[str] = "choosy"
    oracle: ClassVar[int] = 1

    credit: Credit = Credit(1)  # noqa: RUF009 - a frozen value

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score | Unscored:
        """Whether the queue is right, where there are alternates."""
        if not case.gold.queue_alternates:
            return Unscored("no_alternates")
        right = action.queue == case.gold.queue
        return Score(self.credit.value if right else 0, "compared")


def test_not_being_able_to_tell_is_no_fault() -> None:
    """`Unscored` is an answer; the oracle's score counts where there is one."""
    report = check_scorer(Choosy(), examples=40)

    assert [] == complaints(report)
    assert "P8" in kept(report)


@frozen
class Moody:
    """Says that its results vary, and they do."""

    name: ClassVar[str] = "moody"
    pure: ClassVar[bool] = False

    _asked: list[int] = field(factory=list)

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Another score each time."""
        self._asked.append(1)
        return Score(Fraction(1, len(self._asked)), "mood")


def test_what_declares_that_it_varies_is_not_compared() -> None:
    """Comparing properties are not run, and say so; the others are."""
    report = check_scorer(Moody, examples=40)
    not_run = {
        f.number: f.sentence for f in report.findings if f.number not in kept(report)
    }

    assert [] == complaints(report)
    assert "it declares `pure = False`" == not_run["P6"]
    assert {"P1", "P2", "P14", "P17"} <= kept(report)
    assert {"P10", "P12", "P13", "P19"} <= not_run.keys()


@pytest.mark.parametrize("cls", [Fixed, Confident])
def test_a_scorer_of_other_tests_conforms(cls: type[Any]) -> None:
    """What stands in for a good plugin there is one."""
    assert [] == complaints(check_scorer(cls, examples=20))


@pytest.mark.parametrize("rubric", BUILT_IN)
def test_a_built_in_rubric_conforms(rubric: str) -> None:
    """On the classic tickets, every property of a rubric holds."""
    report = check_rubric(rubric, floor=0)

    assert [] == [str(finding) for finding in report.broken]
    assert all(f.verdict is Verdict.KEPT for f in report.findings)


def test_the_example_rubric_conforms(acme: Any) -> None:
    """With the scorers of the plugin it was written for."""
    text = (EXAMPLE / "strict_queue.toml").read_text(encoding="utf-8")
    cases = [case for task in load_pack("classic").tasks for case in task.cases]
    rubric = text.replace('"acme.', '"acme-triage.')
    report = check_rubric(
        parse_rubric(rubric, "strict_queue.toml"),
        plugins=["acme_triage:ExactQueue", "acme_triage:Brevity"],
        cases=cases[:3],
        examples=10,
    )

    assert [] == [str(finding) for finding in report.broken]
