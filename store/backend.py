"""What differs between the databases: opening them, and telling what is wrong."""

from typing import Literal, Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

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

    def begin(self, connection: Connection) -> None:
        """Begin a transaction that writes, past SQLAlchemy."""

    def hurry(self, connection: Connection) -> None:
        """From now on wait for locks only shortly: the process is about to end."""

    def usable_after(self, connection: Connection, error: Exception) -> bool:
        """Whether the writer's connection is worth keeping after such a failure."""

    def finish(self, connection: Connection) -> None:
        """Tidy up before the writer's connection is closed for good."""

    def explain(self, error: BaseException) -> str:
        """An error in one line, without passwords."""


def driver_error(error: BaseException) -> BaseException:
    """The driver's own error, whether SQLAlchemy has wrapped it or not."""
    original = error.orig if isinstance(error, DBAPIError) else None
    return original or error


def concerns_rows(error: Exception) -> bool:
    """Whether `error` is about what a statement was given, not about the database."""
    original = driver_error(error)
    # Of preparing values, before any database was asked.
    if isinstance(original, ValueError | TypeError | OverflowError | LookupError):
        return True
    return bool(_kinds(original) & {"IntegrityError", "DataError"})


def is_integrity_error(error: Exception) -> bool:
    """Whether a row broke a rule of the schema."""
    return "IntegrityError" in _kinds(driver_error(error))


def worth_another_try(error: Exception) -> bool:
    """Whether the same transaction, tried again at once, may well succeed.

    That is so when two transactions stood in each other's way, and when the connection
    is gone, which is noticed only when it is used.
    """
    original = driver_error(error)
    if "OperationalError" not in _kinds(original) or not hasattr(original, "sqlstate"):
        return False
    # Without a code nothing came back at all.
    code = original.sqlstate or "08000"
    return code in _AGAIN or code.startswith(("08", "57P"))


def cause(error: BaseException) -> str:
    """The database's own words, in one line."""
    return said(driver_error(error))


def _kinds(error: BaseException) -> set[str]:
    """The names that all drivers give to the kinds of their errors."""
    return {cls.__name__ for cls in type(error).__mro__}
