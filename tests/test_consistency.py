"""`consistency`: an answer whose text and labels say the same."""

from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from strategies import a_case, actions, an_action, cases

from support_queue_env.core.actions import Vocabulary
from support_queue_env.core.cases import Case
from support_queue_env.models import SupportQueueAction
from support_queue_env.plugins import Credit, Score
from support_queue_env.plugins.consistency import Consistency


def score(response: str, scorer: Consistency | None = None, **labels: Any) -> Score:
    """What it says of a response beside P2, technical, escalate."""
    chosen = {"priority": "P2", "queue": "technical", "disposition": "escalate"}
    action = an_action(response=response, **chosen | labels)
    return (scorer or Consistency()).score(a_case(), action)


@pytest.mark.parametrize(
    ("response", "labels", "found"),
    [
        ("We are closing this ticket for you.", {}, "closes"),
        ("Your case is now closed, goodbye.", {}, "closes"),
        ("The ticket was marked as resolved.", {}, "closes"),
        ("I have escalated it today.", {"disposition": "respond"}, "escalates"),
        ("Our billing team will look into it.", {}, "another owner"),
        ("I have passed this to privacy today.", {}, "another owner"),
        ("It is with priority P4 on our list.", {}, "another priority"),
        ("We treat it as P1 from now on.", {}, "another priority"),
        ("It was logged today.", {"disposition": "request_info"}, "asks nothing"),
    ],
)
def test_contradictions(response: str, labels: dict[str, Any], found: str) -> None:
    """Each kind is found and named, for half of the severity."""
    assert score(response, **labels) == Score(
        Fraction(1, 2), "1 of 5 contradictions", found
    )


@pytest.mark.parametrize(
    ("response", "labels"),
    [
        ("We will not close this ticket before engineering has answered.", {}),
        ("Please end all open sessions and close the browser.", {}),
        ("We will close this ticket if we hear nothing.", {}),
        ("The ticket is closed now.", {"disposition": "close"}),
        ("I have escalated this to engineering.", {}),
        ("If it fails again we will escalate it.", {"disposition": "respond"}),
        ("Our engineers own it; the account team answers the rest.", {}),
        ("The billing team cannot help, our technical team can.", {}),
        ("It is P2 and not P1, whatever the mail says.", {}),
        ("You wrote 'this is a P1 for us', and I see why.", {}),
        ("Which invoice is it?", {"disposition": "request_info"}),
        ("Please send us the number.", {"disposition": "request_info"}),
    ],
)
def test_no_contradiction(response: str, labels: dict[str, Any]) -> None:
    """What only resembles one is none."""
    assert score(response, **labels) == Score(0, "consistent")


def test_naming_every_team_names_none() -> None:
    """Three teams of other queues contradict the label even beside the right one."""
    two = "Our technical team, our billing team and our security team look at it."
    everybody = f"{two} So does our privacy team."

    assert "" == score(two).explanation

    assert "another owner" == score(everybody).explanation


def test_they_add_up() -> None:
    """Each adds `each`, to 1 at most; as credit they leave the rest."""
    three = "We are closing this ticket; our billing team has it as P4."

    assert score(three) == Score(
        1, "3 of 5 contradictions", "closes, another owner, another priority"
    )
    assert Fraction(3, 4) == score(three, Consistency(each=Credit("1/4"))).value
    assert 0 == score(three, Consistency(gives="credit")).value


def test_other_vocabularies() -> None:
    """Queues and priorities are those of the task; words for levels need the noun."""
    vocabulary = Vocabulary(
        ("high", "low"), ("repairs", "spare_parts"), ("answer", "request_info")
    )
    case = evolve(a_case(), vocabulary=vocabulary)

    def found(response: str) -> str:
        action = an_action(
            priority="low", queue="repairs", disposition="answer", response=response
        )
        return Consistency().score(case, action).explanation

    assert "another owner" == found("Our spare parts team will take it.")
    assert "another priority" == found("It has a high priority for us.")
    assert "" == found("The bill was high, and our repairs team knows.")


def test_a_summary_need_not_ask() -> None:
    """The note is for colleagues; the reply is what asks."""
    action = an_action(disposition="request_info", response="It was logged today.")

    assert 0 == Consistency(text="summary").score(a_case(), action).value


@given(cases(), actions())
def test_any_case_and_action(case: Case, action: SupportQueueAction) -> None:
    """Severity and credit are exact, in [0, 1], and make 1 together."""
    severity = Consistency().score(case, action).value
    credit = Consistency(gives="credit").score(case, action).value

    assert 0 <= severity <= 1
    assert severity + credit == 1
