"""OpenEnv's Task API, and production mode."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from answers import ACTION, TASKS
from server_process import embedded_server
from socket_client import SocketClient


def ask(http: httpx.Client, call: str, **body: Any) -> Any:
    """The reply to a call of the Task API that succeeds."""
    reply = http.post(f"/support_queue_env/{call}", json=body)
    assert reply.status_code == httpx.codes.OK, reply.text
    return reply.json()


def test_environments_and_splits(http: httpx.Client) -> None:
    """One environment, found under any capitals; the split that has tasks."""
    assert ["support_queue_env"] == http.get("/list_environments").json()
    for name in ("support_queue_env", "Support_Queue_ENV"):
        splits = http.get(f"/{name}/splits").json()

        assert [{"name": "test", "type": "test"}] == splits


def test_tasks(http: httpx.Client) -> None:
    """All, counted, by index from both ends, and in slices."""
    listed = ask(http, "tasks", split="test")
    ids = [task["task_id"] for task in listed["tasks"]]

    def sliced(**bounds: int) -> list[str]:
        tasks = ask(http, "task_range", split="test", **bounds)["tasks"]
        return [task["task_id"] for task in tasks]

    assert list(TASKS) == ids
    assert listed["env_name"] == "support_queue_env"
    assert {"num_tasks": 3} == ask(http, "num_tasks", split="test")
    assert {"num_tasks": 0} == ask(http, "num_tasks", split="train")
    for index in range(-3, 3):
        task = ask(http, "task", split="test", index=index)["task"]

        assert ids[index] == task["task_id"]
    assert ids == sliced()
    assert ids[1:] == sliced(start=1)
    assert ids[:-1] == sliced(stop=-1)
    assert [] == sliced(start=9)


def test_a_task_starts_an_episode(http: httpx.Client) -> None:
    """What `/task` returns can be given to `reset` as it is."""
    task = ask(http, "task", split="test", index=2)["task"]
    observation = http.post("/reset", json=task).json()["observation"]

    assert task["task_id"] == observation["task_id"]


@pytest.mark.parametrize("index", [3, -4, 10**30])
def test_an_index_that_is_not_there(http: httpx.Client, index: int) -> None:
    """400, in the words of the official server."""
    reply = http.post("/support_queue_env/task", json={"split": "test", "index": index})

    assert (400, {"detail": "Invalid task index"}) == (reply.status_code, reply.json())


@pytest.mark.parametrize("call", ["tasks", "num_tasks", "task", "task_range"])
@pytest.mark.parametrize(
    "body",
    [{}, {"split": "nope"}, {"split": "test", "index": 0, "more": 1}, [], None, "x"],
)
def test_bad_bodies(http: httpx.Client, call: str, body: object) -> None:
    """422 with entries: unknown splits, extra keys and things that are no object."""
    reply = http.post(f"/support_queue_env/{call}", json=body)

    assert reply.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert all(set(e) == {"type", "loc", "msg"} for e in reply.json()["detail"])


@pytest.mark.parametrize("method", ["get", "post"])
def test_another_environment(http: httpx.Client, method: str) -> None:
    """404 that names it, if the name is a plain word."""
    path = "splits" if method == "get" else "tasks"
    known = http.request(method, f"/other_env/{path}")
    odd = http.request(method, f"/%3Cb%3E/{path}")

    assert (404, {"detail": "unknown environment 'other_env'"}) == (
        known.status_code,
        known.json(),
    )
    assert (404, {"detail": "unknown environment ''"}) == (odd.status_code, odd.json())


@pytest.fixture(scope="module")
def production() -> Iterator[str]:
    """The base URL of a server in production mode."""
    with embedded_server(mode="production") as url:
        yield url


def test_production_has_no_episodes_over_http(production: str) -> None:
    """Reset, step and state are not there, nor in the OpenAPI document."""
    with httpx.Client(base_url=production, trust_env=False) as http:
        paths = http.get("/openapi.json").json()["paths"]
        replies = [
            http.post("/reset"),
            http.post("/step", json=ACTION),
            http.get("/state"),
        ]

        assert not {"/reset", "/step", "/state"} & set(paths)
        assert [(404, {"detail": "Not Found"})] * 3 == [
            (reply.status_code, reply.json()) for reply in replies
        ]
        assert http.get("/health").json() == {"status": "healthy"}
        assert http.get("/list_environments").status_code == httpx.codes.OK
        assert http.get("/redoc").status_code == httpx.codes.OK


def test_production_keeps_the_websocket(production: str) -> None:
    """Trainers are trusted with it, as on the official server."""
    with SocketClient(production) as client:
        client.reset()

        assert client.step(ACTION)["reward"] is not None
