"""Cold start: until the first answer, then memory while idle; imports."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from attrs import evolve, frozen
from harness.alternation import alternated
from harness.figures import Aim, Row, at_most, compared
from harness.plan import Plan
from harness.processors import CORES, surroundings_since, ticks
from harness.servers import PEER, Server, official, ours, peer_python, stored
from server_process import clean_environment


_IDLE_SECONDS = 1.0
_KIB = 1024
_IMPORT = (
    "import sys, time\n"
    "sys.path.insert(0, sys.argv[2])\n"
    "began = time.process_time()\n"
    "__import__(sys.argv[1])\n"
    "print(time.process_time() - began)\n"
)
Serve = Callable[[], AbstractContextManager[Server]]


@frozen(kw_only=True)
class Start:
    """A start of a server.

    Args:
        until_answer: seconds from `exec` until `/health` said 200.
        processor: seconds of processor time until then.
        resident: MB of its memory, shared or not, a second later.
        share: MB, where what it shares with others counts in proportion (Pss).
    """

    until_answer: float
    processor: float
    resident: float
    share: float


def measure(plan: Plan) -> Iterator[Row]:
    """Starts in turn, after one of each that puts the files into the page cache."""
    variants: dict[str, Serve] = {
        "store off": lambda: ours(CORES.server),
        "store on, as by default": lambda: stored(CORES.server),
    }
    peer: Serve = lambda: official(CORES.server)  # noqa: E731 - as the two above
    for serve in (*variants.values(), peer):
        started(serve, idle_seconds=0)
    before = ticks()
    rounds = alternated(
        lambda: [started(serve) for serve in variants.values()],
        lambda: [started(peer)],
        plan.repeats,
    )
    around = surroundings_since(before)
    theirs = [found for (found,) in rounds.reference]
    for place, case in enumerate(variants):
        for row in rows(case, [found[place] for found in rounds.ours], theirs):
            yield evolve(row, surroundings=around)
    yield imports(plan)


def started(serve: Serve, idle_seconds: float = _IDLE_SECONDS) -> Start:
    """Start a server, look at it and end it."""
    with serve() as server:
        processor = server.processor_seconds()
        time.sleep(idle_seconds)
        return Start(
            until_answer=server.started_in,
            processor=processor,
            resident=server.memory(),
            share=share(server.pid),
        )


def share(pid: int) -> float:
    """MB of a process, each page divided by those who have it."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
    line = next(line for line in rollup.splitlines() if line.startswith("Pss:"))
    return int(line.split()[1]) / _KIB


def rows(case: str, own: Sequence[Start], theirs: Sequence[Start]) -> Iterator[Row]:
    """What was found, figure by figure."""
    figures: dict[str, tuple[Callable[[Start], float], str, Aim | None]] = {
        "exec to the first 200 on /health": (
            lambda start: start.until_answer,
            "s",
            at_most(0.25),
        ),
        "processor time until then": (lambda start: start.processor, "s", None),
        "idle resident memory": (lambda start: start.resident, "MB", at_most(0.5)),
        "idle memory, its share (Pss)": (lambda start: start.share, "MB", None),
    }
    for figure, (take, unit, aim) in figures.items():
        yield compared(
            [take(start) for start in own],
            [take(start) for start in theirs],
            suite="cold",
            case=case,
            figure=figure,
            unit=unit,
            better="less",
            aim=aim,
        )


def imports(plan: Plan) -> Row:
    """Processor time of importing the module that holds the application."""
    own = (sys.executable, "support_queue_env.server.app", "")
    theirs = (peer_python(), "app", str(PEER))
    for python, module, folder in (own, theirs):
        import_seconds(python, module, folder)
    rounds = alternated(
        lambda: import_seconds(*own), lambda: import_seconds(*theirs), plan.repeats
    )
    return compared(
        rounds.ours,
        rounds.reference,
        suite="cold",
        case="in a fresh interpreter",
        figure="processor time to import the application",
        unit="s",
        better="less",
    )


def import_seconds(python: str, module: str, folder: str) -> float:
    """Processor seconds that an import takes, without those of the interpreter."""
    ran = subprocess.run(  # noqa: S603 - our own code
        [python, "-c", _IMPORT, module, folder],
        capture_output=True,
        text=True,
        check=True,
        env=clean_environment(),
    )
    return float(ran.stdout)
