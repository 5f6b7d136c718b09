"""Reading while others write: a few connections of their own, off the event loop."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from attrs import define, field
from sqlalchemy import Connection, Row, bindparam, func, select

from ..core.errors import NotRecorded
from ..core.log import Position, StoredEpisode
from .backend import Backend
from .rows import stored_episode, stored_step
from .schema import episodes, scores, steps
from .threads import DaemonThreads
from .waiting import DEADLINE_SECONDS


T = TypeVar("T")
READERS = 4
CLOSE_SECONDS = 0.5


@define(eq=False)
class Readers:
    """Reads in threads of its own."""

    backend: Backend
    deadline: float = field(default=DEADLINE_SECONDS, kw_only=True)
    _threads: DaemonThreads = field(
        init=False, factory=lambda: DaemonThreads(READERS, "episode-log-reader")
    )

    async def ask(self, question: Callable[[Connection], T]) -> T:
        """What `question` finds.

        Raises:
            NotRecorded: the database cannot be read now, or gives no answer within
                the deadline.
        """
        try:
            future = self._threads.submit(partial(self._ask, question))
        except RuntimeError:
            raise NotRecorded("the episode log is closed") from None
        try:
            async with asyncio.timeout(self.deadline):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            raise NotRecorded(
                f"{self.backend.place} has not answered for {self.deadline:g} s"
            ) from None

    def _ask(self, question: Callable[[Connection], T]) -> T:
        try:
            with self.backend.readers.connect() as connection:
                return question(connection)
        except Exception as error:
            raise NotRecorded(self.backend.explain(error)) from error

    def close(self) -> None:
        """Let go of the connections; questions under way get a moment to be answered."""
        self._threads.close(CLOSE_SECONDS)
        self.backend.readers.dispose()


# Made once: making a statement takes SQLAlchemy longer than a database to answer it.
_STEPS = (
    select(func.count())
    .where(steps.c.episode_key == episodes.c.key)
    .scalar_subquery()
    .label("steps")
)
_OVER_HTTP = select(episodes.c.key, episodes.c.run_id).where(
    episodes.c.source == "http"
)
_NEWEST_FIRST = episodes.c.sequence.desc()
_UNNAMED = (
    _OVER_HTTP.add_columns(_STEPS)
    .where(episodes.c.run_id == bindparam("run_id"), ~episodes.c.named)
    .order_by(_NEWEST_FIRST)
    .limit(1)
)
_BY_ID = _OVER_HTTP.where(episodes.c.episode_id == bindparam("episode_id")).order_by(
    _NEWEST_FIRST
)
_NEWEST = _BY_ID.add_columns(_STEPS).limit(1)
_SINCE_RUN_BEGAN = _BY_ID.where(
    episodes.c.sequence
    >= select(func.min(episodes.c.sequence))
    .where(
        episodes.c.run_id == bindparam("run_id"),
        episodes.c.source == "http",
        episodes.c.named,
    )
    .scalar_subquery()
)
_OF_KEY = select(func.count()).where(steps.c.episode_key == bindparam("key"))


def find_position(
    connection: Connection, run_id: str, episode_id: str | None
) -> Position | None:
    """See `EpisodeLog.locate`."""
    asked = {"run_id": run_id, "episode_id": episode_id}
    found = connection.execute(_UNNAMED if episode_id is None else _NEWEST, asked)
    newest = found.first()
    if newest is None:
        return None
    if newest.run_id != run_id:
        # Another run's is newer. Read on, but not past the beginning of this run: an
        # id that every run uses again may have very many episodes.
        with connection.execute(_SINCE_RUN_BEGAN, asked) as rows:
            own = next((row.key for row in rows if row.run_id == run_id), None)
        if own is not None:
            return Position(own, connection.scalar(_OF_KEY, {"key": own}) or 0)
    return Position(newest.key, newest.steps)


def find_episode(connection: Connection, key: str) -> StoredEpisode | None:
    """See `EpisodeLog.read`.

    Raises:
        ValueError: a document in it is damaged.
    """
    row = connection.execute(select(episodes).where(episodes.c.key == key)).first()
    if row is None:
        return None
    scored = step_rows(connection, key, row.rubric_digest)
    return stored_episode(row, tuple(map(stored_step, scored)))


def step_rows(
    connection: Connection, key: str, rubric_digest: str
) -> Sequence[Row[Any]]:
    """The rows of an episode's steps, each with the score of that rubric."""
    scored = (
        select(steps, scores.c.document)
        .join(scores)
        .where(steps.c.episode_key == key, scores.c.rubric_digest == rubric_digest)
        .order_by(steps.c.step)
    )
    return connection.execute(scored).all()
