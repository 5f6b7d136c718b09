"""Fixtures for the tests against openenv's own package."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from openenv.auto._discovery import reset_discovery
from twin_process import twin_process


@pytest.fixture(scope="session")
def twin() -> Iterator[str]:
    """The base URL of openenv's own server, with an environment like ours."""
    with twin_process() as url:
        yield url


@pytest.fixture
def discovery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a discovery cache that holds nothing yet.

    openenv keeps what it found in the user's cache, for ever, and never looks again.
    """
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    reset_discovery()
    yield tmp_path
    reset_discovery()
