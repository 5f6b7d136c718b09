"""A SQLite file before it is used: made, checked, and set aside when damaged."""

import errno
import logging
import os
import sqlite3
import stat
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

APPLICATION_ID = 0x5351_4555
"""Marks files of ours, in SQLite's own place for it."""

log = logging.getLogger(__name__)

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_HEADER = b"SQLite format 3\0"
_MARK = slice(68, 72)
_TABLE = b"CREATE TABLE schema_version"
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
        StoreError: it is a folder or a device, or a file is where a folder should be.
    """
    try:
        require_regular(path)
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


def require_regular(path: Path) -> None:
    """Refuse what SQLite might wait for in vain; nothing being there is no reason.

    Raises:
        StoreError: it is a folder, a device, a pipe or a socket.
        OSError: it cannot be looked at.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    if stat.S_ISDIR(mode):
        raise StoreError(f"the store {path}: it is a folder, expected a file")
    if not stat.S_ISREG(mode):
        raise StoreError(f"the store {path}: it is a device or pipe, expected a file")


def require_ours(path: Path, busy_seconds: float) -> None:
    """Refuse a whole database that somebody else made, before anything is written.

    Raises:
        StoreError: saying so.
        sqlite3.Error: it cannot be read.
    """
    with closing(
        sqlite3.connect(
            read_only_address(path),
            uri=True,
            timeout=busy_seconds,
            isolation_level=None,
        )
    ) as connection:
        (mark,) = connection.execute("PRAGMA application_id").fetchone()
        found = connection.execute("SELECT name FROM sqlite_master WHERE type='table'")
        tables = {name for (name,) in found}
    # A file without tables is what a crash at the very start leaves.
    known = "schema_version" in tables or not tables
    if mark != APPLICATION_ID and (mark or not known):
        raise _not_ours(path)


def _was_ours(path: Path) -> bool:
    """Whether a damaged file, which SQLite cannot tell about, used to be a store."""
    _, log, _ = files_of(path)
    if log.exists() or any(path.parent.glob(f"{path.name}.corrupt-*")):
        return True
    # Closing it drops SQLite's locks on it, which nobody needs any more.
    with path.open("rb") as file:
        start = file.read(65_536)
    mark = int.from_bytes(start[_MARK], "big")
    return start.startswith(_HEADER) and (mark == APPLICATION_ID or _TABLE in start)


def _not_ours(path: Path) -> StoreError:
    return StoreError(
        f"the store {path}: expected a file that Support Queue made, or none; found "
        "another one, which was left as it is"
    )


def check_or_set_aside(path: Path, busy_seconds: float) -> tuple[str, ...]:
    """Look whether the file is ours and whole.

    One of ours that is damaged is renamed, and a fresh one made.

    Returns:
        A warning that names both files, when that happened.

    Raises:
        StoreError: it is somebody else's; it is left alone.
        sqlite3.Error: it cannot be read, for another reason than damage.
    """
    damage = damage_of(path, busy_seconds)
    if not damage:
        require_ours(path, busy_seconds)
        return ()
    if not _was_ours(path):
        raise _not_ours(path)
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
    # The file itself last: a log that were left behind would be taken for the log of
    # the fresh file.
    for here, there in reversed([*zip(files_of(path), files_of(aside), strict=True)]):
        if here.exists():
            here.rename(there)
    return aside
