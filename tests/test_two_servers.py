"""Two servers on one SQLite file: raced, asked twice, and with clocks that jump."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from answers import ACTION, TASKS, environment, oracle
from attrs import frozen
from server_process import embedded_server

from support_queue_env.core.session import Session, read_reset_options


TASK = "hard_exec_escalations"
IDS = (
    "plain",
    "../../etc/passwd",
    "/etc/passwd\0.db",
    "'; drop table steps; --",
    "%2e%2e%2f",
    "x" * 255,
)


@frozen
class Pair:
    """Clients of two servers that share a file."""

    one: httpx.Client
    other: httpx.Client

    def at_random(self, number: int) -> httpx.Client:
        """The one or the other."""
        return (self.one, self.other)[number % 2]


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """Two servers of one process, whose stores know nothing of each other."""
    with paired(tmp_path) as clients:
        yield clients


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Pair]:
    """The same, of one run, as workers of one server are."""
    with paired(tmp_path, run_id="one") as clients:
        yield clients


@contextmanager
def paired(tmp_path: Path, run_id: str | None = None) -> Iterator[Pair]:
    """Clients of two servers on one file."""
    shared = f"sqlite:///{tmp_path}/shared.db"
    with (
        embedded_server(run_id=run_id, database_url=shared) as here,
        embedded_server(run_id=run_id, database_url=shared) as there,
        httpx.Client(base_url=here, trust_env=False, timeout=30) as one,
        httpx.Client(base_url=there, trust_env=False, timeout=30) as other,
    ):
        yield Pair(one, other)


def reset(client: httpx.Client, episode_id: str, **options: Any) -> Any:
    """The body that answers a reset."""
    body = {"task_id": TASK, "episode_id": episode_id} | options
    return client.post("/reset", json=body).raise_for_status().json()


def step(client: httpx.Client, episode_id: str, **more: Any) -> httpx.Response:
    """The reply to a step."""
    body = {"action": ACTION, "episode_id": episode_id} | more
    return client.post("/step", json=body)


def state(client: httpx.Client, episode_id: str) -> Any:
    """An episode's state."""
    reply = client.get("/state", params={"episode_id": episode_id})
    return reply.raise_for_status().json()


def test_a_race_between_two_servers(pair: Pair) -> None:
    """Of 24 steps at once at both, each ticket is graded by exactly one."""
    reset(pair.one, "race")
    with ThreadPoolExecutor(24) as threads:
        replies = list(
            threads.map(lambda n: step(pair.at_random(n), "race"), range(24))
        )
    here, there = state(pair.one, "race"), state(pair.other, "race")
    graded = TASKS[TASK]

    assert {200: graded, 409: 24 - graded} == Counter(r.status_code for r in replies)
    assert here == there
    assert graded == here["step_count"] == len(set(here["processed_ticket_ids"]))


def test_one_request_at_two_servers(pair: Pair) -> None:
    """Sent to both at once, again and again, it is graded once and answered alike."""
    reset(pair.one, "asked")
    with ThreadPoolExecutor(12) as threads:
        replies = list(
            threads.map(
                lambda n: step(pair.at_random(n), "asked", request_id="the same"),
                range(12),
            )
        )

    assert {200} == {reply.status_code for reply in replies}
    assert 1 == len({reply.text for reply in replies})
    assert 1 == state(pair.other, "asked")["step_count"]


@pytest.mark.parametrize("episode_id", IDS)
def test_an_id_that_repeats(workers: Pair, episode_id: str) -> None:
    """Whatever it looks like, it means what was reset last, at every worker."""
    for number in range(3):
        reset(workers.at_random(number), episode_id, seed=number)
        for client in (workers.other, workers.one):
            assert 200 == step(client, episode_id).status_code
        for client in (workers.one, workers.other):
            found = state(client, episode_id)

            assert (episode_id, number, 2) == (
                found["episode_id"],
                found["seed"],
                found["step_count"],
            )


def test_an_id_that_both_servers_use(pair: Pair) -> None:
    """Each server grades its own; one that has none of that id takes the newest."""
    reset(pair.one, "ep-0", seed=1)
    assert 1 == state(pair.other, "ep-0")["seed"]
    reset(pair.other, "ep-0", seed=2)
    for client in (pair.one, pair.one, pair.other):
        assert 200 == step(client, "ep-0").status_code
    here, there = state(pair.one, "ep-0"), state(pair.other, "ep-0")

    assert (1, 2) == (here["seed"], here["step_count"])
    assert (2, 1) == (there["seed"], there["step_count"])


@pytest.mark.parametrize("size", [256, 60_000, 100_000])
def test_an_id_that_is_too_long(pair: Pair, size: int) -> None:
    """It is refused, and nothing is kept of it."""
    reply = pair.one.post("/reset", json={"episode_id": "x" * size})

    assert reply.status_code in {413, 422}
    assert len(reply.content) < 300


def test_a_clock_that_jumps(workers: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Order is told by what happened, not by when it seems to have happened."""
    session = Session(environment())
    now = 2e9
    monkeypatch.setattr(time, "time", lambda: now)
    reset(workers.one, "jumping", seed=1)
    step(workers.one, "jumping")
    now = -1e6
    reset(workers.other, "jumping", seed=2)
    known = {"task_id": TASK, "episode_id": "jumping", "seed": 2}
    session.reset(read_reset_options(known)[0])
    for index, action in enumerate(oracle(TASK)):
        now = (4e9, -4e9, 0.0, 1e300)[index]
        reply = step(workers.at_random(index), "jumping", action=action)
        expected = session.step(session.read_action(action))

        assert expected.reward == reply.json()["reward"]
    assert state(workers.one, "jumping") == state(workers.other, "jumping")
    assert 2 == state(workers.one, "jumping")["seed"]
