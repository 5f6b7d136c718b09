"""A store opened, with its run in it."""

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from .backend import Backend
from .runs import RunInfo, insert_run


def opened(backend: Backend, run: RunInfo) -> tuple[Connection, tuple[str, ...]]:
    """The writer's connection, and warnings.

    Raises:
        StoreReadOnly: its place cannot be written.
        StoreError: it cannot be opened; says why.
    """
    connection, warnings = backend.open()
    try:
        insert_run(connection, run)
    except DBAPIError as error:
        connection.close()
        raise backend.refused(error) from None
    except BaseException:
        connection.close()
        raise
    return connection, warnings
