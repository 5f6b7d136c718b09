"""Plain values to ours and back: every fault at once, each with its path."""

from contextlib import suppress
from typing import Any

import pytest
from answers import ACTION, cases, environment, task, without
from hypothesis import given
from hypothesis import strategies as st

from support_queue_env.core.actions import structure_action
from support_queue_env.core.conversion import structure, unstructure
from support_queue_env.core.errors import InvalidInput
from support_queue_env.core.session import read_reset_options
from support_queue_env.models import (
    Feedback,
    ResetOptions,
    SupportQueueAction,
    SupportQueueState,
    TaskCard,
    Ticket,
)


TEXT = st.characters(exclude_categories=["Cs"])
WORDS = st.text(TEXT, min_size=30, max_size=200).filter(str.strip)
ACTIONS = st.builds(
    SupportQueueAction,
    priority=st.sampled_from(environment().tasks.vocabulary.priorities),
    queue=st.sampled_from(environment().tasks.vocabulary.queues),
    disposition=st.sampled_from(environment().tasks.vocabulary.dispositions),
    summary=WORDS,
    response=WORDS,
    confidence=st.floats(0, 1),
    metadata=st.dictionaries(st.text(TEXT), st.integers() | st.text(TEXT)),
)
NAMES = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=64)
OPTIONS = st.builds(
    ResetOptions,
    task_id=st.none() | NAMES,
    seed=st.none() | st.integers(0, 2**63 - 1),
    episode_id=st.none() | WORDS,
    rubric=st.none() | NAMES,
    feedback=st.sampled_from(["scores", "full", "none"]),
    rewards=st.sampled_from(["per_ticket", "terminal"]),
)


def faults(value: object, cls: type) -> list[str]:
    """What is wrong with `value`, as people read it."""
    with pytest.raises(InvalidInput) as refused:
        structure(value, cls, "value")
    return sorted(map(str, refused.value.faults))


@given(ACTIONS)
def test_actions_round_trip(action: SupportQueueAction) -> None:
    """An action survives being taken apart and put together."""
    plain = unstructure(action)

    assert action == structure(plain, SupportQueueAction, "action")
    assert action == structure_action(plain, environment().tasks.vocabulary)
    assert plain == unstructure(structure(plain, SupportQueueAction, "action"))


@given(OPTIONS)
def test_options_round_trip(options: ResetOptions) -> None:
    """Reset options survive, too, and none of them is taken for unknown."""
    assert (options, ()) == read_reset_options(unstructure(options))


def test_tickets_and_cards_round_trip() -> None:
    """What the classic tasks send is what a client rebuilds."""
    for case in cases():
        assert case.ticket == structure(unstructure(case.ticket), Ticket, "ticket")
    for each in environment().tasks:
        assert each.card == structure(unstructure(each.card), TaskCard, "card")


def test_an_empty_state_round_trips() -> None:
    """The state before the first reset is a value like any other."""
    state = SupportQueueState()

    assert state == structure(unstructure(state), SupportQueueState, "state")


def test_defaults() -> None:
    """Confidence and metadata may be left out."""
    action = structure(without("confidence"), SupportQueueAction, "action")

    assert (0.5, {}) == (action.confidence, action.metadata)


def test_a_whole_number_may_be_a_confidence() -> None:
    """JSON does not tell 1 from 1.0, and neither do we."""
    action = structure(ACTION | {"confidence": 1}, SupportQueueAction, "action")

    assert 1.0 == action.confidence
    assert isinstance(action.confidence, float)


def test_every_fault_at_once() -> None:
    """One error lists each broken rule with its path and without the value."""
    bad = without("queue") | {
        "priority": 1,
        "summary": "secret!",
        "response": None,
        "confidence": True,
        "metadata": "secret",
        "mood": "secret",
    }

    assert [
        "expected a number, found a boolean @ $.confidence",
        "expected an object, found text @ $.metadata",
        "expected at least 8 characters, found 7 @ $.summary",
        "expected text, found a whole number @ $.priority",
        "expected text, found null @ $.response",
        "required field missing @ $.queue",
        "unknown key @ $.mood",
    ] == faults(bad, SupportQueueAction)


def test_faults_inside_arrays_and_objects() -> None:
    """Paths lead through arrays by index and through objects by name."""
    state = {
        "processed_ticket_ids": ["a", 1, "c", None],
        "action_history": [ACTION, ACTION | {"summary": 5}],
        "task": {"task_id": "", "split": "all"},
        "grading_history": [
            {"ticket_id": "x", "reward": 2, "components": {"queue": "half"}}
        ],
    }
    found = faults(state, SupportQueueState)

    for path in (
        "$.processed_ticket_ids[1]",
        "$.processed_ticket_ids[3]",
        "$.action_history[1].summary",
        "$.task.task_id",
        "$.task.title",
        "$.task.split",
        "$.grading_history[0].reward",
    ):
        assert any(line.endswith(f"@ {path}") for line in found), path
    assert any("components" in line for line in found)


@pytest.mark.parametrize("value", [None, 1, "text", [], [ACTION], True])
def test_what_is_no_object(value: object) -> None:
    """A class is made of an object and of nothing else."""
    assert ["expected an object @ $"] == faults(value, SupportQueueAction)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"seed": "5"}, "expected a whole number, found text @ $.seed"),
        ({"seed": 5.0}, "expected a whole number, found a number @ $.seed"),
        ({"seed": True}, "expected a whole number, found a boolean @ $.seed"),
        ({"seed": -1}, "expected at least 0 @ $.seed"),
        ({"task_id": 1}, "expected text, found a whole number @ $.task_id"),
        ({"episode_id": []}, "expected text, found an array @ $.episode_id"),
        ({"episode_id": ""}, "expected at least 1 characters, found 0 @ $.episode_id"),
        ({"rubric": {}}, "expected text, found an object @ $.rubric"),
        ({"feedback": 1}, "expected one of scores, full, none @ $.feedback"),
        ({"rewards": "x"}, "expected one of per_ticket, terminal @ $.rewards"),
    ],
)
def test_no_guessing(changes: dict[str, Any], expected: str) -> None:
    """Text is no number, a number no text, and true is not 1."""
    assert [expected] == faults(changes, ResetOptions)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 10**400])
def test_numbers_that_no_float_holds(value: float) -> None:
    """NaN, infinities and integers beyond floats are refused, wherever they stand."""
    feedback = {"ticket_id": "x", "reward": value}

    assert ["expected a finite number @ $.confidence"] == faults(
        ACTION | {"confidence": value}, SupportQueueAction
    )
    assert ["expected a finite number @ $.reward"] == faults(feedback, Feedback)


def test_labels_come_from_the_vocabulary() -> None:
    """A label that the task does not know is refused with those it knows."""
    vocabulary = task("easy_inbox_cleanup").vocabulary
    with pytest.raises(InvalidInput) as refused:
        structure_action(ACTION | {"queue": "nowhere"}, vocabulary)

    assert str(refused.value) == (
        f"invalid action: expected one of {', '.join(vocabulary.queues)} @ $.queue"
    )


def test_many_faults_are_counted() -> None:
    """The error lists twenty and says how many more there are."""
    extra = {f"key{number:02}": 1 for number in range(50)}
    with pytest.raises(InvalidInput) as refused:
        structure(ACTION | extra, SupportQueueAction, "action")

    assert 50 == len(refused.value.faults)
    assert str(refused.value).endswith("; and 30 more")


@given(st.recursive(st.none() | st.integers() | st.floats() | st.text(), st.lists))
def test_any_value_is_an_option_or_a_fault(value: Any) -> None:
    """Nothing but our own error comes of strange options."""
    with suppress(InvalidInput):
        options, ignored = read_reset_options({"seed": value, "rubric": value, "x": 1})

        assert isinstance(options, ResetOptions)
        assert ("x",) == ignored
