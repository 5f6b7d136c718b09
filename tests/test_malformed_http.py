"""Whatever HTTP a stranger sends: refused in few words of our own, and served on."""

import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from answers import TASKS, oracle
from malformed_bodies import CANARY, TOO_LARGE
from malformed_http import CASES
from raw_http import INNARDS, ROOT, Reply, exchange


LONGEST = 2048


def check(reply: Reply) -> None:
    """A refusal of our own: short, and without anything of the request or of us."""
    told = reply.head + reply.body.decode()

    assert 400 <= reply.status < 500
    assert len(reply.body) <= LONGEST
    assert CANARY.lower() not in told.lower()
    assert ROOT not in told
    assert not INNARDS.search(told)


def healthy(url: str) -> bool:
    """Whether the next caller is served as if nothing had been."""
    return exchange(url, b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").body == (
        b'{"status":"healthy"}'
    )


@pytest.mark.parametrize("request_", CASES.values(), ids=CASES)
def test_a_request_that_makes_no_sense(server: str, request_: bytes) -> None:
    """It gets 4xx and JSON with a detail, and the server serves on."""
    reply = exchange(server, request_)
    check(reply)

    assert "application/json" == reply.content_type
    assert {"detail"} == set(json.loads(reply.body))
    assert healthy(server)


@pytest.mark.parametrize("path", ["/reset", "/step"])
@pytest.mark.parametrize("name", TOO_LARGE)
def test_what_is_too_large(server: str, path: str, name: str) -> None:
    """Above 64 KiB nothing is looked into: 413 says all."""
    assert 413 == exchange(server, CASES[f"{path[1:]}-{name}"]).status


def test_all_at_once_beside_an_episode(http: httpx.Client, server: str) -> None:
    """Floods of nonsense neither make a 5xx nor cost a player anything."""
    requests = list(CASES.values())
    rewards: dict[str, list[float]] = {}
    with ThreadPoolExecutor(8) as threads:
        replies = threads.map(lambda sent: exchange(server, sent), requests)
        for task_id in TASKS:
            options = {"task_id": task_id, "episode_id": f"beside-{task_id}"}
            http.post("/reset", json=options).raise_for_status()
            rewards[task_id] = [
                http.post(
                    "/step",
                    json={"action": action, "episode_id": f"beside-{task_id}"},
                ).json()["reward"]
                for action in oracle(task_id)
            ]

        assert all(400 <= reply.status < 500 for reply in replies)
    assert {task_id: [1.0] * n for task_id, n in TASKS.items()} == rewards


def test_there_are_kinds_enough() -> None:
    """The list is of requests that differ, and long."""
    assert len(set(CASES.values())) >= 200
