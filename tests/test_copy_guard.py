"""`copy-guard`: a note condenses the ticket, it does not repeat it."""

from fractions import Fraction

import pytest
from attrs import evolve
from hypothesis import given
from strategies import TICKET, a_case, actions, an_action, cases

from support_queue_env.core.cases import Case
from support_queue_env.models import SupportQueueAction
from support_queue_env.plugins import Credit, Score
from support_queue_env.plugins.copy_guard import CopyGuard


BODY = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda my ny xi"
OWN = "one two three four five six seven eight nine ten eleven twelve"


def score(summary: str, scorer: CopyGuard | None = None) -> Score:
    """What the guard says of a summary of a ticket with fourteen words."""
    ticket = evolve(TICKET, subject="S", body=BODY, recent_events=("red green blue",))
    case = evolve(a_case(), ticket=ticket)
    return (scorer or CopyGuard()).score(case, an_action(summary=summary))


def test_own_words_and_copies() -> None:
    """The severity is 0 for own words, and 1 for a copy, however it is dressed."""
    assert 0 == score(OWN).value
    assert [1, 1, 1] == [
        score(text).value
        for text in (BODY, BODY.upper(), BODY.replace(" ", " ,\u200b "))
    ]


def test_from_the_limit_on_it_grows_evenly() -> None:
    """Nine of fourteen runs copied is a little more than three fifths of them."""
    fourteen = f"{BODY} {' '.join(OWN.split()[:5])}"  # 9 runs of BODY, 5 across or own
    share = Fraction(9, 14)
    severity = Fraction(1, 2) + Fraction(1, 2) * (share - Fraction(3, 5)) / Fraction(
        2, 5
    )
    found = score(fourteen)

    assert (severity, "copied") == (found.value, found.reason)
    assert 0 == score(fourteen, CopyGuard(limit=Credit("9/14"))).value
    assert 0 == score(BODY, CopyGuard(limit=Credit(1))).value


def test_a_short_text_has_no_run() -> None:
    """Fewer words than a run are nobody's property."""
    assert score("alpha beta gamma delta epsilon") == Score(
        0, "own_words", "0% of its runs of 6 words are the ticket's"
    )


def test_credit_is_what_the_severity_leaves() -> None:
    """The same finding as a criterion's score."""
    assert [1, 0] == [
        score(text, CopyGuard(gives="credit")).value for text in (OWN, BODY)
    ]


@pytest.mark.parametrize("text", ["summary", "response"])
def test_the_text_is_a_parameter(text: str) -> None:
    """Either text may be guarded."""
    case = evolve(a_case(), ticket=evolve(TICKET, body=BODY))
    guards = {name: CopyGuard(text=name) for name in ("summary", "response")}
    action = an_action(**{text: BODY})

    assert {name: name == text for name in guards} == {
        name: bool(guard.score(case, action).value) for name, guard in guards.items()
    }


@given(cases(), actions())
def test_any_case_and_action(case: Case, action: SupportQueueAction) -> None:
    """Severity and credit are exact, in [0, 1], and make 1 together."""
    severity = CopyGuard().score(case, action).value
    credit = CopyGuard(gives="credit").score(case, action).value

    assert 0 <= severity <= 1
    assert severity + credit == 1
