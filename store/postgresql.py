"""PostgreSQL: for several servers, or more than one file should hold."""

from importlib.util import find_spec

from attrs import define, field
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError

from ..core.errors import StoreError
from .backend import Durability, cause
from .migrations import migrate
from .schema import steps, steps_by_request
from .urls import scrubbed


steps_by_request.dialect_kwargs["postgresql_where"] = steps.c.request_id.is_not(None)


READERS = 4
_CONNECTING = {
    "connect_timeout": 5,
    # A server that vanished without a word is noticed within 15 s.
    "keepalives_idle": 5,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}


@define(eq=False)
class PostgreSQL:
    """The backend for a database on a server; `url` is one of psycopg's."""

    url: URL
    durability: Durability = "full"
    name: str = field(default="postgresql", init=False)
    readers: Engine = field(init=False)
    _writers: Engine = field(init=False)

    def __attrs_post_init__(self) -> None:
        if find_spec("psycopg") is None:
            raise StoreError(
                "a store on PostgreSQL needs psycopg: install "
                "openenv-support-queue-env[postgres]"
            )
        self.readers = reading_engine(self.url)
        self._writers = create_engine(
            self.url, poolclass=NullPool, connect_args=_CONNECTING
        )
        event.listen(self._writers, "connect", self._configure)

    @property
    def place(self) -> str:
        """The address without its password."""
        return scrubbed(self.url.render_as_string(hide_password=True), self.url)

    def open(self) -> tuple[Connection, tuple[str, ...]]:
        """See `Backend.open`."""
        try:
            connection = self._writers.connect()
            try:
                migrate(connection)
            except BaseException:
                connection.close()
                raise
        except DBAPIError as error:
            raise self.refused(error) from None
        return connection, ()

    def refused(self, error: Exception) -> StoreError:
        """See `Backend.refused`."""
        return StoreError(f"the store cannot be opened: {self.explain(error)}")

    def _configure(self, connection: DBAPIConnection, _: object) -> None:
        cursor = connection.cursor()
        cursor.execute("SHOW server_encoding")
        (encoding,) = cursor.fetchone() or ("",)
        if encoding != "UTF8":
            raise StoreError(
                f"the store {self.place}: expected a database in UTF8, found {encoding}"
            )
        cursor.execute("SHOW synchronous_commit")
        (found,) = cursor.fetchone() or ("",)
        if self.durability == "normal":
            cursor.execute("SET synchronous_commit = off")
        elif found == "off":
            # Any other value waits for the disk, and some for more than that.
            cursor.execute("SET synchronous_commit = on")
        cursor.execute("SET lock_timeout = '5s'")
        cursor.execute("SET statement_timeout = '15s'")
        connection.commit()
        cursor.close()

    def lost(self) -> str:
        """Nothing: the server answers for what it committed."""
        return ""

    def begin(self, connection: Connection) -> None:
        """Nothing: the driver begins with the first statement."""

    def hurry(self, connection: Connection) -> None:
        """Nothing: closing waits for no server for long."""

    def usable_after(self, connection: Connection, error: Exception) -> bool:
        """Opening another is cheap."""
        return False

    def finish(self, connection: Connection) -> None:
        """Nothing is left to do."""

    def explain(self, error: BaseException) -> str:
        """See `Backend.explain`."""
        return f"{scrubbed(cause(error), self.url)} (the store {self.place})"


def reading_engine(url: URL) -> Engine:
    """Connections that cannot write."""
    engine = create_engine(
        url, pool_size=READERS, pool_pre_ping=True, connect_args=_CONNECTING
    )
    event.listen(engine, "connect", _only_read)
    return engine


def _only_read(connection: DBAPIConnection, _: object) -> None:
    cursor = connection.cursor()
    cursor.execute("SET default_transaction_read_only = on")
    cursor.execute("SET statement_timeout = '15s'")
    connection.commit()
    cursor.close()
