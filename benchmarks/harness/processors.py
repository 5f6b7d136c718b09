"""Which processor a process runs on, and what it has used of it."""

import os
import sys
import time
from pathlib import Path

from attrs import frozen

from .figures import Skipped, Surroundings


def processor_seconds(pid: int) -> float:
    """User and system time of a process, of all threads it has or ever had.

    This is the kernel's own clock of the process: it counts in nanoseconds, where
    /proc/PID/stat counts in hundredths of a second, and it does not forget threads that
    have ended, as the sum over /proc/PID/task does.

    Raises:
        ProcessLookupError: there is no such process.
    """
    # As `clock_getcpuclockid` makes it: the complement of the pid, then "scheduler".
    clock = (~pid << 3) | 2
    try:
        return time.clock_gettime(clock)
    except OSError as error:
        raise ProcessLookupError(f"there is no process {pid}") from error


def require_processor_clock() -> None:
    """Skip a suite where the time of another process cannot be asked.

    Raises:
        Skipped: this is not Linux.
    """
    if sys.platform != "linux":
        raise Skipped(f"{sys.platform} does not tell the time of another process")


@frozen
class Cores:
    """The cores of servers and of what loads them; empty: wherever there is room.

    Args:
        note: what a reader of the results has to know, if anything.
    """

    server: frozenset[int]
    load: frozenset[int]
    note: str = ""


def cores_of(available: frozenset[int]) -> Cores:
    """The servers get one core, the load the others.

    With one core, or where nobody can say, nothing is pinned and the note says so.
    """
    if len(available) < 2:
        found = "one core" if available else "no way to pin processes"
        note = f"{found}: server and load share it, so rates are not to be compared"
        return Cores(frozenset(), frozenset(), note)
    first = min(available)
    return Cores(frozenset({first}), available - {first})


def available() -> frozenset[int]:
    """The cores that this process may run on; empty where that cannot be asked."""
    ask = getattr(os, "sched_getaffinity", None)
    return frozenset(ask(0)) if ask else frozenset()


CORES = cores_of(available())
"""Of this run."""


def pin(pid: int, cores: frozenset[int]) -> None:
    """Keep a process and the threads that it starts from now on to some cores.

    Nothing is done with no cores. `pid` 0 is this process.
    """
    if cores:
        os.sched_setaffinity(pid, cores)


@frozen
class Ticks:
    """What all processors together have done since the machine started, in ticks."""

    total: int
    steal: int


def ticks() -> Ticks:
    """As the kernel counts them now; nothing where it does not say."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return Ticks(0, 0)
    first = stat.read_text(encoding="utf-8").splitlines()[0]
    # user nice system idle iowait irq softirq steal; guests are part of user.
    counted = [int(number) for number in first.split()[1:9]]
    return Ticks(sum(counted), counted[7])


def surroundings_since(before: Ticks) -> Surroundings:
    """What the machine did since then."""
    now = ticks()
    passed = max(1, now.total - before.total)
    return Surroundings(
        load=os.getloadavg()[0], steal=(now.steal - before.steal) / passed
    )
