"""Time limits of a connection, looked at now and then: nothing is armed per message."""

import asyncio
from collections.abc import Callable

from attrs import define, field, frozen


@frozen(kw_only=True)
class Limits:
    """How long a server waits for those it talks to, in seconds.

    Args:
        request: for a whole HTTP request, from its first byte, or from the connection
            where nothing came yet.
        reading: for an HTTP client to take an answer.
        message: for the rest of a WebSocket message that has begun.
        listening: for a WebSocket client to take replies.
        parting: for what is left to be sent on a connection that is being closed.
        shutdown: the same when the server ends.
        frames: WebSocket frames that bring no message, at once.
        frames_per_second: and how many more each second.
    """

    request: float = 14.0
    reading: float = 14.0
    message: float = 30.0
    listening: float = 30.0
    parting: float = 5.0
    shutdown: float = 1.0
    frames: int = 30_000
    frames_per_second: float = 50.0

    @property
    def glance(self) -> float:
        """Seconds between looks, which is how late a limit may be noticed."""
        times = (self.request, self.reading, self.message, self.listening)
        return min(1.0, *(time / 4 for time in times))


_ROUNDING = 1e-9
"""Of a token: who waited as long as it was told shall not wait for the last digit."""


@define
class Patience:
    """For how long something has gone on without a break."""

    limit: float
    _since: float | None = None

    def is_over(self, now: float, *, going_on: bool) -> bool:
        """Whether it is too long now; to be asked at every look."""
        if not going_on:
            self._since = None
            return False
        if self._since is None:
            self._since = now
        return now - self._since >= self.limit

    def start_anew(self) -> None:
        """There was a break since the last look."""
        self._since = None


@define
class Allowance:
    """Tokens that come back with time; the clock is given."""

    burst: float
    per_second: float
    _left: float = field(init=False)
    _at: float = field(init=False, default=0.0)

    @_left.default
    def _(self) -> float:
        return self.burst

    def take(self, now: float) -> bool:
        """Take one, if there is one."""
        come_back = (now - self._at) * self.per_second
        self._left = min(self.burst, self._left + max(0.0, come_back))
        self._at = now
        if self._left < 1 - _ROUNDING:
            return False
        self._left = max(0.0, self._left - 1)
        return True

    def wait(self) -> float:
        """Seconds until there is one again, counted from the last attempt."""
        return max(0.0, (1 - self._left) / self.per_second)


@define(eq=False)
class Watch:
    """Looks at a connection every so often until it is stopped."""

    loop: asyncio.AbstractEventLoop
    every: float
    look: Callable[[float], None]
    _timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Look for the first time after one interval."""
        self._timer = self.loop.call_later(self.every, self._tick)

    def look_every(self, seconds: float) -> None:
        """Look that often, where it has been less often until now."""
        if seconds < self.every:
            self.every = seconds
            self.stop()
            self.start()

    def stop(self) -> None:
        """Look no more; calling it twice is harmless."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self) -> None:
        self.start()
        self.look(self.loop.time())
