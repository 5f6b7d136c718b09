"""The schema's versions: from nothing to the newest, once, and never back."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import (
    URL,
    Column,
    Connection,
    Integer,
    MetaData,
    NullPool,
    Table,
    create_engine,
    inspect,
    select,
    text,
    update,
)
from stores import keep, opened_store, played, read

from support_queue_env.core.errors import StoreError
from support_queue_env.store.log import backend_of, open_store
from support_queue_env.store.migrations import MIGRATIONS, migrate
from support_queue_env.store.runs import RunInfo
from support_queue_env.store.schema import metadata, schema_version


EPISODE = played()


@contextmanager
def connected(url: URL) -> Iterator[Connection]:
    """A connection to the bare database."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


@contextmanager
def writing(url: URL) -> Iterator[Connection]:
    """The connection of a store's writer."""
    connection, _ = backend_of(url).open()
    with connection:
        yield connection


def version(url: URL) -> int:
    """The version that is written in the database."""
    with connected(url) as connection:
        found = connection.execute(select(schema_version.c.version)).scalar_one()
    return int(found)


def add_mood(connection: Connection) -> None:
    """A second version, as a later program might have."""
    connection.execute(text("ALTER TABLE episodes ADD COLUMN mood TEXT"))


def break_off(connection: Connection) -> None:
    """A migration that fails after it has changed something."""
    add_mood(connection)
    raise RuntimeError("no power")


def columns_of(url: URL, table: str) -> set[str]:
    """The names of a table's columns."""
    with connected(url) as connection:
        return {column["name"] for column in inspect(connection).get_columns(table)}


def test_a_fresh_store_has_the_newest_version(database_url: URL) -> None:
    """With every table, which opening it again leaves alone."""
    for _ in range(2):
        with opened_store(database_url):
            pass

        assert version(database_url) == len(MIGRATIONS)
        with connected(database_url) as connection:
            assert set(inspect(connection).get_table_names()) >= set(metadata.tables)


def test_a_second_version_keeps_what_is_there(database_url: URL) -> None:
    """Steps written by the first are read by the program that knows the second."""
    with opened_store(database_url) as store:
        keep(store, "k", EPISODE)
    with writing(database_url) as connection:
        for _ in range(2):
            migrate(connection, (*MIGRATIONS, add_mood))

    assert version(database_url) == len(MIGRATIONS) + 1
    assert "mood" in columns_of(database_url, "episodes")
    with connected(database_url) as connection, connection.begin():
        connection.execute(update(schema_version).values(version=len(MIGRATIONS)))
    with opened_store(database_url) as store:
        assert read(store, "k").done


def test_a_migration_happens_whole_or_not_at_all(database_url: URL) -> None:
    """What fails in the middle leaves the version and the tables as they were."""
    with opened_store(database_url):
        pass
    with writing(database_url) as connection, pytest.raises(RuntimeError):
        migrate(connection, (*MIGRATIONS, break_off))

    assert version(database_url) == len(MIGRATIONS)
    assert "mood" not in columns_of(database_url, "episodes")


def test_a_newer_schema_is_refused(database_url: URL) -> None:
    """The older program says so, and changes nothing."""
    with opened_store(database_url) as store:
        keep(store, "k", EPISODE)
    newer = len(MIGRATIONS) + 7
    with connected(database_url) as connection, connection.begin():
        connection.execute(update(schema_version).values(version=newer))
    with pytest.raises(StoreError, match=f"has version {newer}.*newer Support Queue"):
        open_store(database_url, RunInfo())

    assert version(database_url) == newer


def test_a_strangers_table_is_left_alone(database_url: URL) -> None:
    """A database in which one of our names is taken is not ours to use."""
    strange = Table("episodes", MetaData(), Column("season", Integer))
    with connected(database_url) as connection, connection.begin():
        strange.create(connection)
    with pytest.raises(
        StoreError, match=r"that is not Support Queue's|that Support Queue made"
    ):
        open_store(database_url, RunInfo())

    assert columns_of(database_url, "episodes") == {"season"}
