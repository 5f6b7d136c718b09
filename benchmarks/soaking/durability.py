"""Sudden ends, orderly ends, and what the store costs."""

import os
import random
import signal
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from answers import ACTION
from harness.servers import Server, ours, sqlite_url, start_ours
from socket_client import SocketClient

from .figures import Figure, at_least, at_most, equal
from .kills import (
    TASK,
    TICKETS,
    HttpPlayer,
    Kept,
    Player,
    SocketPlayer,
    integrity,
    kept,
    step_body,
)
from .servers import knows, require, steps_per_second


ROUNDS = 15
PLAYERS = 4
MANY, FEW = 64, 12
WINDOWS = 2
WINDOW_SECONDS = 3


def kills() -> list[Figure]:
    """15 rounds of kill -9 among clients that know what was acknowledged."""
    require("database_url")
    chance = random.Random()  # noqa: S311 - another moment every time
    players: list[Player] = []
    slowest, unequal, stuck, worst = 0.0, 0, 0, Kept()
    with TemporaryDirectory() as folder:
        url, database = sqlite_url(Path(folder)), Path(folder) / "episodes.db"
        server = start_ours(database_url=url)
        for number in range(ROUNDS):
            crowd: list[Player] = [
                make(f"{number}-{kind}-{n}", server)
                for n in range(PLAYERS)
                for kind, make in (("ws", SocketPlayer), ("http", HttpPlayer))
            ]
            players += crowd
            quiet = f"quiet-{number}"
            before = begun(server, quiet)
            for player in crowd:
                player.start()
            time.sleep(chance.uniform(0.05, 1.2))
            server.kill()
            for player in crowd:
                player.join()
            server = start_ours(database_url=url, port=server.port)
            slowest = max(slowest, server.started_in)
            found = kept(database, crowd)
            unequal += before != state(server, quiet) or not finished(server, quiet)
            for player in crowd:
                player.server = server
            stuck += sum(not p.retry() for p in crowd if isinstance(p, HttpPlayer))
            worst.lost += found.lost
            worst.differing += found.differing
            worst.most_unacknowledged = max(
                worst.most_unacknowledged, found.most_unacknowledged
            )
        sound = integrity(database)
        at_the_end = kept(database, players)
        server.terminate()
    steps = sum(player.steps for player in players)
    refused = [player.refused for player in players if player.refused]
    return [
        at_least(f"steps acknowledged in {ROUNDS} kills", 1000, steps),
        equal("acknowledged and lost", 0, worst.lost + at_the_end.lost),
        equal("stored otherwise than answered", 0, worst.differing),
        at_most("unacknowledged rows of a client", 1, worst.most_unacknowledged, ""),
        equal("integrity", "ok", sound),
        at_most("restart", 5, slowest, "s"),
        equal("HTTP episodes whose state differs after a restart", 0, unequal),
        equal("interrupted HTTP episodes that do not go on", 0, stuck),
        equal("requests refused for another reason", [], refused[:1]),
    ]


def workers() -> list[Figure]:
    """Workers of one server killed in turn, while HTTP clients play on."""
    require("workers")
    rounds = 10
    with TemporaryDirectory() as folder:
        url, database = sqlite_url(Path(folder)), Path(folder) / "episodes.db"
        with ours(database_url=url, workers=2) as server:
            players = [HttpPlayer(f"worker-{n}", server) for n in range(PLAYERS)]
            for player in players:
                player.patient = True
                player.start()
            slowest = 0.0
            for number in range(rounds):
                time.sleep(0.5)
                children = server.children()
                os.kill(children[number % len(children)], signal.SIGKILL)
                slowest = max(slowest, replaced_in(server, children))
            for player in players:
                player.stop = True
            for player in players:
                player.join()
            found = kept(database, list(players))
            steps = sum(player.steps for player in players)
        sound = integrity(database)
    refused = [player.refused for player in players if player.refused]
    return [
        at_least(f"steps acknowledged beside {rounds} killed workers", 100, steps),
        equal("acknowledged and lost", 0, found.lost),
        equal("stored otherwise than answered", 0, found.differing),
        equal("steps graded for nobody", 0, found.most_unacknowledged),
        equal("integrity", "ok", sound),
        at_most("a killed worker replaced after", 10, slowest, "s"),
        equal("requests refused for another reason", [], refused[:1]),
    ]


def replaced_in(server: Server, children: list[int]) -> float:
    """Seconds until a server has as many workers again, not all of them the same."""
    began = time.monotonic()
    while time.monotonic() - began < 30:
        now = server.children()
        if len(now) == len(children) and now != children:
            break
        time.sleep(0.02)
    return time.monotonic() - began


def begun(server: Server, episode_id: str) -> Any:
    """Play half an episode over HTTP; its state."""
    with httpx.Client(base_url=server.url, trust_env=False) as http:
        options = {"task_id": TASK, "episode_id": episode_id, "seed": 7}
        http.post("/reset", json=options).raise_for_status()
        for index in range(TICKETS // 2):
            http.post("/step", json=step_body(episode_id, index)).raise_for_status()
    return state(server, episode_id)


def state(server: Server, episode_id: str) -> Any:
    """The state of an episode."""
    with httpx.Client(base_url=server.url, trust_env=False) as http:
        return http.get("/state", params={"episode_id": episode_id}).json()


def finished(server: Server, episode_id: str) -> bool:
    """Play the other half; whether the episode is done then."""
    with httpx.Client(base_url=server.url, trust_env=False) as http:
        for index in range(TICKETS // 2, TICKETS):
            reply = http.post("/step", json=step_body(episode_id, index))
    return reply.status_code == 200 and bool(reply.json()["done"])


def shutdown() -> list[Figure]:
    """SIGTERM with ten sessions open, each in the middle of an episode."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        database = Path(folder) / "episodes.db"
        stored = knows("database_url")
        settings = {"database_url": sqlite_url(Path(folder))} if stored else {}
        with ours(**settings) as server:
            clients = [stack.enter_context(SocketClient(server.url)) for _ in range(10)]
            for client in clients:
                client.reset()
                client.step(ACTION)
            took = server.terminate()
            codes = {client.close_code() for client in clients}
        wal = Path(f"{database}-wal")
        left = wal.stat().st_size if wal.exists() else 0
        figures = [
            at_most("SIGTERM with 10 open sessions: ended after", 5, took, "s"),
            Figure(
                "close codes",
                "1001 or 1012",
                str(sorted(map(str, codes))),
                codes <= {1001, 1012},
            ),
            equal("exit code", 0, server.process.returncode),
        ]
        if stored:
            figures += [
                equal("bytes left in the write-ahead log", 0, left),
                equal("integrity", "ok", integrity(database)),
            ]
    return figures


def throughput() -> list[Figure]:
    """Steps a second with the durable store and without, in turn: A B B A."""
    require("database_url")
    figures = []
    with TemporaryDirectory() as folder:
        disk = flush_milliseconds(Path(folder))
        durable = {"database_url": sqlite_url(Path(folder))}
        with ours() as off, ours(**durable) as on:
            for sessions in (MANY, FEW):
                figures += compared(off, on, sessions)
    # With few sessions a commit is shared by few, and what is measured is the disk.
    *few, ratio = figures[-5:]
    figures = [*figures[:-5], *few, told(ratio.name, ratio.measured)]
    return [*figures, told("one flush of this disk", f"{disk:.2g} ms")]


def compared(off: Server, on: Server, sessions: int) -> list[Figure]:
    """What that many sessions get from either; the last figure is the ratio."""
    for server in (off, on):
        steps_per_second(server, sessions, 1)
    rates: dict[int, list[float]] = {off.port: [], on.port: []}
    began = [server.processor_seconds() for server in (off, on)]
    for server in [off, on, on, off] * WINDOWS:
        rates[server.port].append(steps_per_second(server, sessions, WINDOW_SECONDS))
    used = [server.processor_seconds() for server in (off, on)]
    without, stored = (sum(rates[s.port]) / len(rates[s.port]) for s in (off, on))
    steps = [WINDOW_SECONDS * sum(rates[server.port]) for server in (off, on)]
    costs = [
        1e6 * (after - before) / number
        for before, after, number in zip(began, used, steps, strict=True)
    ]
    ratio = stored / without
    return [
        told(f"{sessions} sessions: steps a second without a store", f"{without:.0f}"),
        told(f"{sessions} sessions: steps a second with it", f"{stored:.0f}"),
        told("processor time of a step without", f"{costs[0]:.0f} µs"),
        told("processor time of a step with it", f"{costs[1]:.0f} µs"),
        at_least(f"{sessions} sessions: with against without", 0.75, ratio),
    ]


def flush_milliseconds(folder: Path) -> float:
    """How long the disk takes to keep 4 KiB: the median of some."""
    taken = []
    with (folder / "flushed").open("ab", buffering=0) as file:
        for _ in range(50):
            file.write(bytes(4096))
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            taken.append(1000 * (time.perf_counter() - began))
    return median(taken)


def told(name: str, measured: str) -> Figure:
    """A figure without a bar."""
    return Figure(name, "", measured, holds=True)
