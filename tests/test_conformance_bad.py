"""The conformance kit rejects every scorer that is wrong, for the right reason."""

import threading
from functools import cache
from typing import Any, ClassVar

import bad_scorers
import pytest
from attrs import frozen
from bad_scorers import BAD, built

from support_queue_env.plugins import Case, Score, SupportQueueAction, hookimpl
from support_queue_env.testing import Finding, Verdict, check_scorer
from support_queue_env.testing.findings import TITLES


ALSO = {
    bad_scorers.TossesACoin: {"P14"},  # whoever draws, moves the shared numbers on
    bad_scorers.Hidden: {"P17"},  # a rubric builds it without what is hidden
}
"""What else is rightly found broken."""


@cache
def broken_by(cls: type[Any]) -> dict[str, Finding]:
    """What the kit finds broken."""
    # A machine that is busy must not make one seem to hang that does not.
    deadline = 1.0 if BAD.get(cls) == "P18" else 20.0
    report = check_scorer(built(cls), deadline=deadline, examples=40)
    return {finding.number: finding for finding in report.broken}


@pytest.mark.parametrize(
    ("cls", "number"), BAD.items(), ids=lambda value: getattr(value, "__name__", value)
)
def test_a_bad_scorer_is_rejected(cls: Any, number: str) -> None:
    """Under the property that it breaks, in one sentence with a counterexample."""
    broken = broken_by(cls)

    assert {number} | ALSO.get(cls, set()) == set(broken)
    sentence = str(broken[number])
    assert sentence.startswith(f"{number}: {TITLES[number]}; but ")
    assert "\n" not in sentence
    assert broken[number].counterexample or number == "P0"


def test_there_are_many() -> None:
    """At least thirty, and one for each property that a scorer can break by itself."""
    assert len(BAD) >= 30
    by_engine = {"P1", "P17", "P19"}  # the engine sees to these, whatever a scorer does
    of_rubrics = {"P3", "P4", "P5", "P7"}

    assert set(TITLES) - by_engine - of_rubrics == set(BAD.values())


@pytest.mark.parametrize(
    ("name", "counterexample"),
    [
        ("Two", "the plain case and its oracle's answer"),
        ("Forgetful", "action.queue='-'"),
        ("NotANumber", "action.confidence=0"),
        ("DividesByWords", f"action.response={' ' * 16!r}"),
        ("Cyclic", "gold.priority='P1', action.priority='P4'"),
        ("MovesTheGoal", "action.queue='-'"),
        ("Backtracks", "action.response='a' repeated to 32 characters"),
    ],
)
def test_the_counterexample_is_the_smallest(name: str, counterexample: str) -> None:
    """Only what differs from a plain answer is shown, and only what is needed."""
    (found,) = broken_by(getattr(bad_scorers, name)).values()

    assert counterexample == found.counterexample


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("ReadsTheClock", "the clock"),
        ("TimesItself", "the clock"),
        ("Expires", "the clock"),
        ("TossesACoin", "random numbers"),
        ("Counts", "the calls made before"),
        ("RemembersTexts", "the calls made before"),
        ("KnowsByAddress", "the identity of its arguments"),
        ("Scribbles", "several threads"),
        ("Hashes", "another hash seed"),
        ("FirstOfASet", "another hash seed"),
    ],
)
def test_the_sentence_names_the_cause(name: str, cause: str) -> None:
    """What makes a result vary is found by experiment."""
    assert cause in broken_by(getattr(bad_scorers, name))["P6"].sentence


@frozen
class Chokes:
    """Raises where only P10 ever looks."""

    name: ClassVar[str] = "chokes"
    reads: ClassVar[tuple[str, ...]] = ("action.queue",)

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """For a tier that no question has."""
        if case.ticket.customer_tier.endswith(" and so on"):
            raise LookupError
        return Score(1, "known")


@frozen
class PrintsElsewhere:
    """Floods standard output, but not in the thread in which it is asked directly."""

    name: ClassVar[str] = "prints-elsewhere"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Megabytes, in the engine's threads."""
        if threading.current_thread().name.startswith("support-queue-plugin"):
            print("x" * 100_000)  # noqa: T201 - the fault
        return Score(1, "printed")


@pytest.mark.parametrize(
    ("cls", "number", "told"),
    [
        (Chokes, "P2", "it raised LookupError"),
        (PrintsElsewhere, "P14", "a rubric refuses the step: it printed more than"),
    ],
)
def test_what_a_later_property_finds_counts(cls: Any, number: str, told: str) -> None:
    """It is told under the property that is broken, which had seemed to be kept."""
    (found,) = broken_by(cls).values()

    assert number == found.number
    assert found.sentence.startswith(told)


def test_a_hanging_scorer_ends_the_check() -> None:
    """Nothing else is tried once a call does not come back."""
    report = check_scorer(bad_scorers.Hangs(), deadline=0.5, examples=5)
    verdicts = {finding.number: finding.verdict for finding in report.findings}

    assert Verdict.BROKEN is verdicts.pop("P18")
    assert Verdict.KEPT is verdicts.pop("P0")
    assert {Verdict.NOT_RUN} == set(verdicts.values())


def test_a_hanging_scorer_is_left_behind_outside_the_main_thread() -> None:
    """Where no alarm can interrupt it, its thread is abandoned."""
    found: list[Finding] = []

    def check() -> None:
        report = check_scorer(bad_scorers.HangsUntilTold(), deadline=0.5, examples=5)
        found.extend(report.broken)

    thread = threading.Thread(target=check)
    thread.start()
    thread.join()
    bad_scorers.TOLD.set()

    assert ["P18"] == [finding.number for finding in found]
