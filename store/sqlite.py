"""SQLite: one file, a write-ahead log beside it, one connection that writes."""

import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from attrs import define, field
from sqlalchemy import Connection, Engine, NullPool, QueuePool, create_engine, event
from sqlalchemy.exc import DBAPIError

from ..core.errors import StoreError, StoreReadOnly
from .backend import Durability, cause, driver_error
from .migrations import migrate
from .sqlite_file import (
    APPLICATION_ID,
    check_or_set_aside,
    code_of,
    create,
    files_of,
    guarded,
    read_only_address,
    require_ours,
    require_regular,
)


BUSY_SECONDS = 5
HURRIED_SECONDS = 0.5
READERS = 4
_SYNCHRONOUS = {"full": "FULL", "normal": "NORMAL"}
_UNWRITABLE = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN})
_LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})

_BEGIN = "BEGIN IMMEDIATE"
_BUSY_SHORTLY = f"PRAGMA busy_timeout = {int(HURRIED_SECONDS * 1000)}"

Identity = tuple[int, int, int, int]


@define(eq=False)
class SQLite:
    """The backend for a file at `path`, which and whose folders are made if missing.

    `max_bytes` is what the file may grow to, the write-ahead log not counted. Without
    `checked` nobody looks whether the file is whole when it is opened, which takes time
    in proportion to its size.
    """

    path: Path
    durability: Durability = "full"
    max_bytes: int | None = None
    checked: bool = field(default=True, kw_only=True)
    name: str = field(default="sqlite", init=False)
    readers: Engine = field(init=False)
    _files: tuple[Path, Path] = field(init=False)
    _identity: Identity | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self.path = self.path.absolute()
        self.readers = reading_engine(self.path)
        self._files = files_of(self.path)[:2]

    @property
    def place(self) -> str:
        """The path."""
        return str(self.path)

    def open(self) -> tuple[Connection, tuple[str, ...]]:
        """See `Backend.open`; a file that is damaged is set aside."""
        self.readers.dispose()
        try:
            create(self.path)
            with guarded(self.path.parent):
                warnings = self._check()
                connection = self._connect()
                try:
                    migrate(connection)
                except BaseException:
                    connection.close()
                    raise
        except (sqlite3.Error, DBAPIError) as error:
            raise self.refused(error) from error
        self._identity = _identity_of(*self._files)
        return connection, warnings

    def _check(self) -> tuple[str, ...]:
        if self.checked:
            return check_or_set_aside(self.path, BUSY_SECONDS)
        require_ours(self.path, BUSY_SECONDS)
        return ()

    def _connect(self) -> Connection:
        engine = create_engine(
            "sqlite://", creator=self._open_for_writing, poolclass=NullPool
        )
        event.listen(engine, "begin", _begin_immediate)
        return engine.connect()

    def _open_for_writing(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            self._configure(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _configure(self, connection: sqlite3.Connection) -> None:
        (mark,) = connection.execute("PRAGMA application_id").fetchone()
        if mark != APPLICATION_ID:
            # Before there is a log, so that it is in the file itself at once.
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            raise StoreError(
                f"the store {self.place}: its file system cannot keep SQLite's "
                "write-ahead log (network file systems cannot)"
            )
        connection.execute(f"PRAGMA synchronous = {_SYNCHRONOUS[self.durability]}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA wal_autocheckpoint = 1000")
        if self.max_bytes is not None:
            (size,) = connection.execute("PRAGMA page_size").fetchone()
            # 0 would be taken for a question.
            pages = max(1, self.max_bytes // size)
            connection.execute(f"PRAGMA max_page_count = {pages}")

    def lost(self) -> str:
        """Whether file or log were removed or replaced: commits go nowhere then."""
        if _identity_of(*self._files) == self._identity:
            return ""
        return f"{self.place} or its write-ahead log was removed or replaced"

    def begin(self, connection: Connection) -> None:
        """Take the write lock at once: taking it later can fail without waiting."""
        _driver(connection).execute(_BEGIN)

    def hurry(self, connection: Connection) -> None:
        """See `Backend.hurry`."""
        _driver(connection).execute(_BUSY_SHORTLY)

    def usable_after(self, connection: Connection, error: Exception) -> bool:
        """After a full disk or a lock it is; else the file is checked again."""
        if _driver(connection).in_transaction:
            return False
        original = driver_error(error)
        passing = _LOCKED | {sqlite3.SQLITE_FULL}
        return isinstance(original, sqlite3.Error) and code_of(original) in passing

    def finish(self, connection: Connection) -> None:
        """Move the write-ahead log into the file and empty it."""
        # Whoever still reads may be left alone: the log is read again at next opening.
        # Not through SQLAlchemy, which would begin a transaction around it.
        cursor = connection.connection.cursor()
        cursor.execute(_BUSY_SHORTLY)
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def explain(self, error: BaseException) -> str:
        """See `Backend.explain`."""
        original = driver_error(error)
        if isinstance(original, sqlite3.Error) and code_of(original) in _LOCKED:
            return (
                f"another process has held the store {self.place} locked for too long"
            )
        return f"{cause(error)} (the store {self.place})"

    def refused(self, error: Exception) -> StoreError:
        """See `Backend.refused`."""
        original = driver_error(error)
        if isinstance(original, sqlite3.Error) and code_of(original) in _UNWRITABLE:
            return StoreReadOnly(f"the store {self.place} cannot be written")
        return StoreError(f"the store cannot be opened: {self.explain(error)}")


def require_file(path: Path) -> None:
    """Refuse a path where no store is, before it is read.

    Raises:
        StoreError: saying so.
    """
    with suppress(OSError):
        require_regular(path)
    if not path.is_file():
        raise StoreError(f"there is no store at {path}: nothing was kept there yet")


def reading_engine(path: Path) -> Engine:
    """Connections to an existing file that cannot write."""

    def address() -> str:
        # Beside a file that was closed well, on a disk that cannot be written, SQLite
        # would want to make a log.
        _, log, _ = files_of(path)
        still = not log.exists() and not os.access(path.parent, os.W_OK)
        return read_only_address(path) + ("&immutable=1" if still else "")

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(
            address(),
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )

    return create_engine(
        "sqlite://", creator=connect, poolclass=QueuePool, pool_size=READERS
    )


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql(_BEGIN)


def _driver(connection: Connection) -> sqlite3.Connection:
    driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]  # ours
    return driver


def _identity_of(file: Path, log: Path) -> Identity | None:
    """What tells these two from others of their names; asked at every commit."""
    try:
        here, beside = file.stat(), log.stat()
    except OSError:
        return None
    return here.st_dev, here.st_ino, beside.st_dev, beside.st_ino
