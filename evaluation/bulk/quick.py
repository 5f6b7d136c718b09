"""Lines without a fault, read in a tenth of the time that `row.py` takes.

What `QuickReader` takes is what `read_row` gives of the same line; all other lines,
and every error, it leaves to `read_row` (decision 0016). The action is read by
`core/action_fields.py`; here is what is around it.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated, Any

from attrs import frozen
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from ...core.action_fields import ActionFields, accounts_for, typed_decoder
from ...core.documents import decode_document, encode_document
from ...core.errors import InvalidInput
from .faults import BadRow
from .lines import MAX_LINE
from .row import LARGEST_ID, LONGEST_NAME, Row, read_case
from .tickets import KnownTicket, Tickets


_LONGEST_CASE = 64 * 1024
"""Bytes of a case that is remembered for the next rows with the same one."""

_Name = Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]
_Number = Annotated[int, Meta(ge=-LARGEST_ID, le=LARGEST_ID)]


class _Fields(Struct, gc=False, forbid_unknown_fields=True):
    action: ActionFields
    id: _Name | _Number | UnsetType = UNSET
    ticket_id: _Name | UnsetType = UNSET
    task_id: _Name | UnsetType = UNSET
    case: Raw | UnsetType = UNSET


class QuickReader:
    """Reads lines of rows about those tickets."""

    def __init__(self, tickets: Tickets) -> None:
        self._find = tickets.get
        self._decode = typed_decoder(_Fields)

    def read(self, line: bytes) -> Row | None:
        """The row of a line; None when `read_row` has to look at it."""
        row = self._decode(line) if len(line) <= MAX_LINE else None
        if row is None:
            return None
        found = self._plain(line, row) if row.case is UNSET else _own(line, row)
        if found is None:
            return None
        action, labels = row.action, found.labels
        if not (
            action.priority in labels.priorities
            and action.queue in labels.queues
            and action.disposition in labels.dispositions
        ):
            return None
        named = found.named
        if row.id is not UNSET:
            named = b'"id":%b,%b' % (encode_document(row.id), named)
        return Row(named, found.case, action.action())

    def _plain(self, line: bytes, row: _Fields) -> KnownTicket | None:
        """The ticket that a row names, if the row holds nothing but what was read."""
        ticket_id, task_id, id_ = row.ticket_id, row.task_id, row.id
        if ticket_id is UNSET:
            return None
        strings = 3  # with the keys action and ticket_id
        others: tuple[str, ...] = (ticket_id,)
        if id_ is not UNSET:
            strings += 1
            if isinstance(id_, str):
                strings += 1
                others = (ticket_id, id_)
        if task_id is UNSET:
            ticket = self._find(ticket_id)
        else:
            ticket = self._find(ticket_id, task_id)
            strings += 2
            others = (*others, task_id)
        return ticket if accounts_for(line, row.action, strings, others) else None


def _own(line: bytes, row: _Fields) -> KnownTicket | None:
    """The ticket that a row brings along, on the same condition."""
    if row.ticket_id is not UNSET or row.task_id is not UNSET:
        return None
    text = bytes(row.case)  # type: ignore[arg-type]  # there is one
    own = _case(text) if len(text) <= _LONGEST_CASE else None
    if own is None:
        return None
    strings = own.strings + 2  # with the keys action and case
    others: tuple[str, ...] = (own.marks,)
    if row.id is not UNSET:
        strings += 1
        if isinstance(row.id, str):
            strings += 1
            others = (own.marks, row.id)
    return own.ticket if accounts_for(line, row.action, strings, others) else None


@frozen
class _OwnCase:
    """A case of a row; `strings` are in its text, and in those all of `marks`."""

    ticket: KnownTicket
    strings: int
    marks: str


@lru_cache(maxsize=256)
def _case(text: bytes) -> _OwnCase | None:
    """The case of that text; None when it is none. Groups of answers share one."""
    try:
        document = decode_document(text)
        ticket = read_case(document)
    except (BadRow, InvalidInput):
        return None
    strings = list(_strings(document))
    return _OwnCase(ticket, len(strings), '"' * sum(s.count('"') for s in strings))


def _strings(value: Any) -> Iterator[str]:
    """Every string of plain values, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
