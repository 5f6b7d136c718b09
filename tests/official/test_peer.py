"""The server that ours is measured against does the same work."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from answers import ACTION, oracle, task, varied
from attrs import fields
from plays import TASK_IDS
from socket_client import SocketClient
from twin_process import peer_process

from support_queue_env.core.conversion import unstructure
from support_queue_env.core.session import Session
from support_queue_env.environment import load_environment
from support_queue_env.models import Feedback, ResetOptions, SupportQueueObservation


@pytest.fixture(scope="module")
def peer() -> Iterator[str]:
    """The base URL of openenv's own server with the classic tasks."""
    with peer_process() as url:
        yield url


def ours(task_id: str, actions: list[Any]) -> list[Any]:
    """Our observations of an episode, the first before any action."""
    session = Session(load_environment())
    seen = [session.reset(ResetOptions(task_id=task_id))]
    seen += [session.step(session.read_action(action)) for action in actions]
    return [unstructure(observation) for observation in seen]


def theirs(url: str, task_id: str, actions: list[Any]) -> list[Any]:
    """The peer's replies in such an episode."""
    with SocketClient(url) as client:
        replies = [client.say(type="reset", data={"task_id": task_id})]
        replies += [client.say(type="step", data=action) for action in actions]
    return [reply["data"] for reply in replies]


def rewards(seen: list[Any]) -> list[float]:
    """What each ticket earned."""
    return [observation["reward"] for observation in seen[1:]]


@pytest.mark.parametrize("task_id", TASK_IDS)
def test_the_oracle(peer: str, task_id: str) -> None:
    """The right answers earn 1 each from both, and the episode ends at the same step."""
    actions = oracle(task_id)
    one, other = ours(task_id, actions), theirs(peer, task_id, actions)

    assert pytest.approx([1.0] * len(actions)) == rewards(other)
    assert rewards(one) == pytest.approx(rewards(other))
    assert [seen["done"] for seen in one] == [seen["done"] for seen in other]


@pytest.mark.parametrize("task_id", TASK_IDS)
def test_other_actions(peer: str, task_id: str) -> None:
    """Whatever is right or wrong about labels, words and manners, both pay the same."""
    plays = [varied(task_id, variant) for variant in range(1, 24)]
    plays += [[ACTION] * len(plays[0]), unsafe(task_id), halved(task_id)]

    for actions in plays:
        expected = pytest.approx(rewards(ours(task_id, actions)), abs=1e-12)

        assert expected == rewards(theirs(peer, task_id, actions))


@pytest.mark.parametrize("task_id", TASK_IDS)
def test_what_is_sent(peer: str, task_id: str) -> None:
    """Observations have the same fields and, within a twentieth, the same size."""
    actions = halved(task_id)
    for one, other in zip(
        ours(task_id, actions), theirs(peer, task_id, actions), strict=True
    ):
        observed = other["observation"]
        envelope = {"done", "reward"}

        assert {a.name for a in fields(SupportQueueObservation)} - envelope == {
            *observed
        }
        assert one["ticket"] == observed["ticket"]
        assert one["instructions"] == observed["instructions"]
        if feedback := observed["last_feedback"]:
            assert {a.name for a in fields(Feedback)} == {*feedback}
            assert one["last_feedback"]["reasons"] == feedback["reasons"]
        assert 0.95 < len(json.dumps(observed)) / len(json.dumps(one)) < 1.05


def unsafe(task_id: str) -> list[Any]:
    """The right answers, each with a phrase that the ticket disallows."""
    phrases = [case.gold.disallowed_phrases[0] for case in task(task_id).cases]
    return [
        action | {"response": f"{action['response']} {phrase.upper()}"}
        for action, phrase in zip(oracle(task_id), phrases, strict=True)
    ]


def halved(task_id: str) -> list[Any]:
    """The right answers with half of each text."""
    return [
        action
        | {
            name: action[name][: len(action[name]) // 2]
            for name in ("summary", "response")
        }
        for action in oracle(task_id)
    ]
