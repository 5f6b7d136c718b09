"""How much a plugin may take, and when it is left alone."""

from collections.abc import Callable
from time import monotonic

from attrs import define, field, frozen


DEADLINE = 2.0
"""Seconds that a stranger's scorer has, unless the rubric sets its `timeout`."""

GRACE = 0.5
"""Seconds that a scorer with a deadline of its own has beyond it."""


@frozen
class Limits:
    """Of one plugin.

    `threads` run at a time; past `stuck` of them that outlived their deadline, or
    after `trips` time-outs in a row, the plugin rests for `rest` seconds.
    """

    threads: int = 16
    stuck: int = 4
    trips: int = 3
    rest: float = 60.0


@define
class Health:
    """Time-outs of one plugin. Its owner holds a lock around every call.

    Only time-outs count. An exception may be due to the text that was scored, and one
    hostile text must not stop the scoring of all others.
    """

    limits: Limits
    clock: Callable[[], float] = monotonic
    _in_a_row: int = field(default=0, init=False)
    _rests_until: float = field(default=0.0, init=False)

    @property
    def resting(self) -> bool:
        """Whether the plugin is left alone now."""
        return self.clock() < self._rests_until

    def answered(self) -> None:
        """A call came back in time."""
        self._in_a_row = 0

    def timed_out(self) -> None:
        """A call did not."""
        self._in_a_row += 1
        if self._in_a_row >= self.limits.trips:
            self._rests_until = self.clock() + self.limits.rest
            self._in_a_row = self.limits.trips - 1  # one more sends it back to rest
