"""Bulk scoring: JSON lines read, graded and written, by one process and by two."""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from attrs import define, evolve, field, frozen
from harness.alternation import Rounds, alternated
from harness.bulk_rows import write_rows
from harness.figures import Row, Spread, at_least, compared
from harness.plan import Length, Plan
from harness.processors import (
    processor_seconds,
    require_processor_clock,
    surroundings_since,
    ticks,
)
from timing import hash_once, timed

from support_queue_env.evaluation.bulk.manifest import Position
from support_queue_env.evaluation.bulk.run import Run, score_rows
from support_queue_env.evaluation.bulk.setup import Setup
from support_queue_env.evaluation.bulk.source import Source


ROWS: dict[Length, int] = {
    "smoke": 300,
    "guard": 20_000,
    "short": 20_000,
    "full": 100_000,
}
"""In the file; one has about a kilobyte."""

_STRICT_SHARE = 10
"""The strict rubric reads texts, which takes its time: a tenth of the rows will do."""

_HASH_SECONDS = 0.1


@frozen(kw_only=True)
class Pass:
    """The file scored once.

    Args:
        rows_per_second: on the clock, from the first block to the last.
        micros: of processor time for each row, of all processes.
        hash: microseconds of a hash at that time.
    """

    rows_per_second: float
    micros: float
    hash: float


def measure(plan: Plan) -> Iterator[Row]:
    """The classic rubric in one process and in two, in turn; then the strict one."""
    require_processor_clock()
    rows = ROWS[plan.length]
    with tempfile.TemporaryDirectory() as folder:
        source, short = Path(folder, "rows.jsonl"), Path(folder, "short.jsonl")
        write_rows(source, rows)
        write_rows(short, max(rows // _STRICT_SHARE, 1))
        scored(source, "classic", 1)  # once, so that the file is in memory
        before = ticks()
        rounds = alternated(
            lambda: scored(source, "classic", 2),
            lambda: scored(source, "classic", 1),
            plan.repeats,
        )
        around = surroundings_since(before)
        strict = [scored(short, "strict", 1) for _ in range(2 * plan.repeats)]
        found = (
            per_cpu_second(rounds.reference),
            on_the_clock(rounds.reference),
            of_two(rounds),
            cost("classic, one process", rounds.reference),
            cost("classic, two processes", rounds.ours),
            cost("strict, one process", strict),
        )
        yield from (evolve(row, surroundings=around) for row in found)


def per_cpu_second(passes: list[Pass]) -> Row:
    """What one process scores with a second of processor time."""
    return Row(
        suite="bulk",
        case="classic, one process",
        figure="rows per CPU-second",
        unit="rows",
        better="more",
        ours=Spread.of(1e6 / each.micros for each in passes),
        aim=at_least(60_000, "ours"),
    )


def on_the_clock(passes: list[Pass]) -> Row:
    """The same on the clock, while others use the machine, too."""
    return Row(
        suite="bulk",
        case="classic, one process",
        figure="rows per second",
        unit="rows/s",
        better="more",
        ours=Spread.of(each.rows_per_second for each in passes),
    )


def of_two(rounds: Rounds[Pass]) -> Row:
    """What two processes reach, against one."""
    return compared(
        [each.rows_per_second for each in rounds.ours],
        [each.rows_per_second for each in rounds.reference],
        suite="bulk",
        case="classic, two processes",
        figure="rows per second",
        unit="rows/s",
        better="more",
        against="one process",
        aim=at_least(1.8),
        note="needs two cores that nobody else uses",
    )


def cost(case: str, passes: list[Pass]) -> Row:
    """Processor time of a row, against a hash."""
    return compared(
        [each.micros for each in passes],
        [each.hash for each in passes],
        suite="bulk",
        case=case,
        figure="processor time of a row",
        unit="µs",
        better="less",
        against="SHA-256 over 4 KiB",
    )


@define
class _Watch:
    """Looks at the clocks when the first block and when the last is done."""

    began: tuple[float, float, int] | None = field(default=None, init=False)
    ended: tuple[float, float, int] = field(default=(0.0, 0.0, 0), init=False)

    def __call__(self, position: Position, source: Source) -> None:
        """A block is done, or the run begins."""
        if position.rows:
            # Most blocks are not looked at, since asking for the workers takes a while.
            last = position.input_bytes == source.end
            if self.began is None or last:
                self.ended = (time.perf_counter(), _processor(), position.rows)
                self.began = self.began or self.ended


def scored(source: Path, rubric: str, jobs: int) -> Pass:
    """Score the file once."""
    watch = _Watch()
    run = Run(
        input=str(source),
        output=f"{source}.scored",
        setup=Setup(rubric=rubric),
        jobs=jobs,
    )
    done = score_rows(run, watch)
    if done.position.failed or watch.began is None:
        raise RuntimeError("the rows that were written do not score")
    clock, processor, rows = (
        end - begin for end, begin in zip(watch.ended, watch.began, strict=True)
    )
    return Pass(
        rows_per_second=rows / clock,
        micros=processor / rows * 1e6,
        hash=timed(hash_once, _HASH_SECONDS),
    )


def _processor() -> float:
    """Seconds of processor time of this process and of its workers so far."""
    tasks = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    workers = [int(pid) for task in tasks for pid in task.read_text("ascii").split()]
    return time.process_time() + sum(map(processor_seconds, workers))
