"""Stored steps, read line by line; a bad line is a fault in its place.

    for item in read_records(lines_of(file), "steps.jsonl"):
        match item:
            case ReadStep(line=line, record=record): ...
            case StepFault() as fault: ...

A line is read strictly, except that keys nobody here knows are left out and named in
`ReadStep.ignored`: what a later version adds must not make its files unreadable.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO

from attrs import evolve, fields, frozen

from .conversion import require_object, structure
from .documents import decode_document
from .errors import InvalidInput, NotJSON, listed, shown
from .records import ERROR_SCHEMA, SCHEMA, StepFault, StepRecord
from .version import __version__


MAX_LINE = 4 * 1024 * 1024
"""Bytes; a longer line holds no step."""

_KEYS = frozenset(attribute.name for attribute in fields(StepRecord))


@frozen
class ReadStep:
    """A record, the line it stands on (from 1) and the keys that were left out."""

    line: int
    record: StepRecord
    ignored: tuple[str, ...] = ()


def lines_of(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of `stream`; of one longer than `MAX_LINE` only the beginning."""
    while line := stream.readline(MAX_LINE + 1):
        rest = line
        while len(rest) >= MAX_LINE and not rest.endswith(b"\n"):
            rest = stream.readline(MAX_LINE)
        yield line


def read_records(
    lines: Iterable[bytes | str], source: str
) -> Iterator[ReadStep | StepFault]:
    """Every step in order, and a fault in the place of each line that holds none.

    A last line that ends in the middle, as a crash leaves it, is `truncated`. Blank
    lines count, and are nothing.

    Args:
        lines: with their newlines, as iterating over a file gives them.
        source: what errors call the file.
    """
    seen: set[tuple[str, int]] = set()
    cut: StepFault | None = None
    for number, line in enumerate(lines, start=1):
        if cut is not None:
            yield evolve(cut, kind="not_json")
            cut = None
        if not line.strip():
            continue
        found = _read(line, source, number)
        if isinstance(found, ReadStep):
            key = (found.record.episode_id, found.record.step)
            if key in seen:
                message = f"step {key[1]} of episode {shown(key[0])} appears twice"
                found = StepFault(source, number, "duplicate", message)
            seen.add(key)
        elif found.kind == "not_json" and _ends_in_the_middle(line):
            cut = found
            continue
        yield found
    if cut is not None:
        message = "the last line ends in the middle, as a crash leaves it"
        yield evolve(cut, kind="truncated", message=message)


def _ends_in_the_middle(line: bytes | str) -> bool:
    return line[:1] in ("{", b"{") and line[-1:] not in ("\n", b"\n")


def _read(line: bytes | str, source: str, number: int) -> ReadStep | StepFault:
    if len(line) > MAX_LINE:
        message = f"it is longer than {MAX_LINE} bytes"
        return StepFault(source, number, "too_long", message)
    try:
        row = decode_document(line, "stored step")
        require_object(row, "stored step")
        if refusal := _other_schema(row):
            return StepFault(source, number, *refusal)
        known = {key: row[key] for key in row if key in _KEYS}
        record = structure(known, StepRecord, "stored step")
    except NotJSON as error:
        return StepFault(source, number, "not_json", listed(error.faults))
    except InvalidInput as error:
        return StepFault(source, number, "invalid", listed(error.faults))
    ignored = tuple(shown(key) for key in row if key not in _KEYS)
    return ReadStep(number, record, ignored)


def _other_schema(row: Mapping[str, object]) -> tuple[str, str] | None:
    """Why a row is not to be read as a step at all; None when it is."""
    schema = row.get("schema")
    if not isinstance(schema, str):
        return "invalid", f"expected the schema {SCHEMA} @ $.schema"
    if schema == SCHEMA:
        return None
    if schema == ERROR_SCHEMA:
        return "error_row", "it is the row of a step that had failed before"
    reads = f"version {__version__} reads {SCHEMA}"
    return "schema", f"it is of schema {shown(schema)}; {reads}"
