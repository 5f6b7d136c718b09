"""Rows into the database, a batch in one transaction.

The whole batch is inserted with one statement for each table. Only when a row is
refused are they inserted one by one, so that the others are kept all the same.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, select

from ..core.errors import (
    EpisodeConflict,
    EpisodeGone,
    NotRecorded,
    SupportQueueError,
)
from .backend import cause, concerns_rows, is_integrity_error
from .insertion import insert_many
from .rows import Rows, Values
from .schema import episodes, scores, steps


def insert_rows(connection: Connection, batch: Sequence[Rows]) -> None:
    """Insert all of them, the referred to before those that refer."""
    insert_many(connection, episodes, [row for rows in batch for row in rows.episodes])
    insert_many(connection, steps, [row for rows in batch for row in rows.steps])
    insert_many(connection, scores, [row for rows in batch for row in rows.scores])


def insert_one_by_one(
    connection: Connection, batch: Iterable[Rows], in_doubt: "InDoubt"
) -> list[SupportQueueError | None]:
    """Insert what can be; for each its error, or None where it is in.

    Raises:
        Exception: the database failed; nothing is in.
    """
    return [_insert(connection, rows, in_doubt) for rows in batch]


def _insert(
    connection: Connection, rows: Rows, in_doubt: "InDoubt"
) -> SupportQueueError | None:
    try:
        with connection.begin_nested():
            insert_rows(connection, [rows])
    except Exception as error:
        if not concerns_rows(error):
            raise
        if in_doubt.settled(connection, rows):
            return None
        if not is_integrity_error(error):
            return NotRecorded(cause(error))
        missing = _episode_missing(connection, rows)
        return EpisodeGone() if missing else EpisodeConflict()
    return None


def _episode_missing(connection: Connection, rows: Rows) -> bool:
    """Whether a step was refused because the log does not have its episode."""
    return any(
        connection.scalar(
            select(episodes.c.sequence).where(episodes.c.key == step["episode_key"])
        )
        is None
        for step in rows.steps
    )


class InDoubt:
    """Events whose commit failed in a way that leaves open whether they are kept.

    The answer to a commit may get lost with the connection. When such an event is tried
    again and its very row is there, it is kept: that is no conflict.
    """

    LIMIT = 10_000

    def __init__(self) -> None:
        self._places: dict[tuple[Any, ...], None] = {}

    def add(self, batch: Iterable[Rows]) -> None:
        """Remember these; of too many, the oldest are forgotten."""
        self._places.update((_place(rows), None) for rows in batch)
        while len(self._places) > self.LIMIT:
            del self._places[next(iter(self._places))]

    def forget(self, batch: Iterable[Rows]) -> None:
        """These are kept: there is no doubt about them any more."""
        if self._places:
            for rows in batch:
                self._places.pop(_place(rows), None)

    def holds(self, rows: Rows) -> bool:
        """Whether these are in doubt."""
        return _place(rows) in self._places

    def settled(self, connection: Connection, rows: Rows) -> bool:
        """Whether these were in doubt, and turn out to be kept."""
        return self.holds(rows) and all(
            _is_there(connection, table, values)
            for table, found in (
                (episodes, rows.episodes),
                (steps, rows.steps),
                (scores, rows.scores),
            )
            for values in found
        )


def _place(rows: Rows) -> tuple[Any, ...]:
    return (
        *(row["key"] for row in rows.episodes),
        *((row["episode_key"], row["step"]) for row in rows.steps),
    )


def _is_there(connection: Connection, table: Any, values: Values) -> bool:
    # When it happened is the attempt's, not the event's.
    same = [table.c[name] == value for name, value in values.items() if name != "at"]
    return connection.execute(select(table).where(*same)).first() is not None
