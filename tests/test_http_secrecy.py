"""What an agent can fetch holds no truth before the ticket is graded."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from answers import ACTION, TASKS, cases, task
from attrs import asdict


DOCUMENTS = (
    "/",
    "/tasks",
    "/schema",
    "/metadata",
    "/rubric",
    "/rubric?name=strict",
    "/openapi.json",
    "/state",
)
GOLD_FIELDS = {
    "summary_keywords",
    "response_keywords",
    "disallowed_phrases",
    "reference_summary",
    "reference_response",
    "summary_slots",
    "response_acts",
    "foreign_slots",
    "unsafe",
}
LABELS = ("priority", "queue", "disposition")


def values(value: Any) -> Iterator[Any]:
    """Every value in a JSON document, the document first."""
    yield value
    children = value.values() if isinstance(value, dict) else value
    if isinstance(value, dict | list):
        for child in children:
            yield from values(child)


def keys(value: Any) -> set[str]:
    """Every key in a JSON document."""
    return {key for part in values(value) if isinstance(part, dict) for key in part}


def truths() -> Iterator[tuple[str, Any]]:
    """What only the gold holds: texts that no page may have, lists no document."""
    visible = json.dumps(
        [asdict(c.ticket) for c in cases()]
        + [asdict(task(task_id).card) for task_id in TASKS]
        + [ACTION]
    ).casefold()
    for case in cases():
        gold = case.gold
        yield "text", gold.reference_summary
        yield "text", gold.reference_response
        yield "list", list(gold.summary_keywords)
        yield "list", list(gold.response_keywords)
        for statement in (*gold.summary_slots, *gold.response_acts):
            yield "list", list(statement.says)
        for phrase in gold.disallowed_phrases:
            if phrase.casefold() not in visible:
                yield "text", phrase


def leaks(document: Any) -> list[str]:
    """The truths that a document gives away."""
    parts = list(values(document))
    texts = [part.casefold() for part in parts if isinstance(part, str)]
    texts += [key.casefold() for key in keys(document)]
    found = [
        str(truth)
        for kind, truth in truths()
        if (kind == "list" and truth in parts)
        or (kind == "text" and any(truth.casefold() in text for text in texts))
    ]
    return found + sorted(GOLD_FIELDS & keys(document))


def play(http: httpx.Client, task_id: str, feedback: str) -> Iterator[Any]:
    """Every document of an episode: reset, and after each step observation and state."""
    start = {"task_id": task_id, "feedback": feedback, "episode_id": feedback}
    yield http.post("/reset", json=start).raise_for_status().json()
    for _ in range(TASKS[task_id]):
        yield http.get(f"/state?episode_id={feedback}").raise_for_status().json()
        yield (
            http.post(f"/step?episode_id={feedback}", json=ACTION)
            .raise_for_status()
            .json()
        )
    yield http.get(f"/state?episode_id={feedback}").raise_for_status().json()


def feedbacks(document: Any) -> list[Any]:
    """Every feedback in a document."""
    return [p for p in values(document) if isinstance(p, dict) and "raw_reward" in p]


def test_there_are_truths_to_look_for() -> None:
    """The search has something to find, and finds it in a gold record."""
    gold = json.loads(json.dumps([asdict(case.gold) for case in cases()]))

    assert len(leaks(gold)) >= 4 * len(cases())


@pytest.mark.parametrize("path", DOCUMENTS)
def test_no_document_holds_the_truth(http: httpx.Client, path: str) -> None:
    """Nothing that can be fetched without playing says how tickets are graded."""
    http.post("/reset").raise_for_status()  # others play here, fully told of theirs

    assert [] == leaks(http.get(path).raise_for_status().json())


@pytest.mark.parametrize("feedback", ["scores", "none"])
@pytest.mark.parametrize("task_id", TASKS)
def test_an_episode_does_not_hold_the_truth(
    http: httpx.Client, task_id: str, feedback: str
) -> None:
    """Neither observation nor state says more than scores and reasons."""
    for document in play(http, task_id, feedback):
        assert [] == leaks(document)
        assert all(part["gold"] is None for part in feedbacks(document))


@pytest.mark.parametrize("task_id", TASKS)
def test_reasons_do_not_name_the_right_label(http: httpx.Client, task_id: str) -> None:
    """A reason says how far off a label was, not which one was right."""
    golds = [case.gold for case in task(task_id).cases]
    *_, state = play(http, task_id, "scores")
    for gold, feedback in zip(golds, state["grading_history"], strict=True):
        for name in LABELS:
            if ACTION[name] != getattr(gold, name):
                assert getattr(gold, name) not in feedback["reasons"][name]


@pytest.mark.parametrize("task_id", TASKS)
def test_no_feedback(http: httpx.Client, task_id: str) -> None:
    """With `feedback="none"` only the reward is told."""
    *_, state = play(http, task_id, "none")

    assert TASKS[task_id] == len(state["grading_history"])
    for feedback in state["grading_history"]:
        assert feedback["raw_reward"] is None
        assert {} == feedback["components"] == feedback["scores"] == feedback["reasons"]
        assert 0 <= feedback["reward"] <= 1


@pytest.mark.parametrize("task_id", TASKS)
def test_full_feedback_after_grading_only(http: httpx.Client, task_id: str) -> None:
    """With `feedback="full"` the labels come with the grade, never before it."""
    golds = [
        json.loads(json.dumps(asdict(case.gold.labels))) for case in task(task_id).cases
    ]
    for document in play(http, task_id, "full"):
        observation = document.get("observation", document)
        graded = observation["current_index"]
        known = [part["gold"] for part in feedbacks(document)]

        assert [] == leaks(document)
        if "grading_history" in observation:
            assert golds[:graded] == known
        else:
            assert golds[max(graded - 1, 0) : graded] == known


@pytest.mark.parametrize("task_id", TASKS)
def test_components_sum_to_the_raw_reward(http: httpx.Client, task_id: str) -> None:
    """Scores show how the reward came about."""
    *_, state = play(http, task_id, "scores")
    for feedback in state["grading_history"]:
        total = sum(feedback["components"].values())

        assert pytest.approx(feedback["raw_reward"]) == total
        assert pytest.approx(max(0.0, total)) == feedback["reward"]
        assert set(feedback["scores"]) == set(feedback["reasons"])
