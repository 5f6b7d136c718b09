"""The queue and the event of a connection, beside those of asyncio."""

import asyncio
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_queue_env.server.mailbox import Flag, Mailbox


MOVES = st.lists(st.sampled_from(["put", "take", "wait", "cancel", "turn"]))


async def played(moves: list[str], queue: Any) -> list[Any]:
    """What a queue gives and says, move by move; one reader waits at a time."""
    told: list[Any] = []
    reader: asyncio.Task[Any] | None = None
    for number, move in enumerate(moves):
        match move:
            case "put":
                queue.put_nowait(number)
            case "take":
                try:
                    told.append(queue.get_nowait())
                except asyncio.QueueEmpty:
                    told.append("empty")
            case "wait" if reader is None:
                reader = asyncio.create_task(queue.get())
            case "cancel" if reader is not None:
                reader.cancel()
        await asyncio.sleep(0)
        if move == "turn":
            await asyncio.sleep(0)
        if reader is not None and reader.done():
            told.append("cancelled" if reader.cancelled() else reader.result())
            reader = None
        told.append(queue.empty())
    if reader is not None:
        reader.cancel()
    return told


@given(MOVES)
def test_a_mailbox_is_a_queue_to_its_reader(moves: list[str]) -> None:
    """Whatever is put, taken, waited for and given up, in whatever order."""
    assert asyncio.run(played(moves, asyncio.Queue())) == asyncio.run(
        played(moves, Mailbox())
    )


def test_a_flag_wakes_all_that_wait() -> None:
    """And those that gave up are no trouble."""

    async def waited() -> list[bool | BaseException]:
        flag = Flag()
        tasks = [asyncio.create_task(flag.wait()) for _ in range(3)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        await asyncio.sleep(0)
        flag.set()
        assert flag.is_set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    first, second, third = asyncio.run(waited())
    assert (True, True) == (first, third)
    assert isinstance(second, asyncio.CancelledError)


@pytest.mark.parametrize("made", [Mailbox, Flag])
def test_they_hold_no_queue_before_it_is_needed(made: type[Any]) -> None:
    """A tenth of what asyncio's hold, which is what they are for."""
    held = made()
    parts = [
        getattr(held, name) for name in ("_items", "_waiters") if hasattr(held, name)
    ]

    assert sum(map(sys.getsizeof, parts)) < 100
