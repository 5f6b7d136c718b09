"""HTTP episodes that two servers on one log share, as after a restart or beside it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from attrs import evolve
from memory_log import MemoryLog
from websockets.sync.client import connect

from support_queue_env.core.documents import decode_document, encode_document
from support_queue_env.core.errors import EpisodeGone
from support_queue_env.environment import load_environment
from support_queue_env.server.application import create_application
from support_queue_env.server.running import embedded
from support_queue_env.server.settings import Settings


ACTION = {
    "priority": "P1",
    "queue": "billing",
    "disposition": "resolve",
    "summary": "A summary that is long enough",
    "response": "A reply that is long enough to be one",
}


@contextmanager
def server_on(log: MemoryLog, **settings: Any) -> Iterator[httpx.Client]:
    """A client of a server of its own that keeps its episodes in `log`."""
    chosen = Settings(port=0, **settings)
    environment = evolve(load_environment(), log=log)
    with (
        embedded(create_application(environment, chosen), chosen) as url,
        httpx.Client(base_url=url, trust_env=False, timeout=30) as client,
    ):
        yield client


def action_for(client: httpx.Client) -> dict[str, str]:
    """An action that the default task allows."""
    seen = client.post("/reset", json={"episode_id": "probe"}).json()["observation"]
    return ACTION | {
        "queue": seen["allowed_queues"][0],
        "disposition": seen["allowed_dispositions"][0],
    }


@pytest.fixture
def log() -> MemoryLog:
    """An empty log."""
    return MemoryLog()


@pytest.fixture
def pair(log: MemoryLog) -> Iterator[tuple[httpx.Client, httpx.Client]]:
    """Clients of two servers on one log."""
    with server_on(log) as one, server_on(log) as other:
        yield one, other


def test_an_episode_goes_on_at_another_server(
    pair: tuple[httpx.Client, httpx.Client],
) -> None:
    """State is equal there, steps count on, and the first server learns of them."""
    one, other = pair
    action = action_for(one)
    one.post("/reset", json={"episode_id": "e"})
    one.post("/step", json={"action": action, "episode_id": "e"})
    here = one.get("/state", params={"episode_id": "e"})
    there = other.get("/state", params={"episode_id": "e"})
    assert here.content == there.content
    last = other.post("/step", json={"action": action, "episode_id": "e"}).json()
    assert last["done"]
    state = one.get("/state", params={"episode_id": "e"}).json()
    assert state["done"]
    assert state["step_count"] == 2


def test_the_unnamed_episode_is_the_newest_of_the_run(
    pair: tuple[httpx.Client, httpx.Client],
) -> None:
    """Without an id, every worker means the one that was last reset without one."""
    one, other = pair
    action = action_for(one)
    assert other.get("/state").json()["episode_id"] is None
    first = one.post("/reset").json()["observation"]["info"]["episode_id"]
    assert other.get("/state").json()["episode_id"] == first
    second = other.post("/reset").json()["observation"]["info"]["episode_id"]
    one.post("/step", json={"action": action})
    state = other.get("/state").json()
    assert (state["episode_id"], state["step_count"]) == (second, 1)


def test_a_repeated_request_gets_the_stored_answer_anywhere(
    pair: tuple[httpx.Client, httpx.Client],
) -> None:
    """Also when the answer was lost with its server, and steps were made since."""
    one, other = pair
    action = action_for(one)
    one.post("/reset", json={"episode_id": "e", "task_id": "medium_sla_defense"})
    step = {"action": action, "episode_id": "e", "request_id": "r1"}
    answer = one.post("/step", json=step)
    assert other.post("/step", json=step).content == answer.content
    other.post("/step", json={**step, "request_id": "r2"})
    assert other.post("/step", json=step).content == answer.content
    assert one.post("/step", json=step).content == answer.content
    state = one.get("/state", params={"episode_id": "e"}).json()
    assert state["step_count"] == 2


def test_concurrent_steps_on_two_servers_grade_each_ticket_once(
    pair: tuple[httpx.Client, httpx.Client], log: MemoryLog
) -> None:
    """Of 24 steps, exactly as many are graded as the log holds; losers get 409."""
    one, other = pair
    action = action_for(one)
    one.post("/reset", json={"episode_id": "e", "task_id": "hard_exec_escalations"})
    body = {"action": action, "episode_id": "e"}
    with ThreadPoolExecutor(12) as pool:
        answers = list(
            pool.map(lambda c: c.post("/step", json=body).status_code, [*pair] * 12)
        )
    assert set(answers) <= {200, 409}
    (stored,) = (e for e in log.episodes.values() if e.episode_id == "e")
    assert answers.count(200) == len(stored.steps)
    state = other.get("/state", params={"episode_id": "e"}).json()
    assert state["step_count"] == len(stored.steps)


def test_an_id_that_repeats_means_its_newest_episode(
    pair: tuple[httpx.Client, httpx.Client], log: MemoryLog
) -> None:
    """The older one stays in the log, and nothing is added to it."""
    one, other = pair
    action = action_for(one)
    body = {"action": action, "episode_id": "e"}
    one.post("/reset", json={"episode_id": "e"})
    one.post("/step", json=body)
    other.post("/reset", json={"episode_id": "e"})
    assert one.get("/state", params={"episode_id": "e"}).json()["step_count"] == 0
    one.post("/step", json=body)
    counts = [len(e.steps) for e in log.episodes.values() if e.episode_id == "e"]
    assert counts == [1, 1]


def test_a_log_that_fails_refuses_and_changes_nothing(log: MemoryLog) -> None:
    """503 over HTTP with the same episode afterwards; the reason stays inside."""
    with server_on(log) as client:
        action = action_for(client)
        client.post("/reset", json={"episode_id": "e"})
        body = {"action": action, "episode_id": "e", "request_id": "r"}
        log.problem = "disk /secret/place is full"
        refused = client.post("/step", json=body)
        assert refused.status_code == 503
        assert "secret" not in refused.text
        assert client.post("/reset").status_code == 503
        assert client.get("/state", params={"episode_id": "e"}).status_code == 503
        log.problem = ""
        assert client.post("/step", json=body).status_code == 200
        state = client.get("/state", params={"episode_id": "e"}).json()
        assert state["step_count"] == 1


def test_a_log_that_fails_is_an_error_frame_on_a_websocket(log: MemoryLog) -> None:
    """The episode lives on, and the same step is graded once the log is back."""
    with server_on(log) as client:
        action = action_for(client)
        url = str(client.base_url).replace("http", "ws").rstrip("/") + "/ws"
        with connect(url, proxy=None) as socket:

            def ask(**message: object) -> Any:
                socket.send(encode_document(message).decode())
                return decode_document(socket.recv(timeout=30))

            ask(type="reset", data={})
            log.problem = "disk /secret/place is full"
            refused = ask(type="step", data=action)
            assert refused["data"]["code"] == "EXECUTION_ERROR"
            assert "secret" not in str(refused)
            log.problem = ""
            assert ask(type="step", data=action)["data"]["reward"] is not None
            assert ask(type="state")["data"]["step_count"] == 1


def test_an_episode_of_a_changed_rubric_is_a_conflict(log: MemoryLog) -> None:
    """It is told why; other episodes are not touched."""
    with server_on(log) as client:
        client.post("/reset", json={"episode_id": "e"})
    (key,) = log.episodes
    log.episodes[key] = evolve(log.episodes[key], rubric_digest="0" * 64)
    with server_on(log) as client:
        refused = client.get("/state", params={"episode_id": "e"})
        assert refused.status_code == 409
        assert "rubric scores differently" in refused.json()["detail"]


def test_what_memory_dropped_the_log_still_has(log: MemoryLog) -> None:
    """`--max-episodes` bounds memory; with a log no episode is lost by it."""
    with server_on(log, max_episodes=1) as client:
        for name in ("a", "b", "c"):
            client.post("/reset", json={"episode_id": name})
        for name in ("a", "b", "c"):
            state = client.get("/state", params={"episode_id": name}).json()
            assert state["episode_id"] == name


def test_an_episode_of_a_websocket_cannot_be_joined_over_http(log: MemoryLog) -> None:
    """It lives and dies with its connection."""
    with server_on(log) as client:
        url = str(client.base_url).replace("http", "ws").rstrip("/") + "/ws"
        with connect(url, proxy=None) as socket:
            socket.send('{"type": "reset", "data": {"episode_id": "socket"}}')
            socket.recv(timeout=30)
            found = client.get("/state", params={"episode_id": "socket"})
            assert found.status_code == 404
    assert [episode.source for episode in log.episodes.values()] == ["websocket"]


def test_a_step_of_an_episode_that_was_pruned_meanwhile(
    log: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trying again is of no use, so nobody is told to."""

    async def gone(*_: object) -> None:
        raise EpisodeGone

    with server_on(log) as client:
        action = action_for(client)
        client.post("/reset", json={"episode_id": "e"})
        monkeypatch.setattr(MemoryLog, "append_async", gone)
        step = {"episode_id": "e", "action": action}
        refused = client.post("/step", json=step)
    assert refused.status_code == 404
    assert refused.json()["detail"] == (
        "the episode is no longer kept: call reset to start another"
    )
