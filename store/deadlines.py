"""Deadlines of those who wait on one event loop, with one timer however many wait.

A timer for each would be armed and disarmed at every step, and almost never go off.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from attrs import define, field

from .waiting import Waiting


@define(eq=False)
class Deadlines:
    """Tells everybody who has waited for `seconds` that it was too long.

    All wait equally long, so whoever came first is told first. `expire` gives up on one
    who waits: then its `error` says what to tell, or it was answered just now.
    """

    loop: asyncio.AbstractEventLoop
    seconds: float
    expire: Callable[[Waiting], None]
    _waiting: deque[tuple[float, "asyncio.Future[None]", Waiting]] = field(
        init=False, factory=deque
    )
    _timer: asyncio.TimerHandle | None = field(init=False, default=None)

    def add(self, waiting: Waiting, future: "asyncio.Future[None]") -> None:
        """From now on `waiting` waits, and `future` is what it waits for."""
        self._forget_answered()
        self._waiting.append((self.loop.time(), future, waiting))
        if self._timer is None:
            self._timer = self.loop.call_later(self.seconds, self._look)

    def _forget_answered(self) -> None:
        while self._waiting and self._waiting[0][1].done():
            self._waiting.popleft()

    def _look(self) -> None:
        self._timer = None
        now = self.loop.time()
        self._forget_answered()
        while self._waiting and self._left(now) <= 0:
            _, future, waiting = self._waiting.popleft()
            self.expire(waiting)
            if waiting.error is not None and not future.done():
                future.set_exception(waiting.error)
            self._forget_answered()
        if self._waiting:
            self._timer = self.loop.call_later(self._left(now), self._look)

    def _left(self, now: float) -> float:
        """Seconds until the first has waited long enough."""
        return self._waiting[0][0] + self.seconds - now
