"""A server as users run it, in a process of its own, and what it takes of the machine."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Self

from attrs import define, fields
from raw_http import exchange
from server_process import clean_environment, free_port

from support_queue_env.server.settings import Settings

from .figures import Skipped


COMMAND = Path(sys.executable).with_name("support-queue")
HEALTH = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
_START_SECONDS = 30
_MIB = 1024 * 1024


def knows(setting: str) -> bool:
    """Whether this server has a setting of that name."""
    return setting in {known.name for known in fields(Settings)}


def require(setting: str) -> None:
    """Skip the scenario when there is no such setting."""
    if not knows(setting):
        flag = setting.replace("_", "-")
        raise Skipped(f"this server has no --{flag}")


def sqlite_url(folder: Path) -> str:
    """The database of a server that keeps its episodes in a folder."""
    return f"sqlite:///{folder}/episodes.db"


@define
class Server:
    """A running `support-queue serve`."""

    process: "subprocess.Popen[bytes]"
    url: str
    started_in: float
    _log: IO[bytes]

    @classmethod
    def start(cls, port: int = 0, **settings: object) -> Self:
        """Start one; settings are flags. Without a database unless one is given.

        Raises:
            RuntimeError: it does not answer; the message holds what it said.
        """
        if knows("database_url"):
            settings.setdefault("database_url", "none")
        chosen = port or free_port()
        flags = [f"--{k.replace('_', '-')}={v}" for k, v in settings.items()]
        log = tempfile.TemporaryFile()  # noqa: SIM115 - open for as long as the server
        began = time.monotonic()
        process = subprocess.Popen(  # noqa: S603 - our own command
            [str(COMMAND), "serve", f"--port={chosen}", *flags],
            env=clean_environment(),
            stdout=log,
            stderr=log,
        )
        server = cls(process, f"http://127.0.0.1:{chosen}", 0.0, log)
        while not server.answers():
            if process.poll() is not None or time.monotonic() - began > _START_SECONDS:
                process.kill()
                raise RuntimeError(f"the server did not start: {server.log()}")
            time.sleep(0.01)
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

    def log(self) -> str:
        """What it said so far."""
        self._log.seek(0)
        return self._log.read().decode(errors="replace")

    def memory(self, kind: str = "VmRSS") -> float:
        """Resident memory in MiB; with `VmHWM` the most since `forget_peak`."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        line = next(line for line in status.splitlines() if line.startswith(kind))
        return int(line.split()[1]) * 1024 / _MIB

    def forget_peak(self) -> None:
        """Let `VmHWM` start again from what is resident now."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5", encoding="utf-8")

    def bytes_read(self) -> int:
        """What it has read from sockets and files since it started."""
        counted = Path(f"/proc/{self.process.pid}/io").read_text(encoding="utf-8")
        return int(counted.split()[1])

    def processor_seconds(self) -> float:
        """What it has used of the processor, for itself and through the kernel."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8")
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def children(self) -> list[int]:
        """The processes that it has started and that serve."""
        pid = self.process.pid
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8")
        return [
            child for child in map(int, listed.split()) if "spawn" in said_of(child)
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
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
        return time.monotonic() - began


def said_of(pid: int) -> str:
    """The command line of a process; empty when there is none."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
    except OSError:
        return ""


@contextmanager
def running(**settings: object) -> Iterator[Server]:
    """A server with these settings, ended afterwards."""
    server = Server.start(**settings)  # type: ignore[arg-type]  # flags of any kind
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.terminate()


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
