"""Library, HTTP and WebSocket are one environment: told the same, they say the same."""

import json
from itertools import count
from typing import Any

import httpx
from answers import ACTION, TASKS, environment, oracle, varied
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from socket_client import SocketClient

from support_queue_env.core.conversion import unstructure
from support_queue_env.core.documents import encode_document
from support_queue_env.core.errors import EpisodeError, InvalidInput, UnknownName
from support_queue_env.core.session import Session, read_reset_options
from support_queue_env.server.wire import error_entries


BAD_ACTIONS: list[Any] = [
    {},
    ACTION | {"priority": "P0"},
    ACTION | {"queue": None},
    ACTION | {"summary": "short", "response": 7},
    ACTION | {"confidence": "high"},
    ACTION | {"mood": "good", "metadata": []},
]
BAD_OPTIONS: list[dict[str, Any]] = [
    {"seed": -1},
    {"task_id": "no_such_task"},
    {"rubric": "no-such-rubric"},
    {"feedback": "all", "rewards": "none"},
]
Outcome = dict[str, Any]


class Agreement(RuleBasedStateMachine):
    """Drives the three side by side; each rule compares what they answer."""

    numbers = count()

    def __init__(self, server: str) -> None:
        super().__init__()
        self.session = Session(environment())
        self.socket = SocketClient(server)
        self.http = httpx.Client(base_url=server, trust_env=False, timeout=30)
        self.episode_id = ""
        self.task_id = ""
        self.turn = 0

    def teardown(self) -> None:
        """End both connections."""
        self.socket.close()
        self.http.close()

    @initialize()
    def begin(self) -> None:
        """HTTP and WebSocket differ only before the first reset."""
        self.start("easy_inbox_cleanup", None, "scores", "per_ticket")

    @rule(
        task_id=st.sampled_from(list(TASKS)),
        seed=st.none() | st.integers(0, 2**63 - 1),
        feedback=st.sampled_from(["scores", "full", "none"]),
        rewards=st.sampled_from(["per_ticket", "terminal"]),
    )
    def start(
        self, task_id: str, seed: int | None, feedback: str, rewards: str
    ) -> None:
        """A reset with options."""
        self.task_id, self.turn = task_id, 0
        self.episode_id = f"agreement-{next(self.numbers)}"
        self.reset(
            {
                "task_id": task_id,
                "seed": seed,
                "feedback": feedback,
                "rewards": rewards,
                "episode_id": self.episode_id,
                "prompt": "of no interest here",
            }
        )

    @rule(options=st.sampled_from(BAD_OPTIONS))
    def start_badly(self, options: dict[str, Any]) -> None:
        """A reset that is refused leaves the episode running."""
        self.reset(options | {"episode_id": self.episode_id})

    @rule(variant=st.integers(0, 31), nested=st.booleans())
    def answer(self, variant: int, nested: bool) -> None:
        """A step with the oracle's answer, more or less; perhaps one too many."""
        answers = [*varied(self.task_id, variant), ACTION]
        outcome = self.step(answers[min(self.turn, len(answers) - 1)], nested=nested)
        self.turn += "observation" in outcome

    @rule(nested=st.booleans())
    def finish(self, nested: bool) -> None:
        """The rest of the episode at once."""
        for action in oracle(self.task_id)[self.turn :]:
            self.step(action, nested=nested)
        self.turn = TASKS[self.task_id]

    @rule(action=st.sampled_from(BAD_ACTIONS), nested=st.booleans())
    def answer_badly(self, action: Any, nested: bool) -> None:
        """A step that is refused, for the same reasons everywhere."""
        self.step(action, nested=nested or not action)

    @invariant()
    def states_agree(self) -> None:
        """After each call the three are in one state."""
        expected = plain(self.session.state)
        reply = self.http.get("/state", params={"episode_id": self.episode_id})

        assert expected == reply.json()
        assert expected == self.socket.state()

    def reset(self, options: dict[str, Any]) -> None:
        """Reset all three and compare."""
        expected, refusal = self.reset_library(options)
        by_socket = self.socket.say(type="reset", data=options)
        by_http = self.http.post("/reset", json=options)

        if refusal:
            assert refusal == by_socket["data"]["message"]
            assert 422 == by_http.status_code
        else:
            assert expected == from_socket(by_socket)
            assert expected == from_http(by_http)

    def reset_library(self, options: dict[str, Any]) -> tuple[Outcome, str]:
        """Reset the session of this process: an observation, or why there is none."""
        try:
            known, ignored = read_reset_options(options)
            return seen(plain(self.session.reset(known, ignored))), ""
        except (InvalidInput, UnknownName) as error:
            return {}, error.public

    def step(self, action: Any, *, nested: bool) -> Outcome:
        """Step all three and compare; the outcome they agree on."""
        body = {"action": action} if nested else action
        by_http = from_http(
            self.http.post("/step", json=body | {"episode_id": self.episode_id})
        )
        by_socket = from_socket(self.socket.say(type="step", data=action))
        expected = self.step_library(action)

        assert expected == by_socket
        assert expected == by_http
        return expected

    def step_library(self, action: Any) -> Outcome:
        """Step the session of this process."""
        try:
            observation = self.session.step(self.session.read_action(action))
        except InvalidInput as error:
            return {"errors": error_entries(error.faults)}
        except EpisodeError as error:
            return {"conflict": error.public}
        return seen(plain(observation))


def plain(value: object) -> Any:
    """A value as it arrives after a trip over the wire."""
    return json.loads(encode_document(unstructure(value)))


def seen(observation: dict[str, Any]) -> Outcome:
    """An observation in the envelope of the WebSocket."""
    reward, done = observation.pop("reward"), observation.pop("done")
    return {"observation": observation, "reward": reward, "done": done}


def from_socket(reply: Any) -> Outcome:
    """What a WebSocket frame says."""
    data: Outcome = reply["data"]
    match data:
        case {"code": "VALIDATION_ERROR", "errors": errors}:
            return {"errors": errors}
        case {"code": "EXECUTION_ERROR", "message": message}:
            return {"conflict": message}
    return data


def from_http(reply: httpx.Response) -> Outcome:
    """What an HTTP reply says, without what only HTTP adds."""
    body: Outcome = reply.json()
    match reply.status_code:
        case 200:
            assert body.pop("metadata") is None
            return body
        case 409:
            return {"conflict": body["detail"]}
    assert 422 == reply.status_code
    for entry in body["detail"]:
        # A flat action stands in the body itself, and its faults say so.
        if entry["loc"][:1] == ["body"]:
            del entry["loc"][0]
    return {"errors": body["detail"]}


def test_library_http_and_websocket_agree(server: str) -> None:
    """The same calls give the same rewards, faults and states on every road."""

    class OnThatServer(Agreement):
        def __init__(self) -> None:
            super().__init__(server)

    run_state_machine_as_test(
        OnThatServer,
        settings=settings(
            max_examples=15,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
