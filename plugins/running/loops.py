"""An event loop of one plugin, in a thread of its own.

A coroutine that blocks its loop blocks nobody else's, and a caller without a loop can
wait for one all the same.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from time import monotonic
from typing import Any

from attrs import define, field

from .limits import Health, Limits
from .outcomes import Outcome
from .threads import refusal


_PULSE_SECONDS = 0.25

Make = Callable[[], Coroutine[Any, Any, Outcome]]


@define(eq=False)
class _Loop:
    """A running loop, and whether it still turns."""

    loop: asyncio.AbstractEventLoop
    _asked: float | None = field(init=False, default=None)

    def ask(self) -> None:
        """Have it say that it turns."""
        self._asked = monotonic()
        self.loop.call_soon_threadsafe(self._answer)

    def _answer(self) -> None:
        self._asked = None

    @property
    def blocked(self) -> bool:
        """Whether it was asked a while ago and has not answered."""
        asked = self._asked
        return asked is not None and monotonic() - asked > _PULSE_SECONDS


@define(eq=False)
class LoopThread:
    """Runs coroutines of one plugin; a loop that one of them blocks is replaced.

    With `trusted` code time-outs have no consequence here: a judge counts its own.
    """

    name: str
    limits: Limits = Limits()
    trusted: bool = False
    _lock: threading.Lock = field(init=False, factory=threading.Lock)
    _current: _Loop | None = field(init=False, default=None)
    _blocked: list[_Loop] = field(init=False, factory=list)
    _health: Health = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._health = Health(self.limits)

    def submit(self, make: Make) -> "Future[Outcome]":
        """Run the coroutine that `make` makes; its future never holds an exception."""
        with self._lock:
            if self._current and self._current.blocked:
                self._blocked.append(self._current)
                self._current = None
            self._blocked = [loop for loop in self._blocked if loop.blocked]
            if self._health.resting or len(self._blocked) >= self.limits.stuck:
                return refusal(f"plugin {self.name!r} timed out too often")
            if self._current is None:
                self._current = self._start()
            future = asyncio.run_coroutine_threadsafe(make(), self._current.loop)
        future.add_done_callback(self._finished)
        return future

    def give_up(self, future: "Future[Outcome]") -> None:
        """Nobody waits for it any more, because its deadline has passed."""
        future.cancel()
        with self._lock:
            if self._current:
                self._current.ask()
            if not self.trusted:
                self._health.timed_out()

    def close(self) -> None:
        """End the loop, and with it what still runs on it."""
        with self._lock:
            current, self._current = self._current, None
        if current:
            current.loop.call_soon_threadsafe(current.loop.stop)

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
