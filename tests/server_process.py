"""Servers for tests: a process of its own, or a thread with other settings."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import httpx
from attrs import define, fields

from support_queue_env.server.application import create_application
from support_queue_env.server.patience import Limits
from support_queue_env.server.running import embedded
from support_queue_env.server.settings import PREFIX, Settings, variable
from support_queue_env.server.stores import stored_environment_of


_ATTEMPTS = 3
_START_SECONDS = 60
_STOP_SECONDS = 20


@define
class ServerProcess:
    """A server in a process of its own."""

    url: str
    _process: "subprocess.Popen[bytes]"
    _log: IO[str]

    @property
    def pid(self) -> int:
        """The process that was started."""
        return self._process.pid

    def log(self) -> str:
        """What it wrote on its streams so far."""
        self._log.seek(0)
        return self._log.read()

    def stop(self) -> int:
        """Ask it to end, and wait; the value is its exit code."""
        self._process.terminate()
        return self._process.wait(_STOP_SECONDS)


@contextmanager
def started_server(
    log_file: Path | None = None, **settings: str
) -> Iterator[ServerProcess]:
    """`python -m support_queue_env.server.app` on a free port.

    What it writes, to either stream, goes to `log_file`.
    """
    with log_file.open("w+") if log_file else tempfile.TemporaryFile("w+") as log:
        process, url = _started(settings, log)
        server = ServerProcess(url, process, log)
        try:
            yield server
        finally:
            try:
                server.stop()
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def server_process(log_file: Path | None = None, **settings: str) -> Iterator[str]:
    """The base URL of such a server."""
    with started_server(log_file, **settings) as server:
        yield server.url


@contextmanager
def embedded_server(
    limits: Limits | None = None, run_id: str | None = None, **settings: Any
) -> Iterator[str]:
    """The base URL of a server in a thread; it has a store only if one is named.

    Servers with one `run_id` are to a store what workers of one server are.
    """
    settings.setdefault("database_url", "none")
    chosen = Settings(port=0, **settings)
    environment = stored_environment_of(chosen, "serve", run_id)
    with embedded(create_application(environment, chosen), chosen, limits) as url:
        yield url


def free_port() -> int:
    """A port that nothing listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def clean_environment(**settings: str) -> dict[str, str]:
    """The variables of this process, of our own only those given, and no store.

    No test writes into the data directory of whoever runs it.
    """
    ours = {variable(setting) for setting in fields(Settings)}
    kept = {k: v for k, v in os.environ.items() if k not in ours}
    given = {"database_url": "none"} | settings
    return kept | {f"{PREFIX}{name.upper()}": text for name, text in given.items()}


def _started(
    settings: dict[str, str], log: IO[str]
) -> tuple["subprocess.Popen[bytes]", str]:
    """A process that answers; another may take the port first, so try again."""
    for _ in range(_ATTEMPTS):
        port = free_port()
        process = subprocess.Popen(
            [sys.executable, "-m", "support_queue_env.server.app"],
            env=clean_environment(port=str(port), **settings),
            stdout=log,
            stderr=log,
        )
        url = f"http://127.0.0.1:{port}"
        if answers(url, process):
            return process, url
        process.kill()
        process.wait()
    log.seek(0)
    raise AssertionError(f"the server did not start: {log.read()}")


def answers(url: str, process: "subprocess.Popen[Any]") -> bool:
    """Whether this process serves at `url`, as soon as that is known."""
    give_up = time.monotonic() + _START_SECONDS
    with httpx.Client(base_url=url, trust_env=False) as client:
        while process.poll() is None and time.monotonic() < give_up:
            try:
                healthy = client.get("/health").status_code == httpx.codes.OK
            except httpx.TransportError:
                time.sleep(0.02)
                continue
            # A stranger on the same port answers, too, while ours has ended.
            return healthy and process.poll() is None
    return False
