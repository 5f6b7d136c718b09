"""Rows as Parquet, with pyarrow from the extra `parquet`."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from msgspec.json import Decoder

from ...core.errors import BulkFileError, BulkRunEnded


SCORE = "score/"
"""Before a component's name: the column of its score, null where there is none."""

GROUP = 20_000
"""Rows of a row group, and held in memory."""

_UNFINISHED = ".unfinished"


class ParquetOutput:
    """A Parquet file that appears under its name when it is finished.

    A Parquet file cannot be read before its last bytes are written, nor be gone on with
    when they are, so there is nothing that an interrupted run could leave.
    """

    def __init__(self, path: str, components: Sequence[str]) -> None:
        arrow = _arrow()
        from pyarrow import parquet  # noqa: PLC0415 - of the extra `parquet`

        self._path = path
        self._unfinished = Path(path + _UNFINISHED)
        self._components = components
        self._schema = _schema(arrow, self._components)
        self._table = arrow.Table
        self._waiting: list[dict[str, Any]] = []
        self._decode = Decoder().decode
        try:
            self._writer = parquet.ParquetWriter(
                self._unfinished, self._schema, compression="zstd"
            )
        except OSError as error:
            raise BulkFileError(f"output {path!r}: {_why(error)}") from error

    def write(self, rows: bytes) -> None:
        """Add rows, which come as JSON lines."""
        for line in rows.splitlines():
            self._waiting.append(self._columns(self._decode(line)))
            if len(self._waiting) == GROUP:
                self._write_group()

    def sync(self) -> None:
        """Nothing that could be read would be kept."""

    def finish(self) -> None:
        """Write what is left, and give the file its name."""
        self._write_group()
        try:
            self._writer.close()
            self._unfinished.replace(self._path)
        except OSError as error:
            raise BulkRunEnded(f"output {self._path!r}: {_why(error)}") from error

    def close(self) -> None:
        """Let go of the file, and remove it when it was not finished."""
        with suppress(OSError):
            self._writer.close()
        self._unfinished.unlink(missing_ok=True)

    def _write_group(self) -> None:
        if not self._waiting:
            return
        table = self._table.from_pylist(self._waiting, schema=self._schema)
        try:
            self._writer.write_table(table)
        except OSError as error:
            raise BulkRunEnded(f"output {self._path!r}: {_why(error)}") from error
        self._waiting = []

    def _columns(self, row: dict[str, Any]) -> dict[str, Any]:
        error = row.get("error") or {}
        scores = row.get("scores") or {}
        named = row.get("id")
        return {
            "line": row["line"],
            "id": None if named is None else str(named),
            "ticket_id": row.get("ticket_id"),
            "reward": row["reward"],
            "raw_reward": row.get("raw_reward"),
            **{f"{SCORE}{name}": scores.get(name) for name in self._components},
            "error_type": error.get("type"),
            "error": error.get("message"),
            "rubric_digest": row["rubric_digest"],
        }


def _schema(arrow: Any, components: Sequence[str]) -> Any:
    text, number = arrow.string(), arrow.float64()
    return arrow.schema(
        [
            ("line", arrow.int64()),
            ("id", text),
            ("ticket_id", text),
            ("reward", number),
            ("raw_reward", number),
            *((f"{SCORE}{name}", number) for name in components),
            ("error_type", text),
            ("error", text),
            ("rubric_digest", text),
        ]
    )


def _arrow() -> Any:
    try:
        import pyarrow as pa  # noqa: PLC0415 - of the extra `parquet`
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "pyarrow":
            raise
        raise BulkFileError(
            "Parquet needs pyarrow: pip install 'openenv-support-queue-env[parquet]'"
        ) from error
    return pa


def _why(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
