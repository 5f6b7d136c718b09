"""Slots, memory, races and repeatability."""

import contextlib
import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from answers import ACTION, TASKS, varied
from harness.servers import Server, ours, sqlite_url
from raw_socket import TEXT, abort, frame, opened
from socket_client import SocketClient, error_of, free_slots
from websockets.exceptions import ConnectionClosed

from .figures import Figure, at_most, equal
from .servers import knows


SLOTS = 64
DISCONNECTS = 500
RESETS = 10_000
ACTIONS = 5_000
RACES = 20
TASK = "hard_exec_escalations"
_RESET = frame(TEXT, b'{"type":"reset"}')


def capacity() -> list[Figure]:
    """Twice as many clients as slots; those inside play on."""
    with ours(max_sessions=SLOTS) as server, ExitStack() as stack:
        players = [stack.enter_context(SocketClient(server.url)) for _ in range(SLOTS)]
        for player in players:
            player.reset(task_id=TASK)
            player.step(ACTION)
        refused = Counter(turned_away(server) for _ in range(SLOTS))
        unharmed = sum(
            player.step(ACTION)["observation"]["current_index"] == 2
            for player in players
        )
        for player in players:
            abort_of(player)
        began = time.monotonic()
        back = free_slots(server.url, SLOTS)
        took = time.monotonic() - began
    return [
        equal(
            "refused at capacity",
            f"{SLOTS}x CAPACITY_REACHED, 1000",
            ", ".join(f"{n}x {way}" for way, n in refused.items()),
        ),
        equal("players unharmed", SLOTS, unharmed),
        equal("slots back", SLOTS, back),
        at_most("slots back after", 2, took, "s"),
    ]


def turned_away(server: Server) -> str:
    """What a client too many is told."""
    with SocketClient(server.url) as client:
        return f"{error_of(client.receive())['code']}, {client.close_code()}"


def abort_of(client: SocketClient) -> None:
    """Reset a client's connection."""
    abort(client.socket.socket.dup())
    with contextlib.suppress(OSError, ConnectionClosed):
        client.close()


def idle() -> list[Figure]:
    """An idle session's socket is closed before its slot is given away."""
    with ours(max_sessions=1, idle_timeout=1) as server:
        with SocketClient(server.url) as client:
            client.reset()
            began = time.monotonic()
            code = client.close_code()
            took = time.monotonic() - began
        back = free_slots(server.url, 1)
    return [
        equal("close code of an idle session", 1001, code),
        at_most("closed after, at an idle timeout of 1 s", 2, took, "s"),
        equal("slots back", 1, back),
    ]


def disconnects() -> list[Figure]:
    """500 connections reset in the middle of an episode."""
    with ours(max_sessions=32) as server:
        vanish(server, DISCONNECTS // 2)
        before = server.memory()
        vanish(server, DISCONNECTS)
        back = free_slots(server.url, 32)
        grown = server.memory() - before
    return [
        equal("slots back", 32, back),
        at_most(f"memory over {DISCONNECTS} disconnects", 10, grown, "MiB"),
    ]


def vanish(server: Server, times: int) -> None:
    """Open a session, say something, reset the connection."""
    for _ in range(times):
        with opened(server.url) as connection, contextlib.suppress(ConnectionError):
            connection.sendall(_RESET * 3)
            abort(connection)


def resets() -> list[Figure]:
    """10,000 resets, without a store and with one."""
    figures = []
    with TemporaryDirectory() as folder:
        choices = {"": {}} | (
            {", stored": {"database_url": sqlite_url(Path(folder))}}
            if knows("database_url")
            else {}
        )
        for name, settings in choices.items():
            with ours(**settings) as server:
                reset_often(server, 1000)
                before = server.memory()
                reset_often(server, RESETS)
                grown = server.memory() - before
            figures.append(
                at_most(f"memory over {RESETS} resets{name}", 15, grown, "MiB")
            )
    return figures


def reset_often(server: Server, times: int) -> None:
    """Resets over eight connections in turn, half of them over HTTP."""
    with ExitStack() as stack:
        clients = [stack.enter_context(SocketClient(server.url)) for _ in range(4)]
        http = stack.enter_context(httpx.Client(base_url=server.url, trust_env=False))
        for number in range(times // 5):
            for client in clients:
                client.reset()
            http.post("/reset", json={"episode_id": f"{number % 100}"})


def races() -> list[Figure]:
    """24 steps at once on one HTTP episode, many times; stored, and by two workers."""
    figures = [equal(f"races not graded exactly once, of {RACES}", 0, lost_races())]
    if knows("workers"):
        with TemporaryDirectory() as folder:
            url = sqlite_url(Path(folder))
            figures += [
                equal("the same, stored", 0, lost_races(database_url=url)),
                equal("by two workers", 0, lost_races(database_url=url, workers=2)),
            ]
    return figures


def lost_races(**settings: object) -> int:
    """How often not every ticket was graded exactly once."""
    wrong = 0
    with (
        ours(**settings) as server,
        httpx.Client(base_url=server.url, trust_env=False, timeout=60) as http,
        ThreadPoolExecutor(24) as threads,
    ):

        def step(episode_id: str) -> int:
            body = {"action": ACTION, "episode_id": episode_id}
            return http.post("/step", json=body).status_code

        for number in range(RACES):
            name = f"race-{number}"
            http.post("/reset", json={"task_id": TASK, "episode_id": name})
            statuses = Counter(threads.map(step, [name] * 24))
            state = http.get("/state", params={"episode_id": name}).json()
            graded = TASKS[TASK]
            expected = {200: graded, 409: 24 - graded}
            wrong += statuses != expected or state["step_count"] != graded
    return wrong


def determinism() -> list[Figure]:
    """5,000 varied actions, played one by one and in eight sessions at once."""
    with ours() as server:
        episodes = list(plays(ACTIONS))
        alone = [rewards(server, [episode])[0] for episode in episodes[: ACTIONS // 20]]
        once = rewards(server, episodes)
        with ThreadPoolExecutor(8) as threads:
            parts = list(
                threads.map(lambda n: rewards(server, episodes[n::8]), range(8))
            )
    together = [parts[n % 8][n // 8] for n in range(len(episodes))]
    outside = sum(not 0 <= reward <= 1 for rewards_ in once for reward in rewards_)
    return [
        equal("rewards outside [0, 1]", 0, outside),
        equal("episodes that differ when repeated", 0, differing(alone, once)),
        equal(
            "episodes that differ when played together", 0, differing(together, once)
        ),
    ]


def differing(some: list[list[float]], others: list[list[float]]) -> int:
    """How many episodes earned something else."""
    return sum(a != b for a, b in zip(some, others, strict=False))


def plays(actions: int) -> Iterator[tuple[str, list[Any]]]:
    """Tasks and answers, that many answers in all."""
    chance = random.Random(7)  # noqa: S311 - not for secrets
    while actions > 0:
        task_id = chance.choice(list(TASKS))
        answers = varied(task_id, chance.randrange(32))
        for answer in answers:
            answer["confidence"] = chance.random()
        actions -= len(answers)
        yield task_id, answers


def rewards(server: Server, episodes: list[tuple[str, list[Any]]]) -> list[list[float]]:
    """What each episode earns, played over one connection."""
    with SocketClient(server.url) as client:
        earned = []
        for task_id, answers in episodes:
            client.reset(task_id=task_id)
            earned.append([client.step(answer)["reward"] for answer in answers])
        return earned
