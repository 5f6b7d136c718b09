"""A circuit breaker: an endpoint that keeps failing is left alone for a while."""

from collections.abc import Callable
from time import monotonic

from attrs import define, field


FAILURES = 3
OPEN_SECONDS = 60.0


@define
class Breaker:
    """Opens after `FAILURES` in a row, for `OPEN_SECONDS`; then lets one call try."""

    clock: Callable[[], float] = monotonic
    _failures: int = field(default=0, init=False)
    _opened: float | None = field(default=None, init=False)
    _trying: bool = field(default=False, init=False)

    @property
    def refuses(self) -> bool:
        """Whether a call would be in vain now."""
        if self._opened is None:
            return False
        return self._trying or self.clock() - self._opened < OPEN_SECONDS

    def admit(self) -> bool:
        """Whether the caller may call; it then has to say how that ended."""
        if self.refuses:
            return False
        self._trying = self._opened is not None
        return True

    def succeeded(self) -> None:
        """The endpoint answered."""
        self._failures = 0
        self._opened = None
        self._trying = False

    def failed(self) -> None:
        """The endpoint did not answer, or with an error."""
        self._failures += 1
        self._trying = False
        if self._failures >= FAILURES:
            self._opened = self.clock()

    def abandoned(self) -> None:
        """The call was cancelled, which says nothing about the endpoint."""
        self._trying = False
