"""What only a PostgreSQL server can do to the store."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, NullPool, create_engine, make_url, text
from sqlalchemy.schema import CreateIndex
from stores import (
    POSTGRESQL,
    database,
    graded,
    keep,
    opened_store,
    played,
    read,
    started,
)

from support_queue_env.core.errors import StoreError
from support_queue_env.store.log import Store, backend_of, open_store
from support_queue_env.store.runs import RunInfo
from support_queue_env.store.schema import steps_by_request
from support_queue_env.store.urls import resolve_url


EPISODE = played()


@pytest.fixture
def postgresql_url(tmp_path: Path) -> Iterator[URL]:
    """An empty database on the server of `make test-postgres`."""
    if not os.environ.get(POSTGRESQL):
        pytest.skip(f"no PostgreSQL server: `make test-postgres` sets {POSTGRESQL}")
    with database("postgresql", tmp_path) as url:
        yield url


def test_the_index_of_requests_covers_no_other_step() -> None:
    """Its condition stands apart from the tables, with what knows PostgreSQL."""
    assert "postgresql" == backend_of(make_url("postgresql+psycopg://h/d")).name
    dialect = make_url("postgresql+psycopg://h/d").get_dialect()()
    statement = str(CreateIndex(steps_by_request).compile(dialect=dialect))

    assert statement.endswith("WHERE request_id IS NOT NULL")


def end_connections(url: URL) -> None:
    """End every other connection to the server, as a restart does."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND application_name = :name"
            ),
            {"name": url.query["application_name"]},
        )


def shown(store: Store, setting: str) -> str:
    """A setting of the writer's connection."""
    connection = store._writer._connection
    assert connection is not None
    with connection.begin():
        value = connection.execute(text(f"SHOW {setting}")).scalar_one()
    return str(value)


@pytest.mark.parametrize(
    ("durability", "expected"), [("full", "on"), ("normal", "off")]
)
def test_postgresql_commits_wait_for_the_disk(
    postgresql_url: URL, durability: str, expected: str
) -> None:
    """Unless the server is told otherwise."""
    options: dict[str, str] = {"durability": durability}
    with opened_store(postgresql_url, **options) as store:  # type: ignore[arg-type]  # a parameter is any text
        assert shown(store, "synchronous_commit") == expected


def test_a_lost_postgresql_connection_is_opened_again(postgresql_url: URL) -> None:
    """Nobody who appends or reads notices that the server was restarted."""
    url = postgresql_url.update_query_dict({"application_name": "ended"})
    with opened_store(url) as store:
        store.append(started("k", EPISODE[0]))
        assert read(store, "k").steps == ()
        for number in (1, 2):
            end_connections(url)
            store.append(graded("k", EPISODE[number]))
            end_connections(url)

            assert len(read(store, "k").steps) == number
        assert store.status.healthy


def test_readers_of_postgresql_cannot_write(postgresql_url: URL) -> None:
    """Their connections are for reading only."""
    with opened_store(postgresql_url) as store:
        keep(store, "k", EPISODE)
        with (
            store._writer.backend.readers.connect() as connection,
            pytest.raises(Exception, match="read-only transaction"),
        ):
            connection.execute(text("DELETE FROM scores"))


def test_a_postgresql_server_that_is_not_there_is_told() -> None:
    """Without the password that it would have been given."""
    url = resolve_url("postgresql://somebody:hunter2@127.0.0.1:1/queue")
    assert url is not None
    with pytest.raises(StoreError, match="cannot be opened") as refused:
        open_store(url, RunInfo())

    assert "127.0.0.1" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_postgresql_needs_its_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without psycopg the error says what to install."""
    monkeypatch.setattr(
        "support_queue_env.store.postgresql.find_spec", lambda name: None
    )
    url = resolve_url("postgresql://h/d")
    assert url is not None
    with pytest.raises(
        StoreError, match=r"install openenv-support-queue-env\[postgres\]"
    ):
        open_store(url, RunInfo())
