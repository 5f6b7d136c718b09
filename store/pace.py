"""How long a commit is worth delaying, for more events to come along with it.

Sessions that were answered together tend to answer together again, one shortly after the
other. A commit that leaves with the first of them makes the rest wait for a second one.
"""

from attrs import define, field


SHARE = 0.25
"""Of a usual commit's time: as long the first of a batch waits for the others."""

LONGEST = 0.005
"""Seconds; nobody waits longer for others, however slow the disk is."""

_WEIGHT = 0.2


@define
class Pace:
    """What the last commits tell of the next. Times are in seconds."""

    _company: int = field(default=1, init=False)
    _usual: float = field(default=0.0, init=False)

    def patience(self, size: int) -> float:
        """How long a batch of `size` events may wait for more; 0 when it is complete.

        Whoever plays alone never waits.
        """
        if size >= self._company:
            return 0.0
        return min(SHARE * self._usual, LONGEST)

    def committed(self, size: int, waiting: int, seconds: float) -> None:
        """Learn from a commit of `size` events during which others came to wait."""
        # One less each time, so that those who have left are soon not waited for.
        self._company = max(size + waiting, self._company - 1)
        self._usual += _WEIGHT * (seconds - self._usual)
