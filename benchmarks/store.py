"""What keeping episodes costs: events a second, and processor time for each.

    .venv/bin/python benchmarks/store.py [--json] [--url URL] [--events NUMBER]

Tasks on one event loop play episodes into a store, each event when the one before it
is kept, as sessions do; the scores are ready made. `gain` is the rate against that of
one task: what it brings that all who wait share a commit. Rates move with the disk and
with what else the machine does; the processor time, which counts both threads, moves
less.
"""

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path

from attrs import asdict, frozen
from sqlalchemy import URL
from timing import machine

from support_queue_env.core.episode import Episode
from support_queue_env.core.log import EpisodeStarted, TicketGraded
from support_queue_env.core.session import Session
from support_queue_env.environment import load_environment
from support_queue_env.models import ResetOptions
from support_queue_env.store.backend import Durability
from support_queue_env.store.log import Store, open_store
from support_queue_env.store.runs import RunInfo
from support_queue_env.store.urls import file_url, resolve_url


TASKS = (1, 16, 64)
DURABILITIES: tuple[Durability, ...] = ("full", "normal")


@frozen(kw_only=True)
class Kept:
    """How fast events were kept; `batch` is how many shared a commit, in the mean."""

    durability: str
    tasks: int
    events_per_second: float
    processor_microseconds: float
    batch: float


def played() -> list[Episode]:
    """An episode after its reset and after each of its steps."""
    session = Session(load_environment())
    session.reset(ResetOptions(task_id="hard_exec_escalations"))
    states = [session.episode]
    while (episode := session.episode) is not None and episode.current is not None:
        session.step(episode.current.gold.oracle())
        states.append(session.episode)
    return [state for state in states if state is not None]


async def play(store: Store, states: list[Episode], episodes: int) -> None:
    """Give the store that many episodes, one event after the other."""
    for _ in range(episodes):
        key = store.new_key()
        start = EpisodeStarted(key=key, source="http", named=False, episode=states[0])
        await store.append_async(start)
        for state in states[1:]:
            await store.append_async(TicketGraded(key=key, episode=state))


async def play_all(
    store: Store, states: list[Episode], tasks: int, episodes: int
) -> None:
    """The same with many tasks at once."""
    await asyncio.gather(*(play(store, states, episodes) for _ in range(tasks)))


def measure(
    url: URL, states: list[Episode], durability: Durability, tasks: int, events: int
) -> Kept:
    """Keep about that many events."""
    episodes = max(1, events // len(states) // tasks)
    store = open_store(url, RunInfo(command="benchmark"), durability)
    try:
        asyncio.run(play_all(store, states, tasks, 2))
        before = store.status
        wall, processor = time.perf_counter(), time.process_time()
        asyncio.run(play_all(store, states, tasks, episodes))
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        after = store.status
    finally:
        store.close()
    kept = after.events - before.events
    return Kept(
        durability=durability,
        tasks=tasks,
        events_per_second=kept / wall,
        processor_microseconds=processor / kept * 1e6,
        batch=kept / (after.commits - before.commits),
    )


def main() -> None:
    """Print the table, or the document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print a document instead")
    parser.add_argument("--url", help="a database that may be filled  [a new file]")
    parser.add_argument("--events", type=int, default=10_000, help="for each row")
    arguments = parser.parse_args()
    states = played()
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for durability in DURABILITIES:
            for tasks in TASKS:
                file = file_url(Path(folder) / f"{durability}-{tasks}.db")
                url = resolve_url(arguments.url) if arguments.url else file
                if url is None:
                    parser.error("--url: expected a database")
                found.append(measure(url, states, durability, tasks, arguments.events))
    if arguments.json:
        print(json.dumps([asdict(kept) for kept in found], indent=2))
        return
    print(machine())
    print(
        f"{'durability':12}{'tasks':>6}{'events/s':>11}{'gain':>7}{'CPU':>10}{'batch':>8}"
    )
    for kept in found:
        single = next(
            k for k in found if (k.durability, k.tasks) == (kept.durability, 1)
        )
        gain = kept.events_per_second / single.events_per_second
        print(
            f"{kept.durability:12}{kept.tasks:6}{kept.events_per_second:11.0f}"
            f"{gain:7.1f}{kept.processor_microseconds:7.1f} us{kept.batch:8.1f}"
        )


if __name__ == "__main__":
    main()
