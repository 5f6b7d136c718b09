"""Fixtures that several test modules share."""

import os
import sys
from collections.abc import Iterator

import httpx
import pytest
from command_line import Result, Run
from hypothesis import settings
from server_process import clean_environment, embedded_server, server_process

from support_queue_env.cli import main


# How long an example takes says more about the machine than about the code.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The base URL of a server in a process of its own."""
    with server_process() as url:
        yield url


@pytest.fixture(scope="session")
def http(server: str) -> Iterator[httpx.Client]:
    """An HTTP client of that server."""
    with httpx.Client(base_url=server, trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
def fresh_http() -> Iterator[httpx.Client]:
    """An HTTP client of a server on which nothing was ever reset."""
    with (
        embedded_server() as url,
        httpx.Client(base_url=url, trust_env=False, timeout=30) as client,
    ):
        yield client


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command in this process, with its exit code and both streams."""
    for name in set(os.environ) - set(clean_environment()):
        monkeypatch.delenv(name)

    def run(*arguments: str) -> Result:
        monkeypatch.setattr(sys, "argv", ["support-queue", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        captured = capsys.readouterr()
        assert isinstance(left.value.code, int)
        return Result(left.value.code, captured.out, captured.err)

    return run
