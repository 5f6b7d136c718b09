"""`length-window`: so many words, and evenly less for fewer or more."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import a_case, actions, an_action, cases

from support_queue_env.core.cases import Case
from support_queue_env.models import SupportQueueAction
from support_queue_env.plugins.length_window import LengthWindow


WINDOW = LengthWindow(text="response", fewest=25, most=160)


@pytest.mark.parametrize(
    ("words", "severity", "reason"),
    [
        (5, Fraction(4, 5), "too_short"),
        (24, Fraction(1, 25), "too_short"),
        (25, Fraction(0), "within"),
        (160, Fraction(0), "within"),
        (161, Fraction(1, 160), "too_long"),
        (240, Fraction(1, 2), "too_long"),
        (320, Fraction(1), "too_long"),
    ],
)
def test_the_window(words: int, severity: Fraction, reason: str) -> None:
    """Within 0; below it grows to 1 at no word, above to 1 at twice the most."""
    response = " ".join(["word" if words < 99 else "w"] * words)
    found = WINDOW.score(a_case(), an_action(response=response))

    assert (severity, reason) == (found.value, found.reason)


def test_what_is_no_word() -> None:
    """White space of any kind and invisible characters add nothing."""
    padded = "eight words\n\n\t" + " \u200b \u00a0" * 30 + "and then a few more here."
    found = LengthWindow(text="response", fewest=8, most=9).score(
        a_case(), an_action(response=padded)
    )

    assert "8 words, expected 8 to 9" == found.explanation


def test_more_than_twice_the_most_is_not_more_than_1() -> None:
    """The severity has an end."""
    window = LengthWindow(text="summary", fewest=1, most=2)

    assert 1 == window.score(a_case(), an_action(summary="a b c d e f g h")).value


def test_an_impossible_window() -> None:
    """It says which parameter is wrong and what was found."""
    with pytest.raises(ValueError, match="`fewest` is 9, more than `most`, which is 8"):
        LengthWindow(text="summary", fewest=9, most=8)


@given(cases(), actions(), st.integers(1, 99), st.integers(0, 99))
def test_any_case_and_action(
    case: Case, action: SupportQueueAction, fewest: int, more: int
) -> None:
    """Severity and credit are exact, in [0, 1], and make 1 together."""
    window: dict[str, Any] = {
        "text": "summary",
        "fewest": fewest,
        "most": fewest + more,
    }
    severity = LengthWindow(**window).score(case, action).value
    credit = LengthWindow(**window, gives="credit").score(case, action).value

    assert 0 <= severity <= 1
    assert severity + credit == 1
