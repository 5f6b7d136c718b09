"""Flat rows as Parquet, with pyarrow from the extra `parquet`."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, BinaryIO

from ..core.errors import StoreError
from .flat import COLUMNS, FlatRow


GROUP = 5_000
"""Rows written at a time, and held in memory."""


def write_parquet(
    stream: BinaryIO, columns: tuple[str, ...], rows: Iterable[FlatRow]
) -> None:
    """Write `rows` under these columns; those of components hold floats or null.

    Raises:
        StoreError: pyarrow is not installed.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 - of the extra `parquet`
        from pyarrow import parquet  # noqa: PLC0415 - as above
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "pyarrow":
            raise
        raise StoreError(
            "Parquet needs pyarrow: pip install 'openenv-support-queue-env[parquet]'"
        ) from error
    types = {str: pa.string(), int: pa.int64(), float: pa.float64()}
    schema = pa.schema([(name, types[COLUMNS.get(name, float)]) for name in columns])
    with parquet.ParquetWriter(stream, schema, compression="zstd") as writer:
        for group in _groups(rows):
            writer.write_table(pa.Table.from_pylist(group, schema=schema))


def _groups(rows: Iterable[FlatRow]) -> Iterator[list[dict[str, Any]]]:
    remaining = iter(rows)
    while group := list(islice(remaining, GROUP)):
        yield group
