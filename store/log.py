"""The store: `core.log.EpisodeLog` on a database.

store = open_store(resolve_url(""), RunInfo(command="serve", rubric="classic"))
store.append(EpisodeStarted(…))
store.close()
"""

import asyncio
import threading
import time
from functools import partial
from pathlib import Path

from attrs import define, field
from sqlalchemy import URL

from ..core.log import Event, LogStatus, Position, StoredEpisode
from .backend import Backend, Durability
from .deadlines import Deadlines
from .keys import new_key
from .opening import opened
from .reading import Readers, find_episode, find_position
from .runs import RunInfo
from .sqlite import SQLite
from .waiting import Waiting
from .writer import Writer


@define(eq=False)
class Store:
    """An episode log on a database; see `EpisodeLog` for what its methods promise.

    `warnings` are what whoever started the server should be told: that a damaged file
    was set aside, for one.
    """

    run: RunInfo
    warnings: tuple[str, ...]
    _writer: Writer
    _readers: Readers
    _deadlines: Deadlines | None = field(init=False, default=None)

    def new_key(self) -> str:
        """A UUID of version 7: the time in milliseconds, then chance."""
        return new_key()

    def append(self, event: Event) -> None:
        """Keep `event`; returns when it cannot be lost any more."""
        kept = threading.Event()
        waiting = Waiting(event, time.time(), kept=kept)
        self._writer.put(waiting)
        if not kept.wait(self._writer.deadline):
            self._writer.expire(waiting)
        if waiting.error is not None:
            raise waiting.error

    async def append_async(self, event: Event) -> None:
        """The same without blocking the event loop it is awaited on."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        waiting = Waiting(event, time.time(), future)
        self._writer.put(waiting)
        self._deadlines_on(loop).add(waiting, future)
        await future

    def _deadlines_on(self, loop: asyncio.AbstractEventLoop) -> Deadlines:
        # Those of another loop live for as long as its timer.
        deadlines = self._deadlines
        if deadlines is None or deadlines.loop is not loop:
            writer = self._writer
            deadlines = Deadlines(loop, writer.deadline, writer.expire)
            self._deadlines = deadlines
        return deadlines

    async def locate(self, episode_id: str | None) -> Position | None:
        """The newest HTTP episode of that id; of this run and unnamed for None."""
        return await self._readers.ask(
            partial(find_position, run_id=self.run.run_id, episode_id=episode_id)
        )

    async def read(self, key: str) -> StoredEpisode | None:
        """The episode of that key."""
        return await self._readers.ask(partial(find_episode, key=key))

    @property
    def status(self) -> LogStatus:
        """How the log is doing."""
        return self._writer.status

    @property
    def place(self) -> str:
        """Where it is, for people; without a password."""
        return self._writer.backend.place

    def close(self) -> None:
        """Commit what is waiting and let go of the database; in a few seconds at most.

        What a database that does not answer has not taken by then is refused.
        """
        self._readers.close()
        self._writer.close()


def open_store(
    url: URL,
    run: RunInfo,
    durability: Durability = "full",
    *,
    max_bytes: int | None = None,
) -> Store:
    """The store at `url`, as `resolve_url` gives it.

    Args:
        url: of SQLite or PostgreSQL.
        run: what to keep of this run, and whose unnamed episodes `locate` finds.
        durability: `full` or `normal`; see `backend.Durability`.
        max_bytes: what a SQLite file may grow to; past it steps are refused.

    Raises:
        StoreReadOnly: its place cannot be written.
        StoreError: it cannot be opened; says why.
    """
    backend = backend_of(url, durability, max_bytes)
    connection, warnings = opened(backend, run)
    return Store(run, warnings, Writer(backend, run, connection), Readers(backend))


def backend_of(
    url: URL, durability: Durability = "full", max_bytes: int | None = None
) -> Backend:
    """The backend for a URL that `resolve_url` gave."""
    if url.drivername == "sqlite":
        return SQLite(Path(url.database or ""), durability, max_bytes)
    # With SQLAlchemy's dialect of it, which a file does not need.
    from .postgresql import PostgreSQL  # noqa: PLC0415

    return PostgreSQL(url, durability)
