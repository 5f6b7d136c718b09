"""`response-acts`: what a reply does, and whether it asks where it has to."""

from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from strategies import a_case, actions, an_action, cases

from support_queue_env.core.cases import Case
from support_queue_env.models import SupportQueueAction
from support_queue_env.plugins import Score, Statement
from support_queue_env.plugins.response_acts import ResponseActs


ACTS = (
    Statement(name="issue", says=("does not add up",)),
    Statement(name="ask", says=("date", "invoice number")),
    Statement(name="ask-card", says=("last four digits",)),
    Statement(name="owner", says=("billing team",)),
)
ASKING = (
    "Dear customer, I see that the statement does not add up. Could you tell me the date, "
    "and the last four digits of the card? Our billing team will then look at it."
)
TELLING = (
    "Dear customer, I see that the statement does not add up. There is a date on it, and "
    "the last four digits of the card. Our billing team is going to look at it."
)


def score(response: str, disposition: str = "request_info", **gold: Any) -> Score:
    """What a response earns where information has to be requested."""
    plain = a_case()
    changed = {
        "disposition": disposition,
        "response_acts": ACTS,
        "foreign_slots": (),
    } | gold
    case = evolve(plain, gold=evolve(plain.gold, **changed))
    return ResponseActs().score(case, an_action(response=response))


def test_every_act() -> None:
    """A reply that does all of it earns 1, a refusal in its words nothing."""
    denying = (
        "We do not say that it does not add up. We will never ask for the date or the last "
        "four digits, and no billing team will look at it."
    )

    assert score(ASKING) == Score(1, "4 of 4 acts")
    assert Fraction(1, 4) >= score(denying).value


def test_asking_needs_a_question_or_a_request() -> None:
    """Where information has to be requested, words that ask nothing are no request."""
    assert score(TELLING) == Score(
        Fraction(1, 2), "2 of 4 acts", "missing: ask, ask-card"
    )
    assert score(TELLING, disposition="respond") == Score(1, "4 of 4 acts")


@pytest.mark.parametrize(
    "asking",
    [
        "Which of them is it?",
        "Please send us the details.",
        "We kindly request them.",
        "I need these from you.",
        "Let us know.",
        "We ask you for them.",
    ],
)
def test_forms_of_asking(asking: str) -> None:
    """A question mark and the usual requests all ask."""
    assert 1 == score(f"{TELLING} {asking}").value


def test_a_list_of_acts_is_no_letter() -> None:
    """Even with a greeting before it, a row of phrases keeps a fifth."""
    row = "does not add up, date, last four digits, billing team?"
    greeted = f"Thank you for writing to us about this, we will look at it. {row}"

    assert score(row) == Score(Fraction(1, 5), "4 of 4 acts, no prose")
    assert score(greeted) == Score(Fraction(1, 5), "4 of 4 acts, no prose")


def test_keywords_where_there_are_no_acts() -> None:
    """The response keywords are read instead, and nothing need be asked."""
    keywords: dict[str, Any] = {
        "response_acts": (),
        "response_keywords": ("billing team", "date"),
    }

    assert score(TELLING, **keywords) == Score(1, "2 of 2 keywords")


@given(cases(), actions())
def test_any_case_and_action(case: Case, action: SupportQueueAction) -> None:
    """An exact value in [0, 1], the same each time."""
    found = ResponseActs().score(case, action)

    assert isinstance(found.value, Fraction)
    assert 0 <= found.value <= 1
    assert ResponseActs().score(case, action) == found
