"""How far a run is, in a file beside its output.

The manifest is replaced after the output was forced to the disk up to where the
manifest says. So whatever ends the run, even a loss of power, the output holds at least
that much, and cut to it, it goes on there.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal

from attrs import field, fields, frozen
from msgspec import Meta

from ...core.conversion import structure, unstructure
from ...core.documents import decode_document, encode_document
from ...core.errors import BulkFileError, InvalidInput, listed
from ...core.version import __version__


_MOST_BYTES = 1024 * 1024

_Count = Annotated[int, Meta(ge=0)]


@frozen(kw_only=True)
class Terms:
    """What must be the same for a run to go on: it decides what the output is."""

    version: str = __version__
    input_size: int | None
    shard: str
    rubric: str
    rubric_digest: str
    rubric_signature: str
    tickets_digest: str
    detail: str
    format: str


@frozen(kw_only=True)
class Position:
    """How far a run is, in the input and in the output.

    `input_bytes` is an offset in the whole file, `next_line` the number of the line
    there, `input_crc32` of all lines of this run before it. `faults` counts rows without
    a reward by type, `reward_sum` is over the others.
    """

    input_bytes: _Count
    next_line: Annotated[int, Meta(ge=1)]
    input_crc32: _Count = 0
    output_bytes: _Count = 0
    rows: _Count = 0
    faults: dict[str, _Count] = field(factory=dict)
    reward_sum: float = 0.0

    @property
    def failed(self) -> int:
        """Rows without a reward."""
        return sum(self.faults.values())


@frozen(kw_only=True)
class Manifest:
    """A run: its terms, and how far it is."""

    schema: Literal["support_queue_env/bulk/v1"] = "support_queue_env/bulk/v1"
    state: Literal["unfinished", "finished"] = "unfinished"
    input: str
    terms: Terms
    position: Position


def path_beside(output: str) -> Path:
    """Where the manifest of that output is."""
    return Path(f"{output}.manifest.json")


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Replace the manifest, all of it or not at all."""
    new = path.with_name(f"{path.name}.new")
    with new.open("wb") as file:
        file.write(encode_document(unstructure(manifest)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    sync_folder(path)


def sync_folder(path: Path) -> None:
    """Have the folder's entry for `path` kept, where the system can be told to."""
    with suppress(OSError):
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def read_manifest(path: Path) -> Manifest | None:
    """The manifest there; None when there is none.

    Raises:
        BulkFileError: it cannot be read, or is none.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise BulkFileError(f"manifest {str(path)!r}: {why}") from error
    try:
        document = decode_document(content, "manifest")
        return structure(document, Manifest, "manifest")
    except InvalidInput as error:
        raise BulkFileError(
            f"manifest {str(path)!r}: {listed(error.faults)}; run without --resume to "
            "begin again"
        ) from None


def require_same(found: Terms, now: Terms, output: str) -> None:
    """Refuse to go on with a run whose terms were others.

    Raises:
        BulkFileError: naming what has changed.
    """
    changes = [
        f"{_WORDS[a.name]} was {_told(before)}, is {_told(after)}"
        for a in fields(Terms)
        if (before := getattr(found, a.name)) != (after := getattr(now, a.name))
    ]
    if changes:
        raise BulkFileError(
            f"cannot resume {output!r}: {'; '.join(changes)}; run without --resume to "
            "begin again"
        )


_WORDS = {
    "version": "the version of this package",
    "input_size": "the size of the input in bytes",
    "shard": "the shard",
    "rubric": "the rubric's name",
    "rubric_digest": "the rubric's digest",
    "rubric_signature": "the rubric's signature",
    "tickets_digest": "the digest of the tickets",
    "detail": "the detail",
    "format": "the format",
}

_SHOWN = 80


def _told(value: Any) -> str:
    return f"{value!s:.{_SHOWN}}"
