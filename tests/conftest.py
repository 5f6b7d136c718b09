"""Fixtures that several test modules share."""

import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import hypothesis
import pytest
from command_line import Result, Run
from score_runs import mixed
from server_process import clean_environment, embedded_server, server_process
from sqlalchemy import URL
from stores import BACKENDS, database

from support_queue_env.cli import main
from support_queue_env.evaluation.bulk.run import Run as BulkRun
from support_queue_env.evaluation.bulk.run import score_rows
from support_queue_env.server.logs import PACKAGE


# No test writes into the data directory of whoever runs it, nor do its processes.
os.environ["SUPPORT_QUEUE_DATABASE_URL"] = "none"

# No test depends on how fast the machine is just now. Examples are new in every run, so
# that many short runs see as much as a long one; `--hypothesis-profile thorough` is that.
hypothesis.settings.register_profile("support-queue", deadline=None, max_examples=50)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=1000)
hypothesis.settings.load_profile("support-queue")


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
def mixed_file(tmp_path: Path) -> Path:
    """Rows for bulk scoring, good and bad, as a file."""
    file = tmp_path / "rows.jsonl"
    file.write_bytes(mixed())
    return file


@pytest.fixture
def mixed_results(tmp_path: Path, mixed_file: Path) -> bytes:
    """What scoring them in one go gives."""
    file = tmp_path / "whole.jsonl"
    score_rows(BulkRun(input=str(mixed_file), output=str(file)))
    return file.read_bytes()


@pytest.fixture
def logging_as_it_was() -> Iterator[None]:
    """What a test does to the logs of this process ends with it."""
    names = ("", PACKAGE, "uvicorn", "uvicorn.error", "uvicorn.access")
    before = [
        (logger, list(logger.handlers), logger.level, logger.propagate)
        for logger in map(logging.getLogger, names)
    ]
    raising = logging.raiseExceptions
    yield
    for logger, handlers, level, propagate in before:
        logger.handlers[:] = handlers
        logger.setLevel(level)
        logger.propagate = propagate
    logging.raiseExceptions = raising
    logging.captureWarnings(capture=False)


@pytest.fixture
def run(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    logging_as_it_was: None,
) -> Run:
    """The command in this process, with its exit code and both streams."""
    clean = clean_environment()
    for name in set(os.environ) - set(clean):
        monkeypatch.delenv(name)
    for name, text in clean.items():
        monkeypatch.setenv(name, text)

    def run(*arguments: str) -> Result:
        monkeypatch.setattr(sys, "argv", ["support-queue", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        captured = capsys.readouterr()
        assert isinstance(left.value.code, int)
        return Result(left.value.code, captured.out, captured.err)

    return run


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    """An empty database of each kind that there is a server for."""
    with database(request.param, tmp_path) as url:
        yield url
