"""What the tests of the store share: databases to try it on, and events to give it."""

import asyncio
import os
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from attrs import evolve
from sqlalchemy import URL, NullPool, create_engine, text

from support_queue_env.core.episode import Episode
from support_queue_env.core.log import (
    EpisodeStarted,
    Source,
    StoredEpisode,
    TicketGraded,
)
from support_queue_env.core.session import Session
from support_queue_env.environment import load_environment
from support_queue_env.evaluation.heuristic import HeuristicPolicy
from support_queue_env.models import ResetOptions
from support_queue_env.store.backend import Durability
from support_queue_env.store.log import Store, open_store
from support_queue_env.store.runs import RunInfo
from support_queue_env.store.urls import file_url, resolve_url


T = TypeVar("T")

POSTGRESQL = "SUPPORT_QUEUE_TEST_POSTGRES"
"""The variable with the URL of a PostgreSQL database that tests may fill."""

BACKENDS = ("sqlite", "postgresql") if os.environ.get(POSTGRESQL) else ("sqlite",)
"""Where the tests of the store are done. `test_store_postgresql.py` tells it when there
is no server, once for them all."""

ENVIRONMENT = load_environment()
HARD = "hard_exec_escalations"


@contextmanager
def database(backend: str, folder: Path) -> Iterator[URL]:
    """An empty database, removed afterwards."""
    if backend == "sqlite":
        yield file_url(folder / "episodes.db")
        return
    url = resolve_url(os.environ[POSTGRESQL])
    assert url is not None
    schema = f"test_{uuid.uuid4().hex}"
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    try:
        yield url.update_query_dict({"options": f"-csearch_path={schema}"})
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))


@contextmanager
def opened_store(
    url: URL,
    run: RunInfo | None = None,
    durability: Durability = "full",
    **options: Any,
) -> Iterator[Store]:
    """A store that is closed afterwards."""
    store = open_store(url, run or RunInfo(command="test"), durability, **options)
    try:
        yield store
    finally:
        store.close()


def played(**options: Any) -> list[Episode]:
    """An episode after its reset and after each of its steps."""
    session = Session(ENVIRONMENT)
    observation = session.reset(ResetOptions(**{"task_id": HARD} | options))
    states = [session.episode]
    policy = HeuristicPolicy()
    while not observation.done:
        observation = session.step(policy.act(observation))
        states.append(session.episode)
    return [state for state in states if state is not None]


def started(
    key: str, episode: Episode, source: Source = "http", *, named: bool = False
) -> EpisodeStarted:
    """The event of that episode's reset."""
    first = evolve(episode, graded=())
    return EpisodeStarted(key=key, source=source, named=named, episode=first)


def graded(key: str, episode: Episode, request_id: str | None = None) -> TicketGraded:
    """The event of that episode's newest step."""
    return TicketGraded(key=key, episode=episode, request_id=request_id)


def new_key() -> str:
    """A key for one more episode."""
    return str(uuid.uuid4())


def ask(question: Callable[[], Awaitable[T]]) -> T:
    """The answer of a coroutine."""

    async def answer() -> T:
        return await question()

    return asyncio.run(answer())


def read(store: Store, key: str) -> StoredEpisode:
    """The stored episode of that key."""
    found = ask(lambda: store.read(key))
    assert found is not None
    return found


def keep(store: Store, key: str, states: list[Episode]) -> None:
    """Append an episode's reset and steps."""
    store.append(started(key, states[0]))
    for state in states[1:]:
        store.append(graded(key, state))
