"""The process that holds sessions open, and what becomes of them."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from attrs import frozen

from .processors import CORES, pin
from .servers import BENCHMARKS, Server


@frozen
class Holder:
    """Sessions that wait.

    Args:
        opened: how many there are.
        seconds: that it took to open them.
        refused: why there are no more; empty when there are as many as were wanted.
    """

    opened: int
    seconds: float
    refused: str
    _process: "subprocess.Popen[str]"

    def close(self) -> int:
        """End them all; how many the server ended in turn. A second time, nothing."""
        if self._process.poll() is not None:
            return 0
        said, _ = self._process.communicate()
        return int(json.loads(said)["closed"]) if said else 0


@contextmanager
def held(server: Server, sessions: int) -> Iterator[Holder]:
    """So many sessions of a server, each reset once, closed after the block."""
    process = subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-m", "harness.holding", str(server.port), str(sessions)],
        cwd=BENCHMARKS,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    pin(process.pid, CORES.load)
    try:
        assert process.stdout  # noqa: S101 - it is a pipe
        holder = Holder(**json.loads(process.stdout.readline()), process=process)
        yield holder
        holder.close()
    finally:
        process.kill()
        process.wait()
