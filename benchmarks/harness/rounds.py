"""Loading a server with a process of its own, and comparing two of them."""

import json
import subprocess
import sys

from attrs import asdict, evolve

from .alternation import Rounds, alternated
from .figures import Row
from .jobs import Job, Round, Work
from .processors import CORES, pin, require_processor_clock
from .servers import BENCHMARKS, Server


NEAR = 0.7
"""Of what the load generator reaches at all: beyond, a row says so."""

_WARM_SECONDS = 0.3


def play(server: Server, work: Work) -> Round:
    """What a load gets out of a server.

    Raises:
        RuntimeError: the server refused something; says what.
        Skipped: this machine does not tell the processor time of a server.
    """
    require_processor_clock()
    job = Job(port=server.port, pid=server.pid, work=work)
    process = subprocess.Popen(
        [sys.executable, "-m", "harness.load"],
        cwd=BENCHMARKS,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    pin(process.pid, CORES.load)
    said, complaint = process.communicate(json.dumps(asdict(job)))
    if process.returncode:
        raise RuntimeError(f"the load on {server.url} ended: {complaint.strip()}")
    return Round(**json.loads(said))


def warmed(server: Server, work: Work) -> Server:
    """The same server, after it has done such work for a moment."""
    play(server, evolve(work, seconds=_WARM_SECONDS))
    return server


def played(
    ours: Server, official: Server, work: Work, repeats: int, other: Work | None = None
) -> Rounds[Round]:
    """Both servers under the same load in turn; `other` is theirs if it is not the same."""
    theirs = other or work
    return alternated(lambda: play(ours, work), lambda: play(official, theirs), repeats)


def noted(row: Row, ceiling: float) -> Row:
    """A row of operations per second; it says so when that is near to the ceiling."""
    share = row.ours.median / ceiling
    if share <= NEAR:
        return row
    return evolve(row, note=f"{share:.0%} of what the load generator reaches at all")
