"""The WebSocket protocol, message by message, on a server process."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from answers import ACTION, TASKS, environment, oracle, task, without
from attrs import evolve
from bad_frames import (
    FAILED,
    INVALID_JSON,
    INVALID_MESSAGE,
    UNKNOWN_TYPE,
    message,
    step,
)
from socket_client import SocketClient, error_of
from websockets.exceptions import InvalidStatus

from support_queue_env.core.session import Session
from support_queue_env.models import ResetOptions
from support_queue_env.server.wire import socket_observation


@pytest.fixture
def client(server: str) -> Iterator[SocketClient]:
    """A connection on which nothing was said yet."""
    with SocketClient(server) as client:
        yield client


@pytest.fixture
def player(client: SocketClient) -> SocketClient:
    """A connection in the middle of the medium task."""
    client.reset(task_id="medium_sla_defense", seed=3)
    client.step(ACTION)
    return client


@pytest.mark.parametrize("frame", INVALID_JSON.values(), ids=INVALID_JSON)
def test_a_frame_that_is_no_json_text(client: SocketClient, frame: str | bytes) -> None:
    """What is no JSON text gets INVALID_JSON, and says what the decoder said."""
    error = error_of(client.ask(frame))

    assert "INVALID_JSON" == error["code"]
    assert error["message"].startswith("Invalid JSON: ")
    assert {"code", "message"} == set(error)


@pytest.mark.parametrize("frame", UNKNOWN_TYPE.values(), ids=UNKNOWN_TYPE)
def test_a_message_of_no_known_type(client: SocketClient, frame: str) -> None:
    """A missing or strange type gets UNKNOWN_TYPE, whatever else is wrong."""
    error = error_of(client.ask(frame))

    assert "UNKNOWN_TYPE" == error["code"]
    assert error["message"].startswith("Unknown message type: ")
    assert {"code", "message"} == set(error)


def test_an_unknown_type_is_named(client: SocketClient) -> None:
    """A type that is a plain word stands in the message, anything else does not."""
    named = error_of(client.say(type="restart"))["message"]
    markup = error_of(client.say(type="<b>"))["message"]

    assert "Unknown message type: restart" == named
    assert "Unknown message type: " == markup


@pytest.mark.parametrize(
    ("frame", "type_", "loc"), INVALID_MESSAGE.values(), ids=INVALID_MESSAGE
)
def test_an_invalid_message(
    player: SocketClient, frame: str, type_: str, loc: list[str]
) -> None:
    """Each broken rule is listed with type, place and words, never with the value."""
    error = error_of(player.ask(frame))

    assert {"message", "code", "errors"} == set(error)
    assert ("VALIDATION_ERROR", "Invalid message") == (error["code"], error["message"])
    assert all({"type", "loc", "msg"} == set(entry) for entry in error["errors"])
    assert (type_, loc) in [(e["type"], e["loc"][: len(loc)]) for e in error["errors"]]


@pytest.mark.parametrize(
    "frame",
    [
        *INVALID_JSON.values(),
        *UNKNOWN_TYPE.values(),
        *(frame for frame, _, _ in INVALID_MESSAGE.values()),
        *FAILED.values(),
    ],
    ids=[*INVALID_JSON, *UNKNOWN_TYPE, *INVALID_MESSAGE, *FAILED],
)
def test_a_refused_frame_changes_nothing(
    player: SocketClient, frame: str | bytes
) -> None:
    """After any refused frame the episode is as it was, and goes on."""
    before = player.state()
    error_of(player.ask(frame))
    after = player.state()
    observation = player.step(ACTION)["observation"]

    assert before == after
    assert 2 == observation["current_index"]


def test_every_fault_is_reported_at_once(player: SocketClient) -> None:
    """One reply lists all that is wrong with an action."""
    action = without("queue") | {"priority": "P9", "confidence": 2, "mood": "good"}
    errors = error_of(player.say(type="step", data=action))["errors"]

    assert {"queue", "priority", "confidence", "mood"} == {e["loc"][0] for e in errors}


def test_the_envelope_comes_before_the_action(player: SocketClient) -> None:
    """With a bad key beside a bad action, only the key is reported."""
    errors = error_of(player.say(type="step", data={}, extra=1))["errors"]

    assert [["extra"]] == [entry["loc"] for entry in errors]


def test_a_step_before_the_first_reset(client: SocketClient) -> None:
    """A valid action without an episode is an EXECUTION_ERROR."""
    error = error_of(client.say(type="step", data=ACTION))

    assert "EXECUTION_ERROR" == error["code"]
    assert "call reset first" in error["message"]


def test_an_invalid_step_before_the_first_reset(client: SocketClient) -> None:
    """The action is looked at before the episode is."""
    error = error_of(client.say(type="step", data={}))

    assert "VALIDATION_ERROR" == error["code"]


def test_a_step_after_the_last_ticket(client: SocketClient) -> None:
    """A finished episode takes no step and keeps its state."""
    client.reset()
    for action in oracle("easy_inbox_cleanup"):
        client.step(action)
    before = client.state()
    error = error_of(client.say(type="step", data=ACTION))

    assert "EXECUTION_ERROR" == error["code"]
    assert "call reset" in error["message"]
    assert before == client.state()


def test_an_unknown_task_lists_the_tasks(client: SocketClient) -> None:
    """The message names every task there is, not the one that was asked for."""
    error = error_of(client.say(type="reset", data={"task_id": "no_such_task"}))

    assert "EXECUTION_ERROR" == error["code"]
    assert all(task_id in error["message"] for task_id in TASKS)
    assert "no_such_task" not in error["message"]


def test_an_invalid_option_says_where(client: SocketClient) -> None:
    """A reset option that breaks its rules is an EXECUTION_ERROR with entries."""
    error = error_of(client.say(type="reset", data={"seed": -1, "episode_id": 7}))

    assert "EXECUTION_ERROR" == error["code"]
    assert [["episode_id"], ["seed"]] == sorted(e["loc"] for e in error["errors"])


def test_a_state_before_the_first_reset(client: SocketClient) -> None:
    """The state of no episode is an empty one."""
    state = client.state()

    assert (None, 0, False) == (state["episode_id"], state["step_count"], state["done"])


def test_a_reset_without_data(client: SocketClient) -> None:
    """`data` may be left out of a reset; the first task is the default."""
    data = client.say(type="reset")["data"]

    assert "easy_inbox_cleanup" == data["observation"]["task_id"]


def test_unknown_options_are_let_through_and_named(client: SocketClient) -> None:
    """A trainer may send its whole data row; `info` names what was not used."""
    data = client.reset(prompt=[{"role": "user"}], seed=1, taskid="x")

    assert ["prompt", "taskid"] == data["observation"]["info"]["ignored_options"]


def test_long_option_names_are_cut(client: SocketClient) -> None:
    """However long an unknown option's name is, the reply stays small."""
    data = client.reset(**{"k" * 60_000: 1})
    (named,) = data["observation"]["info"]["ignored_options"]

    assert "k" * 32 == named


def test_reward_and_done_stand_beside_the_observation(client: SocketClient) -> None:
    """The envelope has reward and done; empty metadata stays inside only."""
    after_reset = client.reset()
    after_step = client.step(ACTION)

    for data in (after_reset, after_step):
        assert {"observation", "reward", "done"} == set(data)
        assert not {"reward", "done"} & set(data["observation"])
        assert {} == data["observation"]["metadata"]
    assert (None, False) == (after_reset["reward"], after_reset["done"])
    assert isinstance(after_step["reward"], float)


def test_metadata_stands_in_the_envelope_when_there_is_some() -> None:
    """Metadata that is not empty is found at both places."""
    observation = Session(environment()).reset(ResetOptions())
    frame = socket_observation(evolve(observation, metadata={"note": 1}))

    assert {"note": 1} == frame["data"]["metadata"]
    assert {"note": 1} == frame["data"]["observation"]["metadata"]


def test_frames_are_compact_json(client: SocketClient) -> None:
    """Replies carry no spaces between their parts."""
    client.send('{"type":"state"}')
    text = client.socket.recv()

    assert json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False) == (
        text
    )


@pytest.mark.parametrize("task_id", TASKS)
def test_a_whole_episode(client: SocketClient, task_id: str) -> None:
    """The oracle's answers earn 1.0 each, and the state keeps account."""
    client.reset(task_id=task_id, episode_id=f"whole-{task_id}", seed=11)
    replies = [client.step(action) for action in oracle(task_id)]
    state = client.state()

    assert [1.0] * TASKS[task_id] == [reply["reward"] for reply in replies]
    assert [False] * (TASKS[task_id] - 1) + [True] == [r["done"] for r in replies]
    assert replies[-1]["observation"]["ticket"] is None
    assert (f"whole-{task_id}", 11) == (state["episode_id"], state["seed"])
    assert (TASKS[task_id], True) == (state["step_count"], state["done"])
    assert (float(TASKS[task_id]), 1.0) == (
        state["cumulative_reward"],
        state["average_reward"],
    )
    assert state["processed_ticket_ids"] == [
        case.ticket.ticket_id for case in task(task_id).cases
    ]
    assert oracle(task_id) == state["action_history"]


def test_a_reset_starts_afresh(player: SocketClient) -> None:
    """Reset in the middle of an episode begins another one with a new id."""
    before = player.state()
    player.reset()
    after = player.state()

    assert 0 == after["step_count"]
    assert before["episode_id"] != after["episode_id"]


def test_messages_are_answered_in_order(client: SocketClient) -> None:
    """A client need not wait: replies come one per message, in order."""
    client.send(message("reset", {}))
    client.send("nonsense")
    client.send(step())
    client.send('{"type":"state"}')
    replies = [client.receive() for _ in range(4)]

    assert ["observation", "error", "observation", "state"] == [
        reply["type"] for reply in replies
    ]
    assert 1 == replies[-1]["data"]["step_count"]


@pytest.mark.parametrize("identity", [7, "seven", None])
def test_mcp_is_answered_in_jsonrpc(client: SocketClient, identity: object) -> None:
    """The reply to a JSON-RPC request is a JSON-RPC response with its id."""
    request = {"jsonrpc": "2.0", "id": identity, "method": "tools/list"}
    reply = client.say(type="mcp", data=request)

    assert "mcp" == reply["type"]
    assert ("2.0", identity) == (reply["data"]["jsonrpc"], reply["data"]["id"])


def test_close_is_not_answered(client: SocketClient) -> None:
    """`close` gets no frame; the server closes with 1000."""
    client.send('{"type":"close"}')

    assert 1000 == client.close_code()


def test_a_metadata_object_in_an_action_is_ignored(player: SocketClient) -> None:
    """OpenEnv's typed clients send `metadata` with every action."""
    metadata: dict[str, Any] = {"trace": [1, {"two": None}], "big": 10**30}
    reply = player.step(ACTION | {"metadata": metadata})

    assert 2 == reply["observation"]["current_index"]


def test_another_path_is_no_socket(server: str) -> None:
    """A handshake anywhere but at /ws is refused with 403."""
    with pytest.raises(InvalidStatus) as refused:
        SocketClient(server, "/elsewhere")

    assert 403 == refused.value.response.status_code
