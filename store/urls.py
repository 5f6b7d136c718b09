"""Which database a setting means.

resolve_url("")                          the file of this user
resolve_url("none")                      no store
resolve_url("runs/october.db")           a SQLite file
resolve_url("postgresql://host/queue")   a PostgreSQL database
"""

from pathlib import Path

from platformdirs import user_data_dir
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from ..core.errors import StoreError, shown
from .wanted import is_wanted


SETTING = "--database-url (SUPPORT_QUEUE_DATABASE_URL)"

_RULE = (
    "expected none, a file whose name ends in .db, sqlite:///FILE or "
    "postgresql://USER@HOST/DATABASE"
)
_SQLITE = frozenset({"sqlite", "sqlite+pysqlite"})
_POSTGRESQL = frozenset({"postgresql", "postgres", "postgresql+psycopg"})


def default_path() -> Path:
    """The file that keeps this user's episodes when nothing else is asked for."""
    return Path(user_data_dir("support-queue", appauthor=False)) / "episodes.db"


def resolve_url(text: str) -> URL | None:
    """The database that `text` names; None when no store is wanted.

    Empty text, or `default`, means `default_path()`.

    Raises:
        StoreError: naming the setting and the rule. It never quotes more than the
            scheme, since the rest may hold a password.
    """
    if not is_wanted(text):
        return None
    text = text.strip()
    if not _is_plain(text):
        raise _refused("characters that UTF-8 does not have, or NUL")
    if text in {"", "default"}:
        return file_url(default_path())
    if "://" not in text:
        if text.endswith(".db"):
            return file_url(Path(text))
        raise _refused("something that is none of them")
    return _checked(text)


def _is_plain(text: str) -> bool:
    try:
        text.encode()
    except UnicodeError:
        return False
    return "\0" not in text


def file_url(path: Path) -> URL:
    """The URL of a SQLite file."""
    return URL.create("sqlite", database=str(path))


def _checked(text: str) -> URL:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise _refused("an address that cannot be read") from None
    if url.drivername in _POSTGRESQL:
        if not url.database:
            raise _refused("a PostgreSQL address that names no database")
        return url.set(drivername="postgresql+psycopg")
    if url.drivername not in _SQLITE:
        raise _refused(f"the scheme {shown(url.drivername)!r}")
    if url.database in {None, "", ":memory:"}:
        raise _refused("a SQLite address that names no file")
    if url.query or url.host:
        raise _refused("a SQLite address with more than a file")
    return url.set(drivername="sqlite")


def _refused(found: str) -> StoreError:
    return StoreError(f"{SETTING}: {_RULE}; found {found}")


def scrubbed(text: str, url: URL) -> str:
    """`text` without the passwords that `url` holds."""
    secrets = [url.password, url.query.get("password"), url.query.get("sslpassword")]
    for secret in secrets:
        if isinstance(secret, str) and secret:
            text = text.replace(secret, "***")
    return text
