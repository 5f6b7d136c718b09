"""The checks of an attack report, one by one."""

from fractions import Fraction

import pytest
from answers import cases
from attack_reports import CLASSIC, passed
from hypothesis import given
from hypothesis import strategies as st
from strategies import unit_fractions

from support_queue_env.core.scoring import ComponentScore, TicketScore
from support_queue_env.evaluation.attack_checks import _misattributed
from support_queue_env.evaluation.attack_report import AttackPlan, attack
from support_queue_env.evaluation.attack_results import AttackReport
from support_queue_env.evaluation.attack_run import Verdict
from support_queue_env.evaluation.hostile_scorers import (
    CHANGED,
    HOSTILITIES,
    REFUSED,
    UNSTEADY,
    outcomes,
)
from support_queue_env.evaluation.spying import spy
from support_queue_env.models import SupportQueueAction


@given(value=unit_fractions, shift=st.sampled_from([Fraction(0), Fraction(1, 7)]))
def test_attribution(value: Fraction, shift: Fraction) -> None:
    """Components that do not sum to the raw reward are noticed, exactly."""
    real = CLASSIC.score(cases()[0], cases()[0].gold.oracle())
    (first, *rest) = real.components
    changed = ComponentScore(
        first.terms, value.numerator, value.denominator, "exact", "", 0.0
    )
    raw = real.raw + (value - first.value) * first.terms.amount
    reward = max(Fraction(0), raw)
    score = TicketScore(reward, raw + shift, (changed, *rest))

    assert bool(shift) is any(_misattributed(score))


def constant() -> list[SupportQueueAction]:
    """An answer to each ticket that knows nothing."""
    return [
        SupportQueueAction(
            priority="P4",
            queue="trust_safety",
            disposition="close",
            summary="--------",
            response="----------------",
        )
        for _ in cases()
    ]


def test_the_spy_finds_nothing() -> None:
    """Observation, state and schema hold labels only in lists and in own answers."""
    found = spy(CLASSIC, cases(), constant(), [{"enum": ["P1"], "text": "P1 or P2"}])

    assert constant() == list(found.actions)
    assert (0, ()) == (found.labels, found.leaks)


def test_the_spy_finds_what_slips_out() -> None:
    """A label as a value, a reference text, a list of keywords: each is a leak."""
    case = cases()[0]
    leaking = {
        "hint": {"level": case.gold.priority},
        "log": f"expected: {case.gold.reference_summary}",
        "words": list(case.gold.response_keywords),
    }
    found = spy(CLASSIC, cases(), constant(), [leaking])

    assert case.gold.priority == found.actions[0].priority
    assert {"trust_safety"} == {action.queue for action in found.actions}
    assert len(cases()) == found.labels
    assert ("E-101: reference_summary", "E-101: response_keywords") == found.leaks


def test_a_leak_fails_the_check() -> None:
    """A30 is paid more, and the check names what was seen."""
    hints = tuple({"queue": case.gold.queue} for case in cases()[1:2])
    report = attack(CLASSIC, cases()[1:2], AttackPlan(documents=hints))

    assert passed(report)["semantic.no_solution_leakage"] is False


def test_hostile_plugins() -> None:
    """Each is refused, or noticed by looking at the case or scoring again."""
    found = outcomes(cases()[0])

    assert list(HOSTILITIES) == list(found)
    assert "" not in found.values()
    assert found["changes the truth"] in (CHANGED, REFUSED)
    assert UNSTEADY == found["reads a clock"]
    assert "technical" == cases()[0].gold.queue


def test_an_unnoticed_plugin_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scorer that gets away with it makes A29 exceed."""
    report = f"{AttackReport.__module__.rpartition('.')[0]}.attack_report"
    monkeypatch.setattr(f"{report}.outcomes", lambda case: {"steals": ""})
    (result,) = attack(CLASSIC, cases(), AttackPlan(only=("A29",))).attacks

    assert (Verdict.EXCEEDS, "unnoticed: steals") == (result.verdict, result.note)
