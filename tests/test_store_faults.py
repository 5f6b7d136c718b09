"""When the database fails: steps are refused, readiness tells, and all comes back."""

import os
import shutil
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from ctypes import CDLL
from pathlib import Path

import pytest
from sqlalchemy import URL, delete
from store_troubles import another_process, until
from stores import ask, graded, keep, opened_store, played, read, started

from support_queue_env.core.errors import (
    EpisodeConflict,
    EpisodeGone,
    NotRecorded,
    StoreError,
    StoreReadOnly,
)
from support_queue_env.store import sqlite, writer
from support_queue_env.store.checking import check
from support_queue_env.store.log import Store, open_store
from support_queue_env.store.retention import prune
from support_queue_env.store.runs import RunInfo
from support_queue_env.store.schema import scores, steps
from support_queue_env.store.sqlite import SQLite
from support_queue_env.store.sqlite_file import APPLICATION_ID
from support_queue_env.store.urls import file_url


EPISODE = played()
NOBODY = 65_534


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither locks nor probes are waited for as long as in earnest."""
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.2)
    monkeypatch.setattr(writer, "PROBE_SECONDS", 0.05)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store's file that is not there yet, in a folder that is not there either."""
    return tmp_path / "made" / "for" / "episodes.db"


@contextmanager
def without_rights() -> Iterator[None]:
    """Touch only what everybody may, even when root runs the tests."""
    if os.geteuid() != 0:
        yield
        return
    libc = CDLL(None)
    libc.setfsuid(NOBODY)
    try:
        yield
    finally:
        libc.setfsuid(0)


def pragma(store: Store, name: str) -> object:
    """What a setting of the writer's connection is."""
    connection = store._writer._connection
    assert connection is not None
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA {name}")
    row = cursor.fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(("durability", "synchronous"), [("full", 2), ("normal", 1)])
def test_a_commit_waits_for_the_disk(
    path: Path, durability: str, synchronous: int
) -> None:
    """`full` syncs the log at each commit; kill -9 could not show if it did not."""
    options: dict[str, str] = {"durability": durability}
    with opened_store(file_url(path), **options) as store:  # type: ignore[arg-type]  # a parameter is any text
        assert pragma(store, "synchronous") == synchronous
        assert pragma(store, "journal_mode") == "wal"
        assert pragma(store, "foreign_keys") == 1


def test_only_its_owner_reads_the_file(path: Path) -> None:
    """Episodes hold what customers wrote, and the log beside the file does as well."""
    with opened_store(file_url(path)) as store:
        keep(store, "k", EPISODE)
        modes = {file.name: file.stat().st_mode for file in path.parent.iterdir()}

    assert len(modes) == 3
    assert {stat.S_IMODE(mode) for mode in modes.values()} == {0o600}


def test_closing_empties_the_write_ahead_log(path: Path) -> None:
    """Whoever copies the file of a stopped server has all of it."""
    with opened_store(file_url(path)) as store:
        keep(store, "k", EPISODE)
        log = path.with_name(f"{path.name}-wal")
        assert log.stat().st_size > 0

    assert not log.exists()


def test_closing_empties_it_beside_another_server(path: Path) -> None:
    """Then the log stays, and is empty."""
    with opened_store(file_url(path)):
        with opened_store(file_url(path)) as store:
            keep(store, "k", EPISODE)

        assert path.with_name(f"{path.name}-wal").stat().st_size == 0


def test_a_lock_held_too_long_refuses_the_step(path: Path) -> None:
    """The same event is taken once the lock is gone; the store tells in between."""
    with opened_store(file_url(path)) as store:
        store.append(started("k", EPISODE[0]))
        with another_process(path, "BEGIN IMMEDIATE"):
            with pytest.raises(NotRecorded, match="another process"):
                store.append(graded("k", EPISODE[1]))
            assert not store.status.healthy
            assert "another process" in store.status.problem
            assert read(store, "k").steps == ()
        until(lambda: store.status.healthy)
        store.append(graded("k", EPISODE[1]))

        assert len(read(store, "k").steps) == 1


def test_a_lock_held_at_the_start_is_told(path: Path) -> None:
    """The server does not start, and the reason names the cause."""
    with opened_store(file_url(path)):
        pass
    with (
        another_process(path, "BEGIN IMMEDIATE"),
        pytest.raises(StoreError, match="another process has held the store"),
    ):
        open_store(file_url(path), RunInfo())


def test_a_full_disk_refuses_steps_until_there_is_room(path: Path) -> None:
    """What was kept stays readable; once something is removed, steps are taken."""
    with opened_store(file_url(path), max_bytes=512 * 1024) as store:
        keys = [f"k{number}" for number in range(1000)]
        refused = ""
        for key in keys:
            try:
                keep(store, key, EPISODE)
            except NotRecorded as error:
                refused = str(error)
                break
        assert "full" in refused
        assert not store.status.healthy
        assert not store.status.waiting
        time.sleep(0.2)
        assert not store.status.healthy
        assert read(store, "k0").done
        with opened_store(file_url(path)) as other:
            connection = other._writer._connection
            assert connection is not None
            with connection.begin():
                for table in (scores, steps):
                    connection.execute(delete(table))
        until(lambda: store.status.healthy)

        keep(store, "after", EPISODE)
        assert read(store, "after").done


def test_a_removed_folder_is_noticed_and_made_again(path: Path) -> None:
    """What goes into a file that is gone is not called recorded."""
    with opened_store(file_url(path)) as store:
        store.append(started("k", EPISODE[0]))
        shutil.rmtree(path.parent)
        with pytest.raises(NotRecorded, match="removed"):
            store.append(graded("k", EPISODE[1]))
        assert "removed" in store.status.problem
        until(lambda: store.status.healthy)

        with pytest.raises(EpisodeGone):
            store.append(graded("k", EPISODE[1]))
        keep(store, "new", EPISODE)
        assert read(store, "new").done


def test_a_commit_in_doubt_is_settled_by_trying_again(path: Path) -> None:
    """Kept, but its answer was lost: the same event again is no conflict, once."""
    with opened_store(file_url(path)) as store:
        store.append(started("k", EPISODE[0]))
        event = graded("k", EPISODE[1])
        aside = path.with_name("aside")
        aside.mkdir()
        files = list(path.parent.glob("episodes.db*"))
        for file in files:
            file.rename(aside / file.name)
        with pytest.raises(NotRecorded, match="removed"):
            store.append(event)
        for file in path.parent.glob("episodes.db*"):
            file.unlink()
        for file in files:
            (aside / file.name).rename(file)
        until(lambda: store.status.healthy)
        store.append(event)

        assert len(read(store, "k").steps) == 1
        with pytest.raises(EpisodeConflict):
            store.append(event)


@pytest.mark.parametrize("found", ["garbage", "cut", "scribbled"])
def test_a_damaged_file_is_set_aside(
    path: Path, caplog: pytest.LogCaptureFixture, found: str
) -> None:
    """Loudly: in the log and to whoever opened it. A fresh one takes its place."""
    with opened_store(file_url(path)) as store:
        for number in range(20):
            keep(store, f"k{number}", EPISODE)
    whole = path.read_bytes()
    damaged = {
        "garbage": whole[:100] + b"nothing that SQLite knows" * 1000,
        "cut": whole[: len(whole) // 2],
        "scribbled": whole[:8192] + b"\xff" * 8192 + whole[16_384:],
    }[found]
    path.write_bytes(damaged)
    with opened_store(file_url(path)) as store:
        (warning,) = store.warnings
        (aside,) = path.parent.glob("episodes.db.corrupt-*Z")
        keep(store, "k0", EPISODE)

        assert aside.name in warning
        assert warning in caplog.text
        assert read(store, "k0").done
    assert aside.read_bytes() == damaged


def test_a_damaged_file_takes_its_log_along(path: Path) -> None:
    """Else the log of the old file would be applied to the fresh one."""
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x" * 5000)
    log = path.with_name("episodes.db-wal")
    log.write_bytes(b"y" * 5000)
    with opened_store(file_url(path)) as store:
        assert len(store.warnings) == 1
        keep(store, "k", EPISODE)
        (aside,) = path.parent.glob("episodes.db.corrupt-*-wal")

    assert aside.read_bytes() == b"y" * 5000


@pytest.mark.parametrize("found", ["text", "short", "zeros", "database", "marked"])
def test_a_file_of_somebody_else_is_left_alone(path: Path, found: str) -> None:
    """A name mistyped in a setting must not cost anybody their notes."""
    path.parent.mkdir(parents=True)
    if found in {"database", "marked"}:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            if found == "marked":
                other.execute("PRAGMA application_id = 12345")
            other.execute("CREATE TABLE notes (text)")
    else:
        contents = {"text": b"notes\n" * 5000, "short": b"note", "zeros": bytes(8192)}
        path.write_bytes(contents[found])
    before = path.read_bytes()
    for checked in (True, False):
        with pytest.raises(StoreError, match=r"expected a file that|not a database"):
            SQLite(path, checked=checked).open()
    with pytest.raises(StoreError):
        prune(file_url(path), keep=1)

    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_store_that_has_no_mark_yet_is_ours_all_the_same(path: Path) -> None:
    """Its table tells, and it is marked from then on."""
    with opened_store(file_url(path)) as store:
        keep(store, "k", EPISODE)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA application_id = 0")
    with opened_store(file_url(path)) as store:
        assert store.warnings == ()
        assert pragma(store, "application_id") == APPLICATION_ID
        assert read(store, "k").done


@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_what_is_no_file_is_no_store(path: Path, kind: str) -> None:
    """Nobody waits for the other end of a pipe."""
    path.parent.mkdir(parents=True)
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/null")
    for refused in (
        lambda: open_store(file_url(path), RunInfo()),
        lambda: prune(file_url(path), keep=1),
        lambda: check(file_url(path)),
    ):
        with pytest.raises(StoreError, match="a device or pipe, expected a file"):
            refused()


def test_an_empty_file_is_a_new_store(path: Path) -> None:
    """As a crash right after the start leaves it."""
    path.parent.mkdir(parents=True)
    path.touch()
    with opened_store(file_url(path)) as store:
        assert store.warnings == ()


def test_a_folder_is_no_store(path: Path) -> None:
    """Nor is something below a file."""
    path.mkdir(parents=True)
    with pytest.raises(StoreError, match="it is a folder"):
        open_store(file_url(path), RunInfo())
    (path / "file").touch()
    with pytest.raises(StoreError, match=r"Not a directory|File exists"):
        open_store(file_url(path / "file" / "x.db"), RunInfo())


@pytest.fixture
def open_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that everybody may enter, which those of pytest are not."""
    folder = Path("/tmp") / f"support-queue-{os.getpid()}-{time.time_ns()}"  # noqa: S108 - removed below
    folder.mkdir(mode=0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_place_that_cannot_be_written_is_told(open_folder: Path) -> None:
    """A read-only folder, new file or old, is an error of its own."""
    path = open_folder / "episodes.db"
    with opened_store(file_url(path)) as store:
        keep(store, "k", EPISODE)
    path.chmod(0o644)
    open_folder.chmod(0o555)
    with without_rights():
        for refused in (path, open_folder / "other.db", open_folder / "new" / "x.db"):
            with pytest.raises(StoreReadOnly, match=str(refused)):
                open_store(file_url(refused), RunInfo())


def test_a_file_that_cannot_be_written_is_told(open_folder: Path) -> None:
    """Its folder may be written, itself not."""
    path = open_folder / "episodes.db"
    with opened_store(file_url(path)):
        pass
    path.chmod(0o444)
    open_folder.chmod(0o777)
    with without_rights(), pytest.raises(StoreReadOnly, match=str(path)):
        open_store(file_url(path), RunInfo())


def test_a_clock_that_jumps_back_changes_no_order(
    database_url: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest episode is the one that was started last."""
    with opened_store(database_url) as store:
        store.append(started("first", EPISODE[0]))
        monkeypatch.setattr(time, "time", lambda: 12.5)
        store.append(started("second", EPISODE[0]))
        keep(store, "third", EPISODE)
        stored = read(store, "third")

        assert stored.at == 12.5
        assert [step.index for step in stored.steps] == [0, 1, 2, 3]
        assert stored.key == "third"
        assert located(store) == "third"


def located(store: Store) -> str | None:
    """The key of the newest unnamed episode."""
    found = ask(lambda: store.locate(None))
    return None if found is None else found.key


def test_a_fault_of_ours_leaves_nobody_waiting(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step is refused, and the writer goes on with the next one."""
    with opened_store(file_url(path)) as store:
        store.append(started("k", EPISODE[0]))
        with monkeypatch.context() as broken:
            broken.setattr(writer.Writer, "_commit_or_try_again", _stumble)
            broken.setattr(writer.Writer, "_after_failure", _stumble)
            with pytest.raises(NotRecorded, match="stumbled"):
                store.append(graded("k", EPISODE[1]))
        assert not store.status.healthy
        store.append(graded("k", EPISODE[1]))

        assert store.status.healthy
        assert len(read(store, "k").steps) == 1


def _stumble(*_: object) -> None:
    raise LookupError("stumbled")
