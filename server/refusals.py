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


def refusals_of(application: object) -> Refusals:
    """Where an application counts what it refuses, looked for through its layers.

    A layer holds the next one as `application`, or as `app` where it is uvicorn's.
    """
    while application is not None:
        found = getattr(application, "refusals", None)
        if isinstance(found, Refusals):
            return found
        inner = getattr(application, "application", None)
        application = inner or getattr(application, "app", None)
    return Refusals()
