"""`calibration`: one minus the Brier score of the stated confidence."""

from fractions import Fraction

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from strategies import a_case, actions, an_action, cases

from support_queue_env.core.cases import Case
from support_queue_env.models import SupportQueueAction
from support_queue_env.plugins.calibration import Calibration


def value(**changes: object) -> Fraction:
    """The score of the oracle's answer with changes."""
    return Calibration().score(a_case(), an_action(**changes)).value


def test_the_formula() -> None:
    """Sure and right is 1, sure and wrong 0, undecided 3/4 either way."""
    assert [1, 0] == [value(confidence=1.0), value(confidence=1.0, priority="P4")]
    assert Fraction(3, 4) == value(confidence=0.5) == value(confidence=0.5, queue="x")
    assert Fraction(99, 100) == value(confidence=0.9)


@pytest.mark.parametrize(
    "wrong", [{"priority": "P1"}, {"queue": "success"}, {"disposition": "request_info"}]
)
def test_alternates_are_not_right(wrong: dict[str, str]) -> None:
    """The confidence speaks of the right labels, not of acceptable ones."""
    assert 0 == value(confidence=1.0, **wrong)
    assert 1 == value(confidence=0.0, **wrong)


@given(cases(), st.floats(0, 1), st.floats(0, 1))
def test_honesty_pays(case: Case, one: float, other: float) -> None:
    """The nearer the confidence is to what came of it, the higher the score."""
    oracle = case.gold.oracle()
    scores = [
        Calibration().score(case, evolve(oracle, confidence=confidence)).value
        for confidence in sorted((one, other))
    ]

    assert scores == sorted(scores)


@given(cases(), actions())
def test_any_case_and_action(case: Case, action: SupportQueueAction) -> None:
    """An exact value in [0, 1] of few digits, whatever the confidence."""
    found = Calibration().score(case, action).value

    assert isinstance(found, Fraction)
    assert 0 <= found <= 1
    assert 10**12 % found.denominator == 0
