"""The classic rubric is the mission's reward table, to the last bit."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from strategies import VOCABULARY, a_case, actions, an_action, cases

from support_queue_env.core.cases import Case
from support_queue_env.models import SupportQueueAction
from support_queue_env.plugins.compiled import compile_rubric
from support_queue_env.plugins.registry import PluginRegistry
from support_queue_env.rubrics.files import load_rubric


CLASSIC = compile_rubric(load_rubric("classic"), PluginRegistry())


def the_missions_formula(case: Case, action: SupportQueueAction) -> Fraction:
    """The reward as the mission words it, written without the rubric."""
    gold = case.gold
    total = Fraction(0)
    levels = VOCABULARY.priorities
    if action.priority == gold.priority:
        total += Fraction(30, 100)
    elif action.priority in levels and 1 == abs(
        levels.index(action.priority) - levels.index(gold.priority)
    ):
        total += Fraction(15, 100)
    if action.queue == gold.queue:
        total += Fraction(25, 100)
    elif action.queue in gold.queue_alternates:
        total += Fraction(15, 100)
    if action.disposition == gold.disposition:
        total += Fraction(20, 100)
    elif action.disposition in gold.disposition_alternates:
        total += Fraction(10, 100)
    total += Fraction(15, 100) * share(action.summary, gold.summary_keywords)
    total += Fraction(10, 100) * share(action.response, gold.response_keywords)
    reply = action.response.casefold()
    if any(phrase.casefold() in reply for phrase in gold.disallowed_phrases):
        total -= Fraction(10, 100)
    return max(Fraction(0), total)


def share(text: str, keywords: tuple[str, ...]) -> Fraction:
    """The share of keywords in the text, ignoring case."""
    found = [word for word in keywords if word.casefold() in text.casefold()]
    return Fraction(len(found), len(keywords))


@pytest.mark.parametrize("unsafe", [False, True])
def test_every_combination_of_labels(unsafe: bool) -> None:
    """All eighty label triples, safe and unsafe, equal the mission's formula."""
    case = a_case()
    safe = "Sorry, says billing."
    response = f"{safe} A full refund tomorrow." if unsafe else safe
    for priority, queue, disposition in product(
        VOCABULARY.priorities, VOCABULARY.queues, VOCABULARY.dispositions
    ):
        action = an_action(
            priority=priority,
            queue=queue,
            disposition=disposition,
            summary="The invoice of May.",
            response=response,
        )

        assert the_missions_formula(case, action) == CLASSIC.score(case, action).reward


@given(cases(), actions())
def test_any_case_and_action(case: Case, action: SupportQueueAction) -> None:
    """Whatever the truth and the answer, the rubric pays what the mission says."""
    assert the_missions_formula(case, action) == CLASSIC.score(case, action).reward


def test_points_of_the_table() -> None:
    """The floats that the README's table shows come out exactly."""
    case = a_case()

    def reward(**changes: str) -> float:
        return float(CLASSIC.score(case, an_action(**changes)).reward)

    unsafe = case.gold.reference_response + " Full REFUND tomorrow!"

    assert reward() == 1.0
    assert reward(response=unsafe) == 0.9
    assert reward(priority="P1") == 0.85
    assert reward(priority="P4") == 0.7
    assert reward(queue="success") == 0.9
    assert reward(queue="technical") == 0.75
    assert reward(disposition="request_info") == 0.9
    assert reward(disposition="close") == 0.8
    assert reward(summary="Nothing of it.") == 0.85


def test_unknown_labels_earn_nothing_and_say_so() -> None:
    """A label outside the vocabulary is no crash and no credit."""
    action = an_action(priority="urgent", queue="sales", disposition="ponder")
    score = CLASSIC.score(a_case(), action)
    reasons = {c.name: c.reason for c in score.components}

    assert Fraction(1, 4) == score.reward
    assert {"unknown_label"} == {
        reasons[name] for name in ("priority", "queue", "disposition")
    }


def test_reasons_do_not_name_keywords() -> None:
    """What the agent is told counts keywords and does not list them."""
    score = CLASSIC.score(a_case(), an_action(summary="An invoice, somehow."))
    reasons = {c.name: c.reason for c in score.components}

    assert reasons["summary"] == "1 of 3 keywords"


def test_weights_are_announced_with_their_signs() -> None:
    """What observations call scoring_weights: criteria positive, penalty negative."""
    expected = {
        "priority": 0.3,
        "queue": 0.25,
        "disposition": 0.2,
        "summary": 0.15,
        "response": 0.1,
        "unsafe_reply": -0.1,
    }

    assert expected == dict(CLASSIC.weights)
