"""The machine that figures are of, and the versions of what was measured."""

import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from attrs import frozen

from .processors import CORES, available
from .servers import ROOT, peer_python


_OURS = ("litestar", "uvicorn", "uvloop", "httptools", "websockets", "msgspec")
_PEERS = ("openenv", "fastapi", "pydantic", "uvicorn", "uvloop", "websockets")
_ASK = (
    "import sys; from importlib.metadata import version\n"
    "print(*(f'{name} {version(name)}' for name in sys.argv[1:]), sep=', ')"
)


@frozen(kw_only=True)
class Machine:
    """What a reader has to know to compare figures with their own.

    Args:
        processor: the model, as the kernel names it.
        cores: how many of them the run could use.
        pinned: where server and load ran.
        system: the kernel.
        python: the interpreter of all processes.
        ours: the versions that our server runs with.
        official: the same of the official one; empty where it is not there.
        commit: of this repository, with a plus when something was changed since.
        date: of the run, in UTC.
    """

    processor: str
    cores: int
    pinned: str
    system: str
    python: str
    ours: str
    official: str
    commit: str
    date: str


def this_machine(*, with_official: bool) -> Machine:
    """The machine of this run; `with_official` when the official server was measured."""
    return Machine(
        processor=_processor(),
        cores=len(available()) or 1,
        pinned=CORES.note or "server on one core, load on the others",
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        python=f"{platform.python_implementation()} {platform.python_version()}",
        ours=", ".join(f"{name} {_version(name)}" for name in _OURS),
        official=_official() if with_official else "",
        commit=_commit(),
        date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    )


def _processor() -> str:
    listed = Path("/proc/cpuinfo")
    if listed.exists():
        for line in listed.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def _official() -> str:
    ran = subprocess.run(  # noqa: S603 - our own environment
        [peer_python(), "-c", _ASK, *_PEERS], capture_output=True, text=True, check=True
    )
    return ran.stdout.strip()


def _commit() -> str:
    """The commit, with a plus for changes; "unknown" outside a repository."""
    try:
        ran = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--abbrev=10", "--exclude=*"],  # noqa: S607 - whichever git there is
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return ran.stdout.strip()
