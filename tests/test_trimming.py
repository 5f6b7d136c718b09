"""A store that is kept within its size while a server writes to it."""

import asyncio
import logging
import time
from pathlib import Path

import pytest
from attrs import evolve
from litestar import Litestar

from support_queue_env.core.session import Session
from support_queue_env.environment import load_environment
from support_queue_env.evaluation.heuristic import HeuristicPolicy
from support_queue_env.models import ResetOptions
from support_queue_env.server.settings import Settings
from support_queue_env.server.trimming import Trimmer, trimmer_of
from support_queue_env.store.archive import open_archive
from support_queue_env.store.log import Store, open_store
from support_queue_env.store.retention import used
from support_queue_env.store.runs import RunInfo
from support_queue_env.store.urls import file_url


SIZE = 400_000


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store that may have `SIZE` bytes."""
    return open_store(file_url(tmp_path / "episodes.db"), RunInfo(), max_bytes=SIZE)


def play(store: Store, episodes: int) -> Session:
    """Play so many episodes of two tickets; the last session."""
    session = Session(evolve(load_environment(), log=store))
    policy = HeuristicPolicy()
    for number in range(episodes):
        seen = session.reset(ResetOptions(episode_id=f"e{number}"))
        while not seen.done:
            seen = session.step(policy.act(seen))
    return session


def test_the_oldest_go_before_it_is_full(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A trimmed store takes steps for ever, keeps the newest, and says what went."""
    url = file_url(tmp_path / "episodes.db")
    trimmer = Trimmer(url, SIZE)
    with caplog.at_level(logging.WARNING):
        assert trimmer.trim() == 0
        gone = 0
        for _ in range(8):
            session = play(store, 20)
            gone += trimmer.trim()
    assert gone > 0
    assert "its oldest" in caplog.text
    assert used(url) <= SIZE
    assert asyncio.run(store.read(session.key)) is not None
    store.close()


def test_a_server_looks_for_as_long_as_it_serves(store: Store, tmp_path: Path) -> None:
    """It begins at once, goes on, and ends with it."""
    file = tmp_path / "episodes.db"
    trimmer = Trimmer(file_url(file), 1, seconds=0.01)
    play(store, 3)
    assert count(file) == 3

    async def serve() -> None:
        async with trimmer.lifespan(Litestar()):
            give_up = time.monotonic() + 30
            while time.monotonic() < give_up:
                if await asyncio.to_thread(count, file) == 0:
                    return
                await asyncio.sleep(0.01)
        raise AssertionError("nothing was removed")

    asyncio.run(serve())
    store.close()


def test_a_store_that_is_gone_is_no_end_of_the_server(tmp_path: Path) -> None:
    """It is a line in the log."""
    assert Trimmer(file_url(tmp_path / "missing.db"), 1).trim() == 0


def test_only_a_limited_sqlite_store_is_trimmed(store: Store, tmp_path: Path) -> None:
    """Nothing is removed that nobody asked to be removed."""
    address = f"sqlite:///{tmp_path / 'episodes.db'}"
    limited = Settings(database_url=address, max_store_bytes=SIZE)
    trimmer = trimmer_of(limited, store)
    assert trimmer is not None
    assert trimmer.max_bytes == 1_048_576
    assert trimmer_of(evolve(limited, max_store_bytes=0), store) is None
    assert trimmer_of(limited, None) is None
    assert trimmer_of(evolve(limited, database_url="none"), store) is None
    postgresql = evolve(limited, database_url="postgresql://host/queue")
    assert trimmer_of(postgresql, store) is None
    store.close()


def count(file: Path) -> int:
    """How many episodes are in the store."""
    with open_archive(file_url(file)) as archive:
        return len(list(archive.episodes()))
