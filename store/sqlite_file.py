"""A SQLite file before it is used: made, checked, and set aside when damaged."""

import errno
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from ..core.errors import StoreError, StoreReadOnly


try:
    import fcntl
except ImportError:  # Windows: two servers there should not start at one moment
    fcntl = None  # type: ignore[assignment]

log = logging.getLogger(__name__)

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_READ_ONLY = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def files_of(path: Path) -> tuple[Path, Path, Path]:
    """The file of a database, its write-ahead log, and that log's index."""
    return path, Path(f"{path}-wal"), Path(f"{path}-shm")


def read_only_address(path: Path) -> str:
    """What opens the file for reading only."""
    return f"file:{quote(str(path))}?mode=ro"


def code_of(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 for an error that has none."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def create(path: Path) -> None:
    """Make the file, which only its owner may read, and its folders.

    Raises:
        StoreReadOnly: its place cannot be written.
        StoreError: it is a folder, or a file is where a folder should be.
    """
    try:
        if path.is_dir():
            raise StoreError(f"the store {path}: it is a folder, expected a file")
        path.parent.mkdir(parents=True, exist_ok=True)
        # Never opened when it is there: closing it would drop SQLite's locks.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError as error:
        if not path.exists():
            raise StoreError(f"the store {path}: {error.strerror}") from None
    except OSError as error:
        if error.errno in _READ_ONLY:
            raise StoreReadOnly(f"the store {path} cannot be written") from None
        raise StoreError(f"the store {path}: {error.strerror}") from None


@contextmanager
def guarded(folder: Path) -> Iterator[None]:
    """One process at a time: of several, only one may set a damaged file aside."""
    if fcntl is None:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def check_or_set_aside(path: Path, busy_seconds: float) -> tuple[str, ...]:
    """Look whether the file is whole. One that is not is renamed, and a fresh one made.

    Returns:
        A warning that names both files, when that happened.

    Raises:
        sqlite3.Error: it cannot be read, for another reason than damage.
    """
    damage = damage_of(path, busy_seconds)
    if not damage:
        return ()
    aside = _set_aside(path)
    create(path)
    warning = (
        f"the store {path} was damaged ({damage}): it is kept as {aside.name}, and a "
        "fresh one was made"
    )
    log.error("%s", warning)
    return (warning,)


def damage_of(path: Path, busy_seconds: float = 5) -> str:
    """What is wrong with the file, in SQLite's words; empty when nothing is."""
    # One that could write would empty or remove the log as it closes, and with it
    # steps that might be rescued.
    address = read_only_address(path)
    try:
        with closing(
            sqlite3.connect(
                address, uri=True, timeout=busy_seconds, isolation_level=None
            )
        ) as connection:
            (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        if code_of(error) in _DAMAGED:
            return str(error)
        raise
    return "" if said == "ok" else " ".join(str(said).split())


def _set_aside(path: Path) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = path.with_name(f"{path.name}.corrupt-{stamp}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.corrupt-{stamp}-{number}")
    for here, there in zip(files_of(path), files_of(aside), strict=True):
        if here.exists():
            here.rename(there)
    return aside
