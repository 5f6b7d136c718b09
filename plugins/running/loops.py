"""An event loop of one plugin, in a thread of its own.

A coroutine that blocks its loop blocks nobody else's, and a caller without a loop can
wait for one all the same.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any

from attrs import define, field

from .limits import Health, Limits
from .outcomes import Outcome
from .threads import refusal


Make = Callable[[], Coroutine[Any, Any, Outcome]]


@define(eq=False)
class _Loop:
    """A running loop, and whether it still turns."""

    loop: asyncio.AbstractEventLoop
    silent: bool = field(init=False, default=False)

    def ask(self) -> None:
        """Have it say that it turns; it is silent until it does."""
        self.silent = True
        self.loop.call_soon_threadsafe(self._answer)

    def _answer(self) -> None:
        self.silent = False


@define(eq=False)
class LoopThread:
    """Runs coroutines of one plugin; a loop that one of them blocks is replaced.

    After a time-out the loop is asked whether it turns. Until it says so, the next
    calls go to another one; past a number of silent loops there are no more.
    With `trusted` code time-outs have no consequence here: a judge counts its own.
    """

    name: str
    limits: Limits = field(factory=Limits)
    trusted: bool = False
    _lock: threading.Lock = field(init=False, factory=threading.Lock)
    _loops: list[_Loop] = field(init=False, factory=list)
    _health: Health = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._health = Health(self.limits)

    def submit(self, make: Make) -> "Future[Outcome]":
        """Run the coroutine that `make` makes; its future never holds an exception."""
        with self._lock:
            current = self._turning()
            if current is None or self._health.resting:
                return refusal(f"plugin {self.name!r} timed out too often")
            future = asyncio.run_coroutine_threadsafe(make(), current.loop)
        future.add_done_callback(self._finished)
        return future

    @property
    def resting(self) -> bool:
        """Whether its plugin is left alone now."""
        with self._lock:
            silent = sum(loop.silent for loop in self._loops)
            return self._health.resting or silent >= self.limits.stuck

    def _turning(self) -> _Loop | None:
        """A loop that turns, as far as is known; None when too many do not."""
        for loop in self._loops:
            if not loop.silent:
                return loop
        if len(self._loops) >= self.limits.stuck:
            return None
        self._loops.append(self._start())
        return self._loops[-1]

    def give_up(self, future: "Future[Outcome]") -> None:
        """Nobody waits for it any more, because its deadline has passed."""
        future.cancel()
        with self._lock:
            for loop in self._loops:
                loop.ask()
            if not self.trusted:
                self._health.timed_out()

    def close(self) -> None:
        """End the loop, and with it what still runs on it."""
        with self._lock:
            loops, self._loops = self._loops, []
        for loop in loops:
            loop.loop.call_soon_threadsafe(loop.loop.stop)

    def _start(self) -> _Loop:
        loop = asyncio.new_event_loop()
        name = f"support-queue-plugin-{self.name}"
        threading.Thread(target=_turn, args=(loop,), name=name, daemon=True).start()
        return _Loop(loop)

    def _finished(self, future: "Future[Outcome]") -> None:
        if not future.cancelled():
            with self._lock:
                self._health.answered()


def _turn(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()
