"""What differs between the databases: opening them, and telling what is wrong."""

from typing import Literal, Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from ..core.errors import StoreError, said


Durability = Literal["full", "normal"]
"""`full`: a kept event survives a power cut. `normal`: it survives the end of the
process at any moment, and the last moments before a power cut may be lost."""

_AGAIN = frozenset({"40001", "40P01"})
"""PostgreSQL's codes for a transaction that only has to be tried again."""


class Backend(Protocol):
    """A database that can be opened, again and again."""

    @property
    def name(self) -> str:
        """`sqlite` or `postgresql`."""

    @property
    def place(self) -> str:
        """Where it is, for people; without a password."""

    @property
    def readers(self) -> Engine:
        """Connections that cannot write; a few of them, kept open."""

    def open(self) -> tuple[Connection, tuple[str, ...]]:
        """The connection of the writer, with the schema up to date; and warnings.

        Raises:
            StoreReadOnly: its place cannot be written.
            StoreError: it cannot be opened; says why.
        """

    def refused(self, error: Exception) -> StoreError:
        """Why it cannot be opened, as its own kind when it cannot be written."""

    def lost(self) -> str:
        """Why what was just committed is not where it should be; empty if it is."""

    def usable_after(self, error: Exception) -> bool:
        """Whether the writer's connection is worth keeping after such a failure."""

    def finish(self, connection: Connection) -> None:
        """Tidy up before the writer's connection is closed for good."""

    def explain(self, error: BaseException) -> str:
        """An error in one line, without passwords."""


def concerns_rows(error: Exception) -> bool:
    """Whether `error` is about what a statement was given, not about the database."""
    if isinstance(error, DBAPIError):
        return isinstance(error, IntegrityError) or _is_data_error(error)
    # From preparing values: no database was asked.
    return isinstance(error, ValueError | TypeError | OverflowError | LookupError)


def _is_data_error(error: DBAPIError) -> bool:
    names = {cls.__name__ for cls in type(error.orig).__mro__}
    # SQLite tells of values it cannot bind, such as too long texts, in its own ways.
    return bool(names & {"DataError", "InterfaceError"}) and not _disconnected(error)


def _disconnected(error: DBAPIError) -> bool:
    return error.connection_invalidated


def worth_another_try(error: Exception) -> bool:
    """Whether the same transaction, tried again at once, may well succeed."""
    if not isinstance(error, DBAPIError):
        return False
    code = getattr(error.orig, "sqlstate", None)
    return _disconnected(error) or (
        isinstance(error, OperationalError) and code in _AGAIN
    )


def cause(error: BaseException) -> str:
    """The database's own words, in one line."""
    original = error.orig if isinstance(error, DBAPIError) else None
    return said(original or error)
