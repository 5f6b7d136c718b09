"""Episodes and steps out of the store, for other programs to read.

`lossless` is a line of JSON for each episode, with all that is kept of it; `steps` are
lines that `rescore` and `diff` read; `flat` is a row for each step, with what the agent
saw, what it answered and what that earned. Flat rows also go into CSV and Parquet.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO, Literal

from attrs import frozen

from ..core.conversion import require_object, structure, unstructure
from ..core.documents import decode_document, encode_document
from ..core.errors import StoreError
from ..core.log import StoredEpisode
from ..core.records import encode_step
from .archive import Annotation, Archive, OtherScore
from .flat import COLUMNS, FindCase, FlatRow, FlatRows
from .listing import EVERYTHING, EpisodeFilter
from .parquet import write_parquet


SCHEMA = "support_queue_env/episode/v1"

Form = Literal["lossless", "steps", "flat"]
Format = Literal["jsonl", "csv", "parquet"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@frozen
class Exported:
    """How many lines or rows were written, and what there was to say about them.

    `missing` counts flat rows without a prompt by task and ticket, since no known task
    has the ticket; `faults` are the first of the steps that could not be read.
    """

    rows: int
    missing: Mapping[tuple[str, str], int]
    failed: int
    faults: tuple[str, ...]


def export(  # noqa: PLR0913 - what, how and where
    archive: Archive,
    stream: BinaryIO,
    form: Form,
    format_: Format,
    *,
    find_case: FindCase,
    wanted: EpisodeFilter = EVERYTHING,
    limit: int | None = None,
) -> Exported:
    """Write the wanted episodes to `stream`, the oldest first.

    Args:
        archive: an open store.
        stream: where the bytes go.
        form: what a line or row is.
        format_: `csv` and `parquet` have flat rows only.
        find_case: where the prompts of flat rows come from.
        wanted: which episodes.
        limit: how many of them at most.

    Raises:
        StoreError: no such combination, a damaged episode, or Parquet without pyarrow.
    """
    if format_ != "jsonl" and form != "flat":
        raise StoreError(f"{format_} has the form flat only, found {form}")
    if form == "lossless":
        lines = _lossless_lines(archive, wanted, limit)
        return Exported(_write(stream, lines), {}, 0, ())
    flat = FlatRows(find_case)
    items = archive.steps(wanted, limit)
    if form == "steps":
        _write(stream, (encode_step(record) for record in flat.records(items)))
    elif format_ == "jsonl":
        rows = flat.of(items)
        _write(stream, (encode_document(row) + b"\n" for row in rows))
    else:
        columns = (*COLUMNS, *archive.component_columns(wanted, limit))
        write = write_parquet if format_ == "parquet" else _write_csv
        write(stream, columns, flat.of(items))
    return Exported(flat.rows, flat.missing, flat.failed, tuple(flat.faults))


def episode_document(
    episode: StoredEpisode,
    other_scores: Iterable[OtherScore],
    annotations: Iterable[Annotation],
) -> dict[str, Any]:
    """All that is kept of an episode, in plain values."""
    return {
        "schema": SCHEMA,
        **unstructure(episode),
        "other_scores": [unstructure(score) for score in other_scores],
        "annotations": [unstructure(annotation) for annotation in annotations],
    }


def read_episode(line: bytes | str) -> StoredEpisode:
    """The episode of a lossless line.

    Raises:
        InvalidInput: it is none.
    """
    document = decode_document(line, "stored episode")
    require_object(document, "stored episode")
    known = {
        key: value
        for key, value in document.items()
        if key not in {"schema", "other_scores", "annotations"}
    }
    return structure(known, StoredEpisode, "stored episode")


def _lossless_lines(
    archive: Archive, wanted: EpisodeFilter, limit: int | None
) -> Iterator[bytes]:
    for episode in archive.whole_episodes(wanted, limit):
        document = episode_document(
            episode, archive.other_scores(episode), archive.annotations(episode.key)
        )
        yield encode_document(document) + b"\n"


def _write(stream: BinaryIO, lines: Iterable[bytes]) -> int:
    count = 0
    for line in lines:
        stream.write(line)
        count += 1
    return count


def _write_csv(
    stream: BinaryIO, columns: tuple[str, ...], rows: Iterable[FlatRow]
) -> None:
    text = io.TextIOWrapper(stream, "utf-8", newline="", write_through=True)
    try:
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({name: _cell(value) for name, value in row.items()})
    finally:
        text.detach()


def _cell(value: object) -> object:
    """A client's text must not become a formula in somebody's spreadsheet."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
