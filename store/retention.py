"""What may go: old episodes, and the room that they leave.

Both may be done while servers write: episodes are removed a few at a time, and
compacting gives up rather than make a server wait.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen
from sqlalchemy import URL, ColumnElement, Connection, delete, func, or_, select
from sqlalchemy.exc import DBAPIError

from ..core.errors import StoreError
from .backend import Backend
from .listing import LARGEST
from .log import backend_of
from .schema import annotations, episodes, metadata, scores, steps
from .sqlite import SQLite, require_file
from .sqlite_file import damage_of


PIECE = 50
"""Episodes removed at a time: a server waits for no longer than that takes."""


@frozen(kw_only=True)
class Pruned:
    """How much was removed."""

    episodes: int = 0
    steps: int = 0


@frozen(kw_only=True)
class Compacted:
    """The size of the store before and after, in bytes."""

    before: int
    after: int


def prune(
    url: URL,
    *,
    older_than: float | None = None,
    keep: int | None = None,
    max_bytes: int | None = None,
    checked: bool = True,
) -> Pruned:
    """Remove episodes for which any of these is a reason to go, the oldest first.

    A step of an episode that is removed while it is played is refused. The file does
    not get smaller, see `vacuum`; new episodes fill the room.

    Args:
        url: of the store.
        older_than: seconds; those that were reset longer ago go.
        keep: all but the newest so many go.
        max_bytes: the oldest go until the others take up no more; for SQLite only.
        checked: look first whether a SQLite file is whole, which takes time in
            proportion to its size. A server that has it open has looked.

    Raises:
        StoreError: there is no store, it is damaged, or it cannot be written now.
    """
    with writing(url, checked=checked) as (_, connection):
        total = Pruned()
        if older_than is not None or keep is not None:
            reason = _reason(connection, older_than, keep)
            while (piece := _remove(connection, reason)).episodes:
                total = _sum(total, piece)
        if max_bytes is not None:
            while used_bytes(connection) > max_bytes:
                piece = _remove(connection, None)
                if not piece.episodes:
                    break
                total = _sum(total, piece)
        return total


def vacuum(url: URL) -> Compacted:
    """Give the room that pruning left back to the disk.

    On PostgreSQL that room is made usable for new rows, which its server also does by
    itself in time.

    Raises:
        StoreError: there is no store, it is damaged, or it cannot be written now.
    """
    with writing(url) as (backend, connection):
        before = bytes_on_disk(connection)
        connection.rollback()
        cursor = connection.connection.cursor()
        if backend.name == "sqlite":
            cursor.execute("VACUUM")
        else:
            cursor.execute("SET statement_timeout = 0")
            connection.connection.commit()
            driver = connection.connection.driver_connection
            assert driver is not None  # noqa: S101 - it is open
            driver.autocommit = True
            for table in metadata.sorted_tables:
                cursor.execute(f'VACUUM ANALYZE "{table.name}"')
            driver.autocommit = False
        cursor.close()
        backend.finish(connection)
        return Compacted(before=before, after=bytes_on_disk(connection))


def used(url: URL) -> int:
    """`used_bytes` of a store; a look that costs nothing.

    Raises:
        StoreError: it cannot be read, or it is PostgreSQL.
    """
    backend = backend_of(url)
    try:
        with backend.readers.connect() as connection:
            return used_bytes(connection)
    except DBAPIError as error:
        raise StoreError(
            f"the store cannot be read: {backend.explain(error)}"
        ) from None
    finally:
        backend.readers.dispose()


def used_bytes(connection: Connection) -> int:
    """What the rows take up in a SQLite file; room for new ones is not counted.

    Raises:
        StoreError: it is PostgreSQL, where only its server can tell.
    """
    if connection.dialect.name != "sqlite":
        raise StoreError("a limit in bytes is for SQLite; give a number or an age")
    with connection.begin():
        pages, free, size = _pragmas(
            connection, "page_count", "freelist_count", "page_size"
        )
    return (pages - free) * size


def bytes_on_disk(connection: Connection) -> int:
    """How large the store's files or tables are, without the write-ahead log."""
    if connection.dialect.name == "sqlite":
        pages, size = _pragmas(connection, "page_count", "page_size")
        return pages * size
    return sum(
        connection.execute(
            select(func.pg_total_relation_size(f'"{table.name}"'))
        ).scalar_one()
        for table in metadata.sorted_tables
    )


def _pragmas(connection: Connection, *names: str) -> list[int]:
    return [
        int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()) for name in names
    ]


def _reason(
    connection: Connection, older_than: float | None, keep: int | None
) -> ColumnElement[bool]:
    reasons: list[ColumnElement[bool]] = []
    if older_than is not None:
        reasons.append(episodes.c.at < time.time() - older_than)
    if keep is not None:
        newest = select(episodes.c.sequence).order_by(episodes.c.sequence.desc())
        with connection.begin():
            offset = min(keep, LARGEST)
            last_to_go = connection.scalar(newest.offset(offset).limit(1))
        reasons.append(episodes.c.sequence <= (last_to_go or 0))
    return or_(*reasons)


def _remove(connection: Connection, reason: ColumnElement[bool] | None) -> Pruned:
    """Remove the oldest of those that may go."""
    found = select(episodes.c.key).order_by(episodes.c.sequence).limit(PIECE)
    if reason is not None:
        found = found.where(reason)
    with connection.begin():
        keys = connection.scalars(found).all()
        if not keys:
            return Pruned()
        graded = 0
        for table in (annotations, scores, steps):
            gone = connection.execute(
                delete(table).where(table.c.episode_key.in_(keys))
            )
            graded = gone.rowcount
        connection.execute(delete(episodes).where(episodes.c.key.in_(keys)))
    return Pruned(episodes=len(keys), steps=graded)


def _sum(one: Pruned, other: Pruned) -> Pruned:
    return Pruned(episodes=one.episodes + other.episodes, steps=one.steps + other.steps)


@contextmanager
def writing(url: URL, *, checked: bool = True) -> Iterator[tuple[Backend, Connection]]:
    """A connection that may write to an existing store."""
    backend = backend_of(url)
    try:
        if url.drivername == "sqlite":
            path = Path(url.database or "")
            require_file(path)
            if checked:
                _require_whole(path)
            # Opening a damaged one would set it aside, which is for servers to do.
            backend = SQLite(path, checked=False)
        connection, _ = backend.open()
        with connection:
            yield backend, connection
    except StoreError:
        raise
    except Exception as error:
        # A driver's own errors, too: vacuuming goes past SQLAlchemy.
        raise StoreError(
            f"the store cannot be written: {backend.explain(error)}"
        ) from error
    finally:
        backend.readers.dispose()


def _require_whole(path: Path) -> None:
    if damage := damage_of(path):
        raise StoreError(f"the store {path} is damaged: {damage}")
