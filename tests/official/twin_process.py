"""openenv's own server, with an environment of ours, in a process of its own."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from server_process import free_port


_START_SECONDS = 60


@contextmanager
def twin_process() -> Iterator[str]:
    """The base URL of openenv's own server with an environment that has every feature."""
    port = free_port()
    with _serving(port, str(Path(__file__).with_name("twin.py")), str(port)) as url:
        yield url


@contextmanager
def peer_process() -> Iterator[str]:
    """The base URL of openenv's own server with the task that benchmarks play."""
    port, folder = str(free_port()), Path(__file__).parents[2] / "benchmarks" / "peer"
    uvicorn = ["-m", "uvicorn", "app:app", "--log-level", "critical"]
    with _serving(int(port), *uvicorn, "--app-dir", str(folder), "--port", port) as url:
        yield url


@contextmanager
def _serving(port: int, *arguments: str) -> Iterator[str]:
    """The base URL of what Python serves on that port when it is run so."""
    process = subprocess.Popen([sys.executable, *arguments])
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, process)
        yield url
    finally:
        process.kill()
        process.wait()


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    give_up = time.monotonic() + _START_SECONDS
    with httpx.Client(base_url=url, trust_env=False) as client:
        while process.poll() is None and time.monotonic() < give_up:
            try:
                client.get("/health").raise_for_status()
            except httpx.HTTPError:
                time.sleep(0.05)
                continue
            return
    raise AssertionError("openenv's own server did not start")
