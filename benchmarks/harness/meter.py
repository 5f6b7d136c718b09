"""What is counted while a load runs."""

import math
import time
from array import array

from attrs import define, field

from .jobs import Round
from .processors import processor_seconds


@define
class Meter:
    """Counts answers from `begin` to `end`; before and after they do not matter.

    Args:
        pid: the server's process.
        operations: that were answered so far; players count them.
        taken: nanoseconds of each answer since `begin`; players append them.
    """

    pid: int
    operations: int = 0
    taken: "array[int]" = field(factory=lambda: array("q"))
    _began: tuple[int, float, float, float] = field(default=(0, 0.0, 0.0, 0.0))

    def begin(self) -> None:
        """Forget what was, and count from now on."""
        del self.taken[:]
        self._began = self._now()

    def end(self) -> Round:
        """What was done since `begin`.

        Raises:
            RuntimeError: nothing was answered.
        """
        operations, wall, processor, generator = (
            now - then for now, then in zip(self._now(), self._began, strict=True)
        )
        taken = sorted(self.taken)
        if not operations or not taken:
            raise RuntimeError("the server answered nothing while it was measured")
        return Round(
            operations=int(operations),
            seconds=wall,
            processor=processor,
            generator=generator,
            p50=percentile(taken, 50) / 1000,
            p99=percentile(taken, 99) / 1000,
        )

    def _now(self) -> tuple[int, float, float, float]:
        return (
            self.operations,
            time.perf_counter(),
            processor_seconds(self.pid),
            time.process_time(),
        )


def percentile(ordered: list[int], percent: float) -> int:
    """The least of some ordered numbers that at least so many per cent do not exceed."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]
