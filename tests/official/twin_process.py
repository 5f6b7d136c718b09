"""The twin in a process of its own."""

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
    """The base URL of openenv's own server."""
    port = free_port()
    script = Path(__file__).with_name("twin.py")
    process = subprocess.Popen([sys.executable, str(script), str(port)])
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
