"""A database that gives no answer at all: nobody waits for it for ever."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import define, field
from sqlalchemy import Connection
from store_troubles import another_process, until
from stores import graded, keep, played, read, started

from support_queue_env.core.errors import NotRecorded
from support_queue_env.core.log import Event
from support_queue_env.store import reading, sqlite, writer
from support_queue_env.store.log import Store
from support_queue_env.store.opening import opened
from support_queue_env.store.reading import Readers
from support_queue_env.store.runs import RunInfo
from support_queue_env.store.sqlite import SQLite
from support_queue_env.store.writer import Writer


EPISODE = played()
DEADLINE = 0.2


@define(eq=False)
class Freezing(SQLite):
    """A database that stops answering while `thawed` is clear."""

    thawed: threading.Event = field(init=False, factory=threading.Event)
    stopped: threading.Event = field(init=False, factory=threading.Event)

    patience: list[int] = field(init=False, factory=list)

    def hurry(self, connection: Connection) -> None:
        """Hurry, and keep how long a lock is waited for from then on, in ms."""
        super().hurry(connection)
        cursor = connection.connection.cursor()
        cursor.execute("PRAGMA busy_timeout")
        (milliseconds,) = cursor.fetchone() or (0,)
        self.patience.append(milliseconds)

    def begin(self, connection: Connection) -> None:
        """Begin, once the database answers."""
        if not self.thawed.is_set():
            self.stopped.set()
        self.thawed.wait()
        super().begin(connection)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "CLOSE_SECONDS", 0.2)
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 1.0)
    monkeypatch.setattr(reading, "CLOSE_SECONDS", 0.2)


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Freezing]:
    """A database that answers, for now."""
    made = Freezing(tmp_path / "episodes.db")
    made.thawed.set()
    yield made
    made.thawed.set()


@pytest.fixture
def store(backend: Freezing) -> Store:
    """A store that waits for its database for a moment only."""
    run = RunInfo()
    connection, _ = opened(backend, run)
    return Store(
        run,
        (),
        Writer(backend, run, connection, deadline=DEADLINE),
        Readers(backend, deadline=DEADLINE),
    )


def test_a_frozen_database_refuses_and_is_told(backend: Freezing, store: Store) -> None:
    """The first to wait cannot know; whoever comes later is refused at once."""
    store.append(started("k", EPISODE[0]))
    backend.thawed.clear()
    event = graded("k", EPISODE[1])
    with pytest.raises(NotRecorded, match="has not answered") as refused:
        asyncio.run(store.append_async(event))
    assert refused.value.in_doubt
    assert "not known" in refused.value.public
    until(lambda: not store.status.healthy)
    assert "has not answered" in store.status.problem
    with pytest.raises(NotRecorded, match="has not answered") as refused:
        store.append(event)
    assert not refused.value.in_doubt

    backend.thawed.set()
    until(lambda: store.status.healthy)
    # It was on its way and has been kept: the same event again is no conflict.
    store.append(event)
    assert len(read(store, "k").steps) == 1
    store.close()


def test_an_event_that_nobody_waits_for_any_more_is_left_out(
    backend: Freezing, store: Store
) -> None:
    """What was still in the queue at its deadline is not written behind one's back."""
    store.append(started("k", EPISODE[0]))
    backend.thawed.clear()
    errors = in_threads(store, started("x", EPISODE[0]))
    assert backend.stopped.wait(30)
    with pytest.raises(NotRecorded):
        store.append(graded("k", EPISODE[1]))
    backend.thawed.set()
    until(lambda: store.status.healthy and not store.status.waiting)

    assert read(store, "k").steps == ()
    assert len(errors()) == 1
    store.close()


def test_closing_ends_though_the_database_is_frozen(
    backend: Freezing, store: Store
) -> None:
    """Those who wait are told: of what was under way, that nobody knows."""
    backend.thawed.clear()
    store._writer.deadline = 60.0
    first = in_threads(store, started("a", EPISODE[0]))
    assert backend.stopped.wait(30)
    later = in_threads(store, started("b", EPISODE[0]))
    until(lambda: store.status.waiting == 2)
    store.close()

    assert [error.in_doubt for error in first() + later()] == [True, False]
    backend.thawed.set()
    store._writer._thread.join(30)
    assert not store._writer._thread.is_alive()


def test_closing_waits_less_for_what_is_late_already(
    backend: Freezing, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that has waited for its requests must not wait for them again."""
    monkeypatch.setattr(writer, "CLOSE_SECONDS", 600.0)
    monkeypatch.setattr(writer, "LATE_SECONDS", 0.0)
    monkeypatch.setattr(writer, "LAST_SECONDS", 0.1)
    backend.thawed.clear()
    store._writer.deadline = 60.0
    errors = in_threads(store, started("a", EPISODE[0]))
    assert backend.stopped.wait(30)
    store.close()

    assert [error.in_doubt for error in errors()] == [True]


def test_closing_waits_for_a_lock_only_shortly(
    backend: Freezing, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest is refused in time for whoever told the process to end."""
    monkeypatch.setattr(writer, "CLOSE_SECONDS", 30.0)
    keep(store, "k", EPISODE)
    store._writer.deadline = 60.0
    backend.thawed.clear()
    first = in_threads(store, started("a", EPISODE[0]))
    assert backend.stopped.wait(30)
    later = in_threads(store, started("b", EPISODE[0]))
    until(lambda: store.status.waiting == 2)
    closing = threading.Thread(target=store.close)
    closing.start()
    until(lambda: store._writer._closed)
    with another_process(tmp_path / "episodes.db", "BEGIN IMMEDIATE"):
        backend.thawed.set()
        closing.join()

    assert backend.patience == [500]
    for error in first() + later():
        assert "another process" in str(error)
        assert not error.in_doubt


def test_a_question_that_is_not_answered_is_given_up(store: Store) -> None:
    """All threads that read may be stuck; neither callers nor closing are."""
    thawed = threading.Event()

    async def ask_in_vain() -> None:
        for _ in range(2 * reading.READERS):
            with pytest.raises(NotRecorded, match="has not answered"):
                await store._readers.ask(lambda _: thawed.wait())

    asyncio.run(ask_in_vain())
    store.close()
    thawed.set()


def in_threads(store: Store, *events: Event) -> "Errors":
    """Append each in a thread of its own; call the result for what they raised."""
    errors = Errors()
    for event in events:
        thread = threading.Thread(target=errors.append, args=(store, event))
        errors.threads.append(thread)
        thread.start()
    return errors


@define
class Errors:
    """What appending raised."""

    threads: list[threading.Thread] = field(factory=list)
    found: list[NotRecorded] = field(factory=list)

    def append(self, store: Store, event: Event) -> None:
        """Append an event and keep what it raises."""
        try:
            store.append(event)
        except NotRecorded as error:
            self.found.append(error)

    def __call__(self) -> list[NotRecorded]:
        """What was raised by all of them."""
        for thread in self.threads:
            thread.join(60)
        return self.found
