"""Running `support-queue`, and what it leaves behind."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import frozen
from server_process import clean_environment


SCRIPT = Path(sys.executable).with_name("support-queue")
PATIENCE = 60


@frozen
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str


Run = Callable[..., Result]


def run_process(*arguments: str, **options: Any) -> Result:
    """The command in a process of its own."""
    done = subprocess.run(
        [SCRIPT, *arguments],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=clean_environment(),
        timeout=PATIENCE,
        check=False,
        text=True,
        **{"stdout": subprocess.PIPE} | options,
    )
    return Result(done.returncode, done.stdout or "", done.stderr)


def refused(result: Result, code: int, *parts: str) -> None:
    """A failure of one sentence on standard error, and nothing else."""
    assert code == result.code
    assert "" == result.out
    assert result.err.startswith("support-queue: ")
    assert 1 == result.err.count("\n")
    assert "Traceback" not in result.err
    for part in parts:
        assert part in result.err
