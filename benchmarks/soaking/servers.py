"""What a server under a soak knows, bears and answers meanwhile."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import define, fields
from harness.figures import Skipped
from harness.servers import Server

from support_queue_env.server.settings import Settings


def knows(setting: str) -> bool:
    """Whether this server has a setting of that name."""
    return setting in {known.name for known in fields(Settings)}


def require(setting: str) -> None:
    """Skip the scenario when there is no such setting."""
    if not knows(setting):
        flag = setting.replace("_", "-")
        raise Skipped(f"this server has no --{flag}")


def steps_per_second(server: Server, sessions: int, seconds: float) -> float:
    """What sessions get out of a server, in a process of their own."""
    script = Path(__file__).with_name("load.py")
    arguments = [str(script), str(server.port), str(sessions), str(seconds)]
    ran = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, *arguments], capture_output=True, text=True, check=True
    )
    return float(ran.stdout)


@define
class Watch:
    """How long `/health` takes, asked a hundred times a second by another process."""

    _process: "subprocess.Popen[str]"
    p50: float = 0.0
    p99: float = 0.0
    worst: float = 0.0
    asked: int = 0
    failed: int = 0

    def stop(self) -> None:
        """Stop asking; the figures, in milliseconds, are there then."""
        said, _ = self._process.communicate()
        for name, value in json.loads(said).items():
            setattr(self, name, value)


@contextmanager
def watched(server: Server) -> Iterator[Watch]:
    """Latencies of `/health` during the block."""
    script = Path(__file__).with_name("probe.py")
    process = subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, str(script), str(server.port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )
    watch = Watch(process)
    try:
        if process.stdout:
            process.stdout.readline()  # it asks from now on
        yield watch
    finally:
        watch.stop()
