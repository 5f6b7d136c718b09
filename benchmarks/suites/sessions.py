"""Open sessions: the time, memory and threads that each of them takes."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Self

from attrs import frozen
from harness.alternation import alternated
from harness.figures import Row, Spread, at_most, compared
from harness.holder import held
from harness.open_files import allow_open_files
from harness.plan import Plan
from harness.processors import CORES
from harness.servers import Server, official, ours


SIZES = {"smoke": (20,), "guard": (), "short": (1_000,), "full": (1_000, 4_000, 10_000)}
WARM_UP = 20
_SETTLING_SECONDS = 0.5
_CLOSING_SECONDS = 60


@frozen(kw_only=True)
class Usage:
    """What a server has taken of the machine: seconds, KB, threads, open files."""

    processor: float
    memory: float
    threads: int
    files: int

    @classmethod
    def of(cls, server: Server) -> Self:
        """What it has just now."""
        return cls(
            processor=server.processor_seconds(),
            memory=server.memory() * 1024,
            threads=server.threads(),
            files=len(os.listdir(f"/proc/{server.pid}/fd")),  # noqa: PTH208 - only how many
        )


@frozen(kw_only=True)
class Opened:
    """What sessions did to a server.

    Args:
        sessions: that it managed.
        refused: why there are no more; empty when it managed all of them.
        rate: sessions that were opened, and reset once, per second.
        processor: microseconds of the server, each.
        memory: KB of resident memory, each.
        threads: each, to a hundredth: a pool may have grown by one in the meantime.
        again: KB that it takes to open as many once more after they have ended, each:
            what the first ones left is used again, or it was lost.
        gone: whether all their files and threads were gone after the end.
    """

    sessions: int
    refused: str
    rate: float
    processor: float
    memory: float
    threads: float
    again: float
    gone: bool


def measure(plan: Plan) -> Iterator[Row]:
    """Both servers, a fresh one for each round."""
    sizes = SIZES[plan.length]
    possible = allow_open_files(max(sizes, default=0))
    for size in dict.fromkeys(min(size, possible) for size in sizes):
        # Room for all of them and for those that still say goodbye.
        flag = size + 2 * WARM_UP
        notes = [f"ours with --max-sessions {flag}"]
        if size not in sizes:
            notes.append("more is not possible: too few open files are allowed")
        yield from measured(size, flag, notes)


def measured(size: int, flag: int, notes: list[str]) -> Iterator[Row]:
    """The rows of so many sessions."""
    rounds = alternated(
        lambda: opened(lambda: ours(CORES.server, max_sessions=flag), size),
        lambda: opened(lambda: official(CORES.server), size),
        repeats=1,
    )
    yield from rows(size, rounds.ours, rounds.reference, notes)


def opened(serve: Callable[[], AbstractContextManager[Server]], size: int) -> Opened:
    """Start a server, open sessions and look; close them, and do it once more."""
    with serve() as server:
        unused = Usage.of(server)
        with held(server, WARM_UP):
            pass
        wait_for_end(server, unused)
        idle = Usage.of(server)
        with held(server, size) as holder:
            time.sleep(_SETTLING_SECONDS)
            busy = Usage.of(server)
        gone = wait_for_end(server, idle)
        with held(server, holder.opened):
            time.sleep(_SETTLING_SECONDS)
            again = Usage.of(server)
    each = 1 / max(1, holder.opened)
    return Opened(
        sessions=holder.opened,
        refused=holder.refused,
        rate=holder.opened / holder.seconds,
        processor=(busy.processor - idle.processor) * 1e6 * each,
        memory=(busy.memory - idle.memory) * each,
        threads=round((busy.threads - idle.threads) * each, 2),
        again=(again.memory - busy.memory) * each,
        gone=gone,
    )


def wait_for_end(server: Server, before: Usage) -> bool:
    """Wait until a server has no more files and threads open than before.

    A pool of threads that has grown while it was used may stay as it is.
    """
    end = time.monotonic() + _CLOSING_SECONDS
    while time.monotonic() < end:
        now = Usage.of(server)
        if now.files <= before.files and now.threads <= before.threads + WARM_UP:
            return True
        time.sleep(0.05)
    return False


def rows(
    size: int, own: Sequence[Opened], theirs: Sequence[Opened], notes: Sequence[str]
) -> Iterator[Row]:
    """What was found, figure by figure."""
    case = f"{size:,} sessions"
    note = "; ".join([*notes, *shortcomings(size, own, theirs)])

    def figure(take: Callable[[Opened], float], **row: object) -> Row:
        return compared(
            [take(found) for found in own],
            [take(found) for found in theirs],
            suite="sessions",
            case=case,
            **row,
        )

    yield figure(
        lambda found: found.memory,
        figure="resident memory per session",
        unit="KB",
        better="less",
        aim=at_most(0.4),
        note=note,
    )
    yield Row(
        suite="sessions",
        case=case,
        figure="threads per session",
        unit="",
        better="less",
        ours=Spread.of(found.threads for found in own),
        reference=Spread.of(found.threads for found in theirs),
        aim=at_most(0, of="ours"),
    )
    yield figure(
        lambda found: found.rate,
        figure="opened and reset",
        unit="/s",
        better="more",
    )
    yield figure(
        lambda found: found.processor,
        figure="processor time to open and reset one",
        unit="µs",
        better="less",
    )
    yield Row(
        suite="sessions",
        case=case,
        figure="memory for as many once more, per session",
        unit="KB",
        better="less",
        ours=Spread.of(found.again for found in own),
        reference=Spread.of(found.again for found in theirs),
    )


def shortcomings(
    size: int, own: Sequence[Opened], theirs: Sequence[Opened]
) -> Iterator[str]:
    """What did not go as it should, in words."""
    for name, rounds in {"ours": own, "official": theirs}.items():
        fewest = min(rounds, key=lambda found: found.sessions)
        if fewest.sessions < size:
            why = fewest.refused.replace("\n", " ")[:120]
            yield f"{name} stopped at {fewest.sessions:,} ({why})"
        if not all(found.gone for found in rounds):
            yield f"{name} kept files or threads of closed sessions"
