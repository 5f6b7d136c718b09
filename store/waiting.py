"""Whoever waits for an event to be kept: a future of some event loop, or a thread."""

import asyncio
import threading
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress

from attrs import define

from ..core.errors import SupportQueueError
from ..core.log import Event


DEADLINE_SECONDS = 10.0
"""Longer nobody waits for a database; one that froze would never say no."""


@define(eq=False)
class Waiting:
    """An event, and who waits for it: a future of a loop, or a blocked thread.

    `expired` when whoever waited was told already that the database is too slow, and
    `done` when it can be told nothing new any more.
    """

    event: Event
    at: float
    future: "asyncio.Future[None] | None" = None
    kept: threading.Event | None = None
    error: SupportQueueError | None = None
    expired: bool = False
    done: bool = False


def wake(batch: Sequence[Waiting]) -> None:
    """Answer everybody: with one call for each event loop, however many wait on it."""
    by_loop: defaultdict[asyncio.AbstractEventLoop, list[Waiting]] = defaultdict(list)
    for waiting in batch:
        if waiting.future is not None:
            by_loop[waiting.future.get_loop()].append(waiting)
        elif waiting.kept is not None:
            waiting.kept.set()
    for loop, waiting_there in by_loop.items():
        with suppress(RuntimeError):  # that loop is closed: nobody waits
            loop.call_soon_threadsafe(_resolve, waiting_there)


def _resolve(batch: Sequence[Waiting]) -> None:
    for waiting in batch:
        future = waiting.future
        if future is None or future.done():  # whoever waited has gone
            continue
        if waiting.error is None:
            future.set_result(None)
        else:
            future.set_exception(waiting.error)
