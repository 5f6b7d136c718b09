"""Servers as users run them, in processes of their own, and what they take.

Ours is `support-queue serve` with the defaults that users get. The official one is
openenv's `create_app` over the same task (`benchmarks/peer`), run by uvicorn as its
template does; it is spared the access log, which ours does not write either.
"""

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO, Any, Self

from attrs import define
from raw_http import exchange
from server_process import clean_environment, free_port

from .figures import Skipped
from .processors import pin, processor_seconds


BENCHMARKS = Path(__file__).parent.parent
ROOT = BENCHMARKS.parent
COMMAND = Path(sys.executable).with_name("support-queue")
HEALTH = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
NOWHERE: frozenset[int] = frozenset()
"""No cores: the process runs wherever there is room."""

_START_SECONDS = 120
"""Enough to read a pack of 100,000 tickets on a busy machine."""

_STOP_SECONDS = 30
_MIB = 1024 * 1024
PEER = BENCHMARKS / "peer"
"""Where the official server's application is."""

_PEER_ENVIRONMENT = ROOT / ".ci" / "peer-environment"
_CANNOT = 3
"""Exit code of the script above where this machine cannot make the environment."""


@define
class Server:
    """A running server; `started_in` is seconds until `/health` said 200."""

    process: "subprocess.Popen[bytes]"
    url: str
    started_in: float
    _log: IO[bytes]

    @classmethod
    def run(
        cls,
        command: Sequence[str],
        port: int,
        variables: Mapping[str, str],
        cores: frozenset[int] = NOWHERE,
    ) -> Self:
        """Start a command that serves on that port of this machine, on those cores.

        Raises:
            RuntimeError: it does not answer; the message holds what it said.
        """
        log = tempfile.TemporaryFile()  # noqa: SIM115 - open for as long as the server
        began = time.monotonic()
        process = subprocess.Popen(  # noqa: S603 - our own command
            list(command), env=dict(variables), stdout=log, stderr=log
        )
        pin(process.pid, cores)
        server = cls(process, f"http://127.0.0.1:{port}", 0.0, log)
        while not server.answers():
            if process.poll() is not None or time.monotonic() - began > _START_SECONDS:
                server.kill()
                said = server.log()
                log.close()
                raise RuntimeError(f"the server did not start: {said}")
            time.sleep(0.003)
        server.started_in = time.monotonic() - began
        return server

    def answers(self) -> bool:
        """Whether `/health` says 200."""
        try:
            return exchange(self.url, HEALTH).status == 200
        except OSError:
            return False

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rpartition(":")[2])

    @property
    def pid(self) -> int:
        """Its process."""
        return self.process.pid

    def log(self) -> str:
        """What it said so far."""
        self._log.seek(0)
        return self._log.read().decode(errors="replace")

    def forget_log(self) -> None:
        """Close what `log` reads."""
        self._log.close()

    def memory(self, kind: str = "VmRSS") -> float:
        """Resident memory in MiB; with `VmHWM` the most since `forget_peak`."""
        return self._status(kind) * 1024 / _MIB

    def threads(self) -> int:
        """How many threads it has."""
        return self._status("Threads")

    def _status(self, name: str) -> int:
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        line = next(line for line in status.splitlines() if line.startswith(name))
        return int(line.split()[1])

    def forget_peak(self) -> None:
        """Let `VmHWM` start again from what is resident now."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5", encoding="utf-8")

    def bytes_read(self) -> int:
        """What it has read from sockets and files since it started."""
        counted = Path(f"/proc/{self.pid}/io").read_text(encoding="utf-8")
        return int(counted.split()[1])

    def processor_seconds(self) -> float:
        """What it has used of the processor, for itself and through the kernel."""
        return processor_seconds(self.pid)

    def children(self) -> list[int]:
        """The processes that it has started and that serve."""
        listed = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        return [
            child
            for child in map(int, listed.read_text(encoding="utf-8").split())
            if "spawn" in said_of(child)
        ]

    def kill(self) -> None:
        """End it as a power cut would, as far as a process can feel one."""
        self.process.kill()
        self.process.wait()

    def terminate(self) -> float:
        """Ask it to end; how many seconds that took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        return time.monotonic() - began


def said_of(pid: int) -> str:
    """The command line of a process; empty when there is none."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
    except OSError:
        return ""


def sqlite_url(folder: Path) -> str:
    """The database of a server that keeps its episodes in a folder."""
    return f"sqlite:///{folder}/episodes.db"


def start_ours(
    cores: frozenset[int] = NOWHERE, *, port: int = 0, **settings: Any
) -> Server:
    """Start our server; settings are flags, a list one flag for each of its values.

    Without a database unless one is given.

    Raises:
        RuntimeError: it does not answer; the message holds what it said.
    """
    settings.setdefault("database_url", "none")
    chosen = port or free_port()
    flags = [
        flag(name, one)
        for name, value in settings.items()
        for one in (value if isinstance(value, list) else [value])
    ]
    command = [str(COMMAND), "serve", f"--port={chosen}", *flags]
    return Server.run(command, chosen, clean_environment(), cores)


def flag(name: str, value: object) -> str:
    """A setting as `support-queue serve` takes it."""
    spelled = name.replace("_", "-")
    if isinstance(value, bool):
        return f"--{spelled}" if value else f"--no-{spelled}"
    return f"--{spelled}={value}"


@cache
def peer_python() -> str:
    """The python of the official server's environment, which is made if needed.

    Raises:
        Skipped: this machine cannot make it.
        RuntimeError: making it failed in another way.
    """
    ran = subprocess.run(  # noqa: S603 - our own script
        [str(_PEER_ENVIRONMENT)], capture_output=True, text=True, check=False
    )
    said = (ran.stdout + ran.stderr).strip()
    if ran.returncode == _CANNOT:
        raise Skipped(said.rpartition("SKIPPED: ")[2])
    if ran.returncode:
        raise RuntimeError(f"the official server's environment cannot be made: {said}")
    return ran.stdout.strip().splitlines()[-1]


def start_official(cores: frozenset[int] = NOWHERE) -> Server:
    """Start the official server.

    Raises:
        Skipped: this machine cannot install it.
        RuntimeError: it does not answer; the message holds what it said.
    """
    port = free_port()
    served = ["-m", "uvicorn", "app:app", "--app-dir", str(PEER)]
    where = ["--host=127.0.0.1", f"--port={port}"]
    quiet = ["--no-access-log", "--log-level=warning"]
    command = [peer_python(), *served, *where, *quiet]
    return Server.run(command, port, clean_environment(), cores)


def start_echo(cores: frozenset[int] = NOWHERE) -> Server:
    """Start a server that does nothing, to see what the load generator is able to."""
    port = free_port()
    command = [sys.executable, "-m", "harness.echo", str(port)]
    variables = clean_environment() | {"PYTHONPATH": str(BENCHMARKS)}
    return Server.run(command, port, variables, cores)


@contextmanager
def echo(cores: frozenset[int] = NOWHERE) -> Iterator[Server]:
    """A server that does nothing, ended afterwards."""
    with ended_afterwards(start_echo(cores)) as server:
        yield server


@contextmanager
def ended_afterwards(server: Server) -> Iterator[Server]:
    """A server that ends with the block."""
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.terminate()
        server.forget_log()


@contextmanager
def ours(cores: frozenset[int] = NOWHERE, **settings: Any) -> Iterator[Server]:
    """Our server with these settings, ended afterwards."""
    with ended_afterwards(start_ours(cores, **settings)) as server:
        yield server


@contextmanager
def official(cores: frozenset[int] = NOWHERE) -> Iterator[Server]:
    """The official server, ended afterwards."""
    with ended_afterwards(start_official(cores)) as server:
        yield server


@contextmanager
def stored(cores: frozenset[int] = NOWHERE, **settings: Any) -> Iterator[Server]:
    """Our server with a fresh SQLite file and the durability that users get."""
    with tempfile.TemporaryDirectory() as folder:
        url = sqlite_url(Path(folder))
        with ours(cores, database_url=url, **settings) as server:
            yield server
