"""Many rows with one statement.

SQLAlchemy writes the statements; it is not asked again for each batch, which would take
longer than SQLite needs for the rows. One statement holds several rows, because a thread
that runs a statement gives Python up and has to wait to get it back: for each row, that
took most of the writer's time.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain, islice
from operator import itemgetter
from typing import Any

from attrs import frozen
from sqlalchemy import Connection, Table, insert, make_url

from .schema import ClientText, escaped


MOST = 64
"""Rows in one statement; with ten columns, far below what databases allow."""

_PLACEHOLDERS = {"sqlite": "qmark", "postgresql": "format"}


def insert_many(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert rows that all have the same columns, in the transaction under way.

    Raises:
        Exception: the driver's own errors, not wrapped.
    """
    if not rows:
        return
    columns = _columns(table, frozenset(rows[0]))
    dialect = f"{connection.dialect.name}+{connection.dialect.driver}"
    waiting = iter(rows)
    cursor = connection.connection.cursor()
    for size in _sizes(len(rows)):
        cursor.execute(
            _statement(table, columns.names, size, dialect),
            columns.parameters(islice(waiting, size)),
        )
    cursor.close()


def _sizes(count: int) -> Iterable[int]:
    """`count` as a sum of powers of two: few statements to know, few to carry out."""
    while count:
        size = min(MOST, 1 << (count.bit_length() - 1))
        yield size
        count -= size


@frozen
class _Columns:
    names: tuple[str, ...]
    chosen_by_clients: tuple[str, ...]

    def parameters(self, rows: Iterable[Mapping[str, Any]]) -> tuple[Any, ...]:
        return tuple(
            chain.from_iterable(map(itemgetter(*self.names), map(self._escaped, rows)))
        )

    def _escaped(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        changed = {
            name: escaped(text)
            for name in self.chosen_by_clients
            if (text := row[name]) is not None and not text.isalnum()
        }
        return {**row, **changed} if changed else row


@lru_cache
def _columns(table: Table, given: frozenset[str]) -> _Columns:
    # In the order of the table, which is the order that statements have.
    columns = [column for column in table.c if column.name in given]
    chosen = [c.name for c in columns if isinstance(c.type, ClientText)]
    return _Columns(tuple(c.name for c in columns), tuple(chosen))


@lru_cache
def _statement(table: Table, names: tuple[str, ...], rows: int, dialect_: str) -> str:
    """The text of an insert; its parameters go row by row, in the table's order."""
    dialect = make_url(f"{dialect_}://").get_dialect()()
    dialect.paramstyle = _PLACEHOLDERS[dialect.name]
    dialect.positional = True
    place = dict.fromkeys(names)
    compiled = insert(table).values([place] * rows).compile(dialect=dialect)
    return str(compiled)
