"""What the server turned away, counted by reason: one object for all of its parts."""

from collections import Counter
from collections.abc import Mapping

from attrs import define, field


@define(eq=False)
class Refusals:
    """Counts only grow. A reason is a short word of ours, never anything sent."""

    _counts: Counter[str] = field(init=False, factory=Counter)

    def count(self, reason: str) -> None:
        """One more was refused for `reason`, such as `capacity` or `origin`."""
        self._counts[reason] += 1

    def by_reason(self) -> Mapping[str, int]:
        """How often each reason came up so far, by name."""
        return dict(sorted(self._counts.items()))
