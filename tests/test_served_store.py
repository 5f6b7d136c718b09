"""Servers in processes of their own on a store: killed, started again, several at once."""

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from command_line import Run
from server_process import ServerProcess, started_server
from store_troubles import until
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from support_queue_env.core.documents import decode_document


@contextmanager
def server(database: Path, workers: str = "1") -> Iterator[ServerProcess]:
    """A server whose store is that file."""
    address = f"sqlite:///{database}"
    with started_server(database_url=address, workers=workers) as process:
        yield process


def client_of(url: str) -> httpx.Client:
    """A client that opens a connection for each request, so that any worker may answer."""
    limits = httpx.Limits(max_keepalive_connections=0)
    return httpx.Client(base_url=url, trust_env=False, timeout=30, limits=limits)


def action_after(reset: httpx.Response) -> dict[str, str]:
    """An action that the episode's task allows."""
    seen = reset.json()["observation"]
    return {
        "priority": "P1",
        "queue": seen["allowed_queues"][0],
        "disposition": seen["allowed_dispositions"][0],
        "summary": "A summary that is long enough",
        "response": "A reply that is long enough to be one",
    }


def rows(database: Path, query: str) -> list[tuple[Any, ...]]:
    """What a query finds in the file."""
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


def test_an_http_episode_outlives_a_killed_server(tmp_path: Path) -> None:
    """After kill -9 its state is equal, it goes on, and a repeated request is known."""
    database = tmp_path / "episodes.db"
    step: dict[str, Any] = {"episode_id": "e", "request_id": "first"}
    with server(database) as process, client_of(process.url) as http:
        reset = http.post(
            "/reset", json={"episode_id": "e", "task_id": "medium_sla_defense"}
        )
        step["action"] = action_after(reset)
        answer = http.post("/step", json=step)
        before = http.get("/state", params={"episode_id": "e"})
        os.kill(process.pid, signal.SIGKILL)
    with server(database) as process, client_of(process.url) as http:
        assert http.get("/state", params={"episode_id": "e"}).content == before.content
        assert http.post("/step", json=step).content == answer.content
        for number in ("second", "third"):
            last = http.post("/step", json=step | {"request_id": number}).json()
        assert last["done"]
        assert http.get("/state").json()["episode_id"] is None
    assert rows(database, "SELECT count(*) FROM steps") == [(3,)]
    assert rows(database, "PRAGMA integrity_check") == [("ok",)]


def test_a_server_that_is_told_to_end_leaves_everything_in_the_file(
    tmp_path: Path,
) -> None:
    """Sockets are closed as going away, and the write-ahead log is moved into it."""
    database = tmp_path / "episodes.db"
    with server(database) as process, ExitStack() as opened:
        url = process.url.replace("http", "ws") + "/ws"
        sockets = [opened.enter_context(connect(url, proxy=None)) for _ in range(10)]
        for socket in sockets:
            socket.send('{"type": "reset", "data": {}}')
            assert decode_document(socket.recv(timeout=30))["type"] == "observation"
        assert process.stop() == 0
        for socket in sockets:
            with pytest.raises(ConnectionClosed) as closed:
                socket.recv(timeout=30)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code in {1001, 1012}
    log = database.with_name(database.name + "-wal")
    assert not log.exists() or log.stat().st_size == 0
    assert rows(database, "SELECT count(*) FROM episodes") == [(10,)]


def test_two_servers_share_a_file(tmp_path: Path) -> None:
    """An episode goes to and fro between them, and neither loses a step."""
    database = tmp_path / "episodes.db"
    with (
        server(database) as one,
        server(database) as other,
        client_of(one.url) as here,
        client_of(other.url) as there,
    ):
        reset = here.post(
            "/reset", json={"episode_id": "e", "task_id": "hard_exec_escalations"}
        )
        body = {"episode_id": "e", "action": action_after(reset)}
        for client in (there, here, there, here):
            assert client.post("/step", json=body).status_code == 200
        states = [c.get("/state", params={"episode_id": "e"}) for c in (here, there)]
        assert states[0].content == states[1].content
        assert states[0].json()["done"]


def test_workers_share_http_episodes(tmp_path: Path) -> None:
    """Whichever worker answers: steps count up, and the unnamed episode is the same."""
    database = tmp_path / "episodes.db"
    with server(database, workers="2") as process, client_of(process.url) as http:
        for task in ("easy_inbox_cleanup", "hard_exec_escalations"):
            reset = http.post("/reset", json={"task_id": task})
            body = {"action": action_after(reset)}
            for index in range(reset.json()["observation"]["total_tickets"]):
                step = http.post("/step", json=body)
                assert step.json()["observation"]["current_index"] == index + 1
            assert http.get("/state").json()["done"]
        assert process.stop() == 0
    assert rows(database, "SELECT count(*) FROM runs") == [(1,)]
    assert rows(database, "SELECT count(*) FROM steps") == [(6,)]


@pytest.mark.parametrize(
    ("flags", "parts"),
    [
        (["--workers", "2", "--database-url", "none"], ["--workers 2", "need a store"]),
        (["--workers", "0"], ["--workers", "at least 1"]),
        (["--database-url", "mysql://u:secret@h/d"], ["--database-url", "mysql"]),
        (["--database-url", "nonsense"], ["--database-url", "expected none"]),
        (["--durability", "normal", "--database-url", "://"], ["--database-url"]),
        (
            ["--database-url", "postgresql://u:secret@127.0.0.1:1/d"],
            ["cannot be opened"],
        ),
    ],
)
def test_a_store_that_cannot_be_is_refused_in_a_sentence(
    run: Run, flags: list[str], parts: list[str]
) -> None:
    """It names the setting and the rule, and never a password."""
    result = run("serve", "--port", "0", *flags)
    assert result.code == 2
    assert "Traceback" not in result.err
    assert "secret" not in result.err
    for part in parts:
        assert part in result.err


def test_a_read_only_place_is_a_warning(run: Run) -> None:
    """The server plays on without a store, and says so; workers would need one."""
    # A place where nobody can make a file, not even root, whom modes do not stop.
    address = "sqlite:////sys/episodes.db"
    with (
        started_server(database_url=address) as process,
        client_of(process.url) as http,
    ):
        assert http.post("/reset").status_code == 200
        until(lambda: "without a store" in process.log())  # a thread writes it
    refused = run("serve", "--workers", "2", "--database-url", address)
    assert refused.code == 2
    assert "cannot be written" in refused.err
