"""A misbehaving scorer on a real server: other sessions play on, health answers."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from answers import oracle
from server_process import server_process
from socket_client import SocketClient, error_of


TASK = "easy_inbox_cleanup"
PATIENCE = 1.0
"""Seconds that `/health` may take while scorers hang for 8; a busy machine is slow."""

RUBRIC = """
schema = 1
name = "rogue"
[criteria.queue]
weight = "1/2"
scorer = { name = "label", label = "queue", alternate = "1/2" }
[criteria.rogue]
weight = "1/2"
timeout = 1.5
scorer = "misbehaving-plugin.rogue"
"""

KINDS = {
    "raise": "it raised an exception",
    "exit": "it raised an exception",
    "nan": "it raised an exception",
    "recurse": "it raised an exception",
    "number": "it returned something else than a Score",
    "change the gold": "it changed what it was given",
    "print": "it printed too much",
    "hang": "it gave no answer within its deadline",
}


@pytest.fixture(scope="module", params=["false", "true"], ids=["threads", "processes"])
def rogue_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A server whose default rubric has a scorer that does what the summary says."""
    file = tmp_path_factory.mktemp("rogue") / "rogue.toml"
    file.write_text(RUBRIC)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parent))
        with server_process(
            rubric=str(file),
            plugin="misbehaving_plugin:Rogue",
            isolate_plugins=request.param,
        ) as url:
            yield url


def telling(how: str) -> dict[str, Any]:
    """The right answer to the first ticket, with word for the scorer."""
    return {**oracle(TASK)[0], "summary": f"do: {how}".ljust(8)}


@pytest.mark.parametrize("how", KINDS)
def test_the_step_is_refused_and_may_be_tried_again(
    rogue_server: str, how: str
) -> None:
    """The error names component, scorer and kind; nothing of it is in the state."""
    with SocketClient(rogue_server) as client:
        client.reset(task_id=TASK)
        error = error_of(client.say(type="step", data=telling(how)))
        state = client.state()
        again = client.step(telling("nothing special"))

    assert "EXECUTION_ERROR" == error["code"]
    assert "'misbehaving-plugin.rogue' failed on component 'rogue'" in error["message"]
    assert KINDS[how] in error["message"]
    assert "secret" not in str(error)
    assert 0 == state["step_count"]
    assert 1.0 == again["reward"]


def test_over_http_it_is_a_503(rogue_server: str) -> None:
    """The episode is as it was, and goes on."""
    with httpx.Client(base_url=rogue_server, trust_env=False, timeout=30) as http:
        name = {"episode_id": f"rogue-{time.monotonic_ns()}"}
        http.post("/reset", json={**name, "task_id": TASK})
        refused = http.post("/step", json={**name, "action": telling("raise")})
        again = http.post("/step", json={**name, "action": telling("fine, thanks")})

    assert 503 == refused.status_code
    assert {"detail"} == set(refused.json())
    assert 1.0 == again.json()["reward"]


def test_others_play_on_while_scorers_hang(rogue_server: str) -> None:
    """Two sessions hang; a third under the classic rubric is not held up.

    A third time-out in a row would send the plugin to rest.
    """
    hanging = threading.Event()
    slowest = 0.0

    def hang() -> None:
        with SocketClient(rogue_server) as client:
            client.reset(task_id=TASK)
            hanging.set()
            error_of(client.say(type="step", data=telling("hang")))

    with (
        ThreadPoolExecutor(2) as pool,
        httpx.Client(base_url=rogue_server, trust_env=False, timeout=30) as http,
        SocketClient(rogue_server) as client,
    ):
        stuck = [pool.submit(hang) for _ in range(2)]
        hanging.wait(30)
        while not all(future.done() for future in stuck):
            client.reset(task_id=TASK, rubric="classic")
            rewards = [client.step(action)["reward"] for action in oracle(TASK)]
            begun = time.monotonic()
            http.get("/health").raise_for_status()
            slowest = max(slowest, time.monotonic() - begun)

            assert [1.0, 1.0] == rewards
        for future in stuck:
            future.result()

    assert slowest < PATIENCE


def test_concurrent_steps_on_one_http_episode_grade_a_ticket_once(
    rogue_server: str,
) -> None:
    """While one is being scored the others wait, and then answer another ticket."""
    name = {"episode_id": f"race-{time.monotonic_ns()}"}
    with httpx.Client(base_url=rogue_server, trust_env=False, timeout=30) as http:
        http.post("/reset", json={**name, "task_id": TASK})

        def step(_: int) -> int:
            body = {**name, "action": telling("nothing special")}
            return http.post("/step", json=body).status_code

        with ThreadPoolExecutor(8) as pool:
            codes = list(pool.map(step, range(8)))
        state = http.get("/state", params=name).json()

    assert {200, 409} >= set(codes)
    assert codes.count(200) == state["step_count"] <= 2
