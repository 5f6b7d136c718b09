"""Reading while others write: a few connections of their own, off the event loop."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from attrs import define, field
from sqlalchemy import Connection, Row, func, select

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


def find_position(
    connection: Connection, run_id: str, episode_id: str | None
) -> Position | None:
    """See `EpisodeLog.locate`."""
    found = (
        (episodes.c.run_id == run_id, ~episodes.c.named)
        if episode_id is None
        else (episodes.c.episode_id == episode_id,)
    )
    key = connection.scalar(
        select(episodes.c.key)
        .where(episodes.c.source == "http", *found)
        .order_by(episodes.c.sequence.desc())
        .limit(1)
    )
    if key is None:
        return None
    count = select(func.count()).where(steps.c.episode_key == key)
    return Position(key, connection.scalar(count) or 0)


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
