"""A server, its restarts included, against a model of it that is a dictionary.

The model knows nothing of HTTP, sockets, files or threads: episodes by id, each a
session of the core. The server has to be told apart from it by nothing but its speed.
"""

import json
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
from answers import ACTION, TASKS, environment, oracle, varied
from attrs import define, field
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from server_process import embedded_server
from socket_client import SocketClient
from websockets.exceptions import ConnectionClosed

from support_queue_env.core.conversion import unstructure
from support_queue_env.core.documents import encode_document
from support_queue_env.core.errors import EpisodeError, InvalidInput
from support_queue_env.core.session import Session, read_reset_options
from support_queue_env.server.wire import http_observation, socket_observation


Answer = tuple[int, Any]
"""A status of HTTP, and the body if it is 200."""

IDS = (
    "plain",
    "Plain",
    "../../etc/passwd",
    "C:\\episode.db",
    "'; drop table episodes; --",
    "two words\tand a tab",
    "nul \0 and more",
    "\u00e9\u4e2d\U0001f44b",
    "x" * 255,
)
REQUESTS = ("first", "second", "\0", "y" * 255)
BAD_ACTIONS: tuple[Any, ...] = (
    {},
    ACTION | {"priority": "P0"},
    ACTION | {"queue": None},
    ACTION | {"summary": "short"},
    ACTION | {"confidence": 2},
    ACTION | {"mood": "good"},
)
SOCKETS = 2


def plain(value: Any) -> Any:
    """A value as it arrives after a trip over the wire."""
    return json.loads(encode_document(value))


@define
class Game:
    """An episode, and what its named requests were answered."""

    session: Session
    answers: dict[str, Any] = field(factory=dict)

    def state(self) -> Any:
        """What `GET /state` says."""
        return plain(unstructure(self.session.state))

    def step(self, action: Any, request_id: str | None) -> Answer:
        """What `POST /step` says."""
        if request_id in self.answers:
            return 200, self.answers[request_id]
        try:
            observation = self.session.step(self.session.read_action(action))
        except InvalidInput:
            return 422, None
        except EpisodeError:
            return 409, None
        answer = plain(http_observation(observation))
        if request_id is not None:
            self.answers[request_id] = answer
        return 200, answer


def started(options: dict[str, Any]) -> tuple[Game, Any]:
    """A game, and the observation that it begins with."""
    session = Session(environment())
    known, ignored = read_reset_options(options)
    return Game(session), session.reset(known, ignored)


class Served(RuleBasedStateMachine):
    """Says the same to the server and to the model, and compares."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.games: dict[str, Game] = {}
        self.unnamed: Game | None = None
        self.played: list[Game] = []
        self.running = ExitStack()

    @initialize()
    def start(self) -> None:
        """A server on a store of its own, and two WebSockets."""
        url = f"sqlite:///{Path(self.folder.name)}/episodes.db"
        self.url = self.running.enter_context(
            embedded_server(database_url=url, durability="normal")
        )
        self.http = self.running.enter_context(
            httpx.Client(base_url=self.url, trust_env=False, timeout=30)
        )
        self.sockets = [
            self.running.enter_context(SocketClient(self.url)) for _ in range(SOCKETS)
        ]
        self.played = [Game(Session(environment())) for _ in range(SOCKETS)]

    def teardown(self) -> None:
        """End the server; the store goes with it."""
        self.running.close()
        self.folder.cleanup()

    @rule()
    def restart(self) -> None:
        """HTTP episodes outlive the server. Connections, and what has no name, do not."""
        sockets = self.sockets
        self.running.pop_all().close()
        for client in sockets:
            with pytest.raises(ConnectionClosed):
                client.say(type="state")
        self.unnamed = None
        self.start()

    @rule(
        episode_id=st.sampled_from(IDS),
        task_id=st.sampled_from(list(TASKS)),
        seed=st.none() | st.integers(0, 2**63 - 1),
        feedback=st.sampled_from(["scores", "full", "none"]),
        rewards=st.sampled_from(["per_ticket", "terminal"]),
    )
    def reset(self, episode_id: str, **options: Any) -> None:
        """An id that repeats means the newer episode from now on."""
        game, observation = started(options | {"episode_id": episode_id})
        reply = self.http.post("/reset", json=options | {"episode_id": episode_id})

        assert (200, plain(http_observation(observation))) == answer(reply)
        self.games[episode_id] = game

    @rule(task_id=st.sampled_from(list(TASKS)))
    def reset_without_a_name(self, task_id: str) -> None:
        """The server invents an id; steps without one mean this episode."""
        status, body = answer(self.http.post("/reset", json={"task_id": task_id}))
        episode_id = body["observation"]["info"]["episode_id"]
        game, observation = started({"task_id": task_id, "episode_id": episode_id})

        assert (200, plain(http_observation(observation))) == (status, body)
        self.games[episode_id] = self.unnamed = game

    @rule(episode_id=st.sampled_from(IDS), seed=st.sampled_from([-1, "x", True, 2**63]))
    def reset_badly(self, episode_id: str, seed: Any) -> None:
        """A refused reset leaves the episode of that id as it is."""
        options = {"episode_id": episode_id, "seed": seed}

        assert 422 == self.http.post("/reset", json=options).status_code

    @rule(
        episode_id=st.none() | st.sampled_from(IDS),
        variant=st.integers(0, 31) | st.none(),
        request_id=st.none() | st.sampled_from(REQUESTS),
    )
    def step(
        self, episode_id: str | None, variant: int | None, request_id: str | None
    ) -> None:
        """A valid answer, perhaps one too many, perhaps a request that repeats."""
        game = self.unnamed if episode_id is None else self.games.get(episode_id)
        self.ask(episode_id, next_action(game, variant), request_id, game)

    @rule(
        episode_id=st.none() | st.sampled_from(IDS),
        action=st.sampled_from(BAD_ACTIONS),
        request_id=st.none() | st.sampled_from(REQUESTS),
    )
    def step_badly(
        self, episode_id: str | None, action: Any, request_id: str | None
    ) -> None:
        """An invalid answer changes nothing, and its request id stays free."""
        game = self.unnamed if episode_id is None else self.games.get(episode_id)
        self.ask(episode_id, action, request_id, game)

    @rule(number=st.integers(0, SOCKETS - 1), task_id=st.sampled_from(list(TASKS)))
    def reset_by_socket(self, number: int, task_id: str) -> None:
        """An episode of a connection, under an id that HTTP episodes have, too."""
        options = {"task_id": task_id, "episode_id": IDS[number]}
        game, observation = started(options)
        reply = self.sockets[number].say(type="reset", data=options)

        assert plain(socket_observation(observation)) == reply
        self.played[number] = game

    @rule(number=st.integers(0, SOCKETS - 1), variant=st.none() | st.integers(0, 31))
    def step_by_socket(self, number: int, variant: int | None) -> None:
        """A valid answer over the WebSocket."""
        game = self.played[number]
        action = next_action(game, variant)
        status, body = game.step(action, None)
        reply = self.sockets[number].say(type="step", data=action)

        assert (status == 200) == (reply["type"] == "observation")
        if status == 200:
            assert body["reward"] == reply["data"]["reward"]
            assert body["observation"] == reply["data"]["observation"]

    @rule(number=st.integers(0, SOCKETS - 1), action=st.sampled_from(BAD_ACTIONS))
    def step_badly_by_socket(self, number: int, action: Any) -> None:
        """An invalid answer over the WebSocket."""
        reply = self.sockets[number].say(type="step", data=action)

        assert "VALIDATION_ERROR" == reply["data"]["code"]

    @precondition(lambda self: self.games)
    @invariant()
    def http_states_agree(self) -> None:
        """Every HTTP episode is where the model has it."""
        for episode_id, game in self.games.items():
            reply = self.http.get("/state", params={"episode_id": episode_id})

            assert (200, game.state()) == answer(reply)

    @invariant()
    def socket_states_agree(self) -> None:
        """So is that of every connection."""
        for client, game in zip(self.sockets, self.played, strict=True):
            assert game.state() == client.state()

    def ask(
        self,
        episode_id: str | None,
        action: Any,
        request_id: str | None,
        game: Game | None,
    ) -> None:
        """A step over HTTP, compared."""
        options = {"episode_id": episode_id, "request_id": request_id}
        body = {k: v for k, v in options.items() if v is not None}
        reply = self.http.post("/step", json=body | {"action": action})
        if game is not None:
            expected = game.step(action, request_id)
        else:
            expected = (409 if episode_id is None else 404), None

        assert expected == answer(reply)


def next_action(game: Game | None, variant: int | None) -> Any:
    """What a policy would answer next; None: the oracle."""
    episode = game.session.episode if game else None
    if episode is None or episode.done:
        return ACTION
    task_id = episode.task.task_id
    answers = oracle(task_id) if variant is None else varied(task_id, variant)
    return answers[len(episode.graded)]


def answer(reply: httpx.Response) -> Answer:
    """What the model is compared with."""
    return reply.status_code, reply.json() if reply.status_code == 200 else None


def test_a_server_is_what_its_model_is() -> None:
    """Whatever is asked in whatever order, restarts in between, the two agree."""
    run_state_machine_as_test(
        Served,
        settings=settings(
            max_examples=4,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
