"""openenv's own client playing episodes; run by the python of its environment.

    PYTHON benchmarks/harness/official_client.py URL async|sync CLIENTS

Connects and prints `ready`. For each line with a number it plays for so many seconds and
prints JSON: the steps that were answered, the seconds that took, and the processor
seconds that this process used for them. When standard input ends, it closes.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack
from itertools import repeat
from typing import Any

from openenv.core import GenericEnvClient


TASK = "hard_exec_escalations"
TICKETS = 4
ACTION = {
    "priority": "P2",
    "queue": "technical",
    "disposition": "respond",
    "summary": "The customer reports an outage since this morning.",
    "response": "Thank you for the report; an engineer is looking into it now.",
    "confidence": 0.5,
}


class Clock:
    """Starts when it is made."""

    def __init__(self, seconds: float) -> None:
        self._began = time.perf_counter()
        self._processor = time.process_time()
        self._end = self._began + seconds

    @property
    def running(self) -> bool:
        """Whether there is time left."""
        return time.perf_counter() < self._end

    def tell(self, steps: int) -> None:
        """Print what was reached."""
        reached = {
            "steps": steps,
            "seconds": time.perf_counter() - self._began,
            "processor": time.process_time() - self._processor,
        }
        print(json.dumps(reached), flush=True)


def clocks() -> Iterator[Clock]:
    """Say that everybody is connected; then a clock each time that they shall play."""
    print("ready", flush=True)
    for line in sys.stdin:
        yield Clock(float(line))


async def play(client: Any, clock: Clock) -> int:
    """Episodes of an asynchronous client; how many steps were answered."""
    steps = 0
    while clock.running:
        await client.reset(task_id=TASK)
        for _ in range(TICKETS):
            result = await client.step(ACTION)
            steps += 1
        if not result.done:
            raise RuntimeError("an episode did not end with its last ticket")
    return steps


async def play_together(url: str, clients: int) -> None:
    """So many of them on one event loop."""
    async with AsyncExitStack() as stack:
        connected = [
            await stack.enter_async_context(GenericEnvClient(base_url=url))
            for _ in range(clients)
        ]
        await asyncio.gather(*(client.reset(task_id=TASK) for client in connected))
        words = clocks()
        while clock := await asyncio.to_thread(next, words, None):
            playing = [play(client, clock) for client in connected]
            clock.tell(sum(await asyncio.gather(*playing)))


def play_in_thread(client: Any, clock: Clock) -> int:
    """Episodes of a synchronous client; how many steps were answered."""
    steps = 0
    while clock.running:
        client.reset(task_id=TASK)
        for _ in range(TICKETS):
            client.step(ACTION)
            steps += 1
    return steps


def play_in_threads(url: str, clients: int) -> None:
    """So many of them, each in a thread of its own."""
    with ExitStack() as stack, ThreadPoolExecutor(clients) as threads:
        connected = [
            stack.enter_context(GenericEnvClient(base_url=url).sync())
            for _ in range(clients)
        ]
        for client in connected:
            client.reset(task_id=TASK)
        for clock in clocks():
            steps = threads.map(play_in_thread, connected, repeat(clock))
            clock.tell(sum(steps))


def main() -> None:
    """Do what the arguments say."""
    url, kind, clients = sys.argv[1:]
    if kind == "async":
        asyncio.run(play_together(url, int(clients)))
    else:
        play_in_threads(url, int(clients))


if __name__ == "__main__":
    main()
