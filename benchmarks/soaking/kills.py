"""Clients that remember what a server acknowledged, and a look at what it kept."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
from answers import ACTION, TASKS
from attrs import define, field
from harness.servers import Server
from socket_client import SocketClient
from websockets.exceptions import ConnectionClosed


TASK = "hard_exec_escalations"
TICKETS = TASKS[TASK]
_BROKEN_OFF = (OSError, httpx.TransportError, ConnectionClosed, EOFError)


@define
class Player:
    """One client: plays until its connection breaks, and knows what was answered.

    `paid` has the rewards that were acknowledged, by episode; an episode is in it from
    the moment its reset was answered. A patient one asks again, on another connection,
    until it is told to stop.
    """

    name: str
    server: Server
    paid: dict[str, list[float]] = field(factory=dict)
    refused: str = ""
    patient: bool = False
    stop: bool = False
    _thread: threading.Thread = field(init=False)

    def start(self) -> None:
        """Begin to play in a thread."""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait until the connection has broken."""
        self._thread.join(60)

    @property
    def steps(self) -> int:
        """How many steps were acknowledged."""
        return sum(map(len, self.paid.values()))

    def _run(self) -> None:
        try:
            self.play()
        except _BROKEN_OFF:
            pass
        except Exception as error:  # noqa: BLE001 - told in the table
            self.refused = repr(error)

    def play(self) -> None:
        """Play until the connection breaks."""
        raise NotImplementedError

    def episodes(self) -> Iterator[str]:
        """Ids, for ever."""
        number = 0
        while True:
            number += 1
            yield f"{self.name}-{number}"


class SocketPlayer(Player):
    """Over the WebSocket."""

    def play(self) -> None:
        """One episode after the other on one connection."""
        with SocketClient(self.server.url) as client:
            for episode_id in self.episodes():
                client.reset(task_id=TASK, episode_id=episode_id)
                paid = self.paid.setdefault(episode_id, [])
                for _ in range(TICKETS):
                    paid.append(client.step(ACTION)["reward"])


class HttpPlayer(Player):
    """Over HTTP, every request with an id."""

    def play(self) -> None:
        """One episode after the other, each request on its own."""
        with httpx.Client(base_url=self.server.url, trust_env=False) as client:
            for episode_id in self.episodes():
                options = {"task_id": TASK, "episode_id": episode_id}
                self.ask(client, "/reset", options)
                paid = self.paid.setdefault(episode_id, [])
                for index in range(TICKETS):
                    body = step_body(episode_id, index)
                    paid.append(self.ask(client, "/step", body)["reward"])
                if self.stop:
                    return

    def ask(self, client: httpx.Client, path: str, body: dict[str, Any]) -> Any:
        """The answer, after as many attempts as patience allows."""
        for _ in range(100):
            try:
                return client.post(path, json=body).raise_for_status().json()
            except httpx.TransportError:
                if not self.patient:
                    raise
                time.sleep(0.05)
        raise TimeoutError(path)

    def retry(self) -> bool:
        """Send the request again that was not answered; whether the episode goes on.

        It has been graded or has not; either way it is graded once now.
        """
        if not self.paid:
            return True
        episode_id, paid = list(self.paid.items())[-1]
        if len(paid) == TICKETS:
            return True
        with httpx.Client(base_url=self.server.url, trust_env=False) as client:
            for index in range(len(paid), TICKETS):
                reply = client.post("/step", json=step_body(episode_id, index))
                if reply.status_code != 200:
                    return False
                paid.append(reply.json()["reward"])
            state = client.get("/state", params={"episode_id": episode_id}).json()
        return bool(state["done"] and state["step_count"] == TICKETS)


def step_body(episode_id: str, index: int) -> dict[str, Any]:
    """A step that may be repeated."""
    return {"action": ACTION, "episode_id": episode_id, "request_id": f"step {index}"}


@define
class Kept:
    """What a database holds of the episodes of some players."""

    lost: int = 0
    differing: int = 0
    most_unacknowledged: int = 0


def kept(database: Path, players: list[Player]) -> Kept:
    """Compare what was acknowledged with what is in the file."""
    found = Kept()
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        for player in players:
            unacknowledged = 0
            for episode_id, paid in player.paid.items():
                stored = rows(connection, episode_id)
                if stored is None:
                    found.lost += 1 + len(paid)
                    continue
                found.lost += max(0, len(paid) - len(stored))
                found.differing += sum(
                    a != b for a, b in zip(paid, stored, strict=False)
                )
                unacknowledged += max(0, len(stored) - len(paid))
            found.most_unacknowledged = max(found.most_unacknowledged, unacknowledged)
    return found


def rows(connection: sqlite3.Connection, episode_id: str) -> list[float] | None:
    """What each step of an episode was paid, in order; None without an episode."""
    (episodes,) = connection.execute(
        "select count(*) from episodes where episode_id = ?", [episode_id]
    ).fetchone()
    if not episodes:
        return None
    steps = connection.execute(
        "select paid from steps join episodes on steps.episode_key = episodes.key "
        "where episode_id = ? order by episodes.sequence, step",
        [episode_id],
    )
    return [paid for (paid,) in steps]


def integrity(database: Path) -> str:
    """What SQLite says of the file: ok, or what is wrong."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        (said,) = connection.execute("pragma integrity_check").fetchone()
    return str(said)
