"""From an empty database to the newest schema, one version at a time."""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, func, insert, inspect, select, update

from ..core.errors import StoreError
from .schema import metadata, schema_version


Migration = Callable[[Connection], None]

_ADVISORY_LOCK = 5_317_008
"""Any number; every program that changes the schema on PostgreSQL takes this one."""


def _create(connection: Connection) -> None:
    metadata.create_all(connection)


MIGRATIONS: tuple[Migration, ...] = (_create,)
"""`MIGRATIONS[n]` leads from version n to version n + 1; version 0 has no tables.

The first creates the tables as `schema.py` has them now. Once a second one exists, the
first must create them as they were, and the tables of both paths must be equal.
"""


def migrate(
    connection: Connection, migrations: Sequence[Migration] = MIGRATIONS
) -> None:
    """Bring the database to the newest version; all of it or nothing.

    Processes that start at the same time wait for each other.

    Raises:
        StoreError: the schema is newer than this program, or its tables are not ours.
    """
    with connection.begin():
        if connection.dialect.name == "postgresql":
            lock = select(func.pg_advisory_xact_lock(_ADVISORY_LOCK))
            connection.execute(lock)
        found = found_version(connection)
        _require_known(found, len(migrations))
        for migration in migrations[found:]:
            migration(connection)
        if found == 0:
            connection.execute(insert(schema_version).values(version=len(migrations)))
        elif found < len(migrations):
            connection.execute(update(schema_version).values(version=len(migrations)))


def require_current(connection: Connection) -> None:
    """Refuse a database that has to be migrated, or cannot be, before it is read.

    Raises:
        StoreError: its schema is newer or older than this program's, or there is none.
    """
    found = found_version(connection)
    _require_known(found, len(MIGRATIONS))
    if found < len(MIGRATIONS):
        raise StoreError(
            f"the store's schema has version {found} and this program's has "
            f"{len(MIGRATIONS)}: start a server on it, or `support-queue store check`"
        )


def _require_known(found: int, known: int) -> None:
    if found > known:
        raise StoreError(
            f"the store's schema has version {found}, and this program knows versions "
            f"up to {known}: use a newer Support Queue, or another store"
        )


def found_version(connection: Connection) -> int:
    """The version that the database has; 0 for an empty one."""
    inspector = inspect(connection)
    if inspector.has_table(schema_version.name):
        version = connection.scalar(select(schema_version.c.version))
        if version is None:
            raise StoreError("the store's table schema_version is empty")
        return int(version)
    taken = [name for name in metadata.tables if inspector.has_table(name)]
    if taken:
        raise StoreError(
            f"the database has a table {taken[0]!r} that is not Support Queue's; use "
            "another database"
        )
    return 0
