"""Kill a writing process at random moments, and see whether it had told the truth.

    for ended in kill_rounds(url, rounds=15, clients=8, seed=1):
        assert not ended.lost

Each round starts a process in which several clients play episodes into the store, and
note every event in a file once the store has acknowledged it. The process is killed
with SIGKILL; then the store is opened and searched for what was noted.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from attrs import field, frozen
from sqlalchemy import URL, select
from stores import graded, opened_store, played, started

from support_queue_env.core.log import Event
from support_queue_env.store.log import Store, open_store
from support_queue_env.store.runs import RunInfo
from support_queue_env.store.schema import episodes, steps
from support_queue_env.store.urls import resolve_url
from support_queue_env.store.waiting import Waiting


Noted = tuple[str, str, int]
"""Client, key of the episode, and index of the step; -1 for the reset."""


@frozen(kw_only=True)
class Ended:
    """What a killed process left: how much it had acknowledged, and what is wrong.

    `unacknowledged` counts, for the client that has most of them, the events that are
    there although nobody was told; one may be.
    """

    acknowledged: int
    lost: tuple[Noted, ...]
    unacknowledged: int
    warnings: tuple[str, ...] = field()
    restart_seconds: float

    @property
    def sound(self) -> bool:
        """Whether the process kept its word."""
        return not self.lost and not self.warnings and self.unacknowledged <= 1


def kill_rounds(
    url: URL, rounds: int, clients: int, seed: int, *, buffering: bool = False
) -> Iterator[Ended]:
    """Kill `rounds` processes of `clients` clients each, and look at the store.

    With `buffering` they acknowledge what they have not kept yet, to see that this is
    noticed.
    """
    chance = random.Random(seed)  # noqa: S311 - moments, not secrets
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            notes = Path(folder) / "notes"
            prefix = f"{uuid.uuid4()}/{number}"
            notes.touch()
            arguments = [prefix, str(clients), *(["buffering"] if buffering else [])]
            _run_and_kill(url, notes, arguments, chance.uniform(0, 0.4))
            yield _judge(url, _read(notes), prefix)


def _run_and_kill(url: URL, notes: Path, arguments: list[str], seconds: float) -> None:
    process = subprocess.Popen(
        [
            sys.executable,
            __file__,
            url.render_as_string(hide_password=False),
            notes,
            *arguments,
        ],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
    )
    try:
        while process.poll() is None and notes.stat().st_size == 0:
            time.sleep(0.01)
        time.sleep(seconds)
        assert process.poll() is None, "the process ended by itself"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def _read(notes: Path) -> list[Noted]:
    # A note is one write, so only the last can be in part.
    lines = notes.read_text("utf-8").split("\n")[:-1]
    return [
        (client, key, int(index))
        for client, key, index in (line.split(" ") for line in lines)
    ]


def _judge(url: URL, noted: list[Noted], prefix: str) -> Ended:
    begun = time.perf_counter()
    with opened_store(url) as store:
        restart_seconds = time.perf_counter() - begun
        kept = set(_kept(store, prefix))
        warnings = store.warnings
    surplus = Counter(client for client, *_ in kept - set(noted))
    return Ended(
        acknowledged=len(noted),
        lost=tuple(event for event in noted if event not in kept),
        unacknowledged=max(surplus.values(), default=0),
        warnings=warnings,
        restart_seconds=restart_seconds,
    )


def _kept(store: Store, prefix: str) -> Iterator[Noted]:
    ours = episodes.c.key.startswith(prefix, autoescape=True)
    mine = steps.c.episode_key.startswith(prefix, autoescape=True)
    with store._writer.backend.readers.connect() as connection:
        for (key,) in connection.execute(select(episodes.c.key).where(ours)):
            yield key.split("/")[2], key, -1
        places = select(steps.c.episode_key, steps.c.step).where(mine)
        for key, step in connection.execute(places):
            yield key.split("/")[2], key, step


async def _play(store: Store, notes: int, client: str, *, buffering: bool) -> None:
    states = played()
    buffered: list[Event] = []

    async def keep(event: Event, key: str, index: int) -> None:
        if buffering:
            buffered.append(event)
            if len(buffered) == 100:
                for late in buffered:
                    store._writer.put(Waiting(late, 0.0))
                buffered.clear()
            await asyncio.sleep(0.001)
        else:
            await store.append_async(event)
        os.write(notes, f"{client.split('/')[2]} {key} {index}\n".encode())

    while True:
        key = f"{client}/{uuid.uuid4()}"
        await keep(started(key, states[0]), key, -1)
        for index, state in enumerate(states[1:]):
            await keep(graded(key, state), key, index)


async def _play_all(
    store: Store, notes: int, prefix: str, clients: int, *, buffering: bool
) -> None:
    await asyncio.gather(
        *(
            _play(store, notes, f"{prefix}/{number}", buffering=buffering)
            for number in range(clients)
        )
    )


def main() -> None:
    """The process that is killed."""
    address, path, prefix, clients, *rest = sys.argv[1:]
    url = resolve_url(address)
    assert url is not None
    notes = os.open(path, os.O_WRONLY | os.O_APPEND)
    store = open_store(url, RunInfo(command="killed"))
    asyncio.run(_play_all(store, notes, prefix, int(clients), buffering=bool(rest)))


if __name__ == "__main__":
    main()
