"""Lines without a fault, read in a tenth of the time that `row.py` takes.

What `QuickReader` takes is what `read_row` gives of the same line; all other lines,
and every error, it leaves to `read_row`. `tests/test_score_reading.py` holds that.

Typed decoding checks all that the strict way checks, but for one thing: of a repeated
key it silently takes the last. `_none_repeated` sees that there was none.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, Any

from attrs import fields
from msgspec import UNSET, Meta, MsgspecError, Raw, Struct, UnsetType, defstruct
from msgspec.json import Decoder

from ...core.documents import decode_document, encode_document
from ...core.errors import InvalidInput
from ...models import SupportQueueAction
from .faults import BadRow
from .lines import MAX_LINE
from .row import LARGEST_ID, LONGEST_NAME, Row, read_case
from .tickets import KnownTicket, Tickets


_LONGEST_CASE = 64 * 1024
"""Bytes of a case that is remembered for the next rows with the same one."""

_NO_METADATA: Mapping[str, Any] = MappingProxyType({})

_Name = Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]
_Number = Annotated[int, Meta(ge=-LARGEST_ID, le=LARGEST_ID)]

_CONFIDENCE = fields(SupportQueueAction).confidence.default

_TEXTS = ("priority", "queue", "disposition", "summary", "response")
_LITERALS = 2 * len(_TEXTS) + 1
"""Texts in every row: keys and values of the action, and the key `action`."""


# The limits are those of the model. An action with metadata goes the strict way.
_QuickAction: Any = defstruct(
    "_QuickAction",
    [
        *((name, getattr(fields(SupportQueueAction), name).type) for name in _TEXTS),
        ("confidence", fields(SupportQueueAction).confidence.type | UnsetType, UNSET),
    ],
    forbid_unknown_fields=True,
    gc=False,
)


class _QuickRow(Struct, forbid_unknown_fields=True, gc=False):
    action: _QuickAction
    id: _Name | _Number | UnsetType = UNSET
    ticket_id: _Name | UnsetType = UNSET
    task_id: _Name | UnsetType = UNSET
    case: Raw | UnsetType = UNSET


class QuickReader:
    """Reads lines of rows about those tickets."""

    def __init__(self, tickets: Tickets) -> None:
        self._tickets = tickets
        self._decode = Decoder(_QuickRow).decode

    def read(self, line: bytes) -> Row | None:
        """The row of a line; None when `read_row` has to look at it."""
        if len(line) > MAX_LINE:
            return None
        try:
            row = self._decode(line)
        except (MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        ticket = self._ticket(row)
        if ticket is None or not _none_repeated(line, row):
            return None
        action, labels = row.action, ticket.labels
        if not (
            action.priority in labels.priorities
            and action.queue in labels.queues
            and action.disposition in labels.dispositions
        ):
            return None
        named = ticket.named
        if row.id is not UNSET:
            named = b'"id":%b,%b' % (encode_document(row.id), named)
        return Row(named, ticket.case, _made(action))

    def _ticket(self, row: _QuickRow) -> KnownTicket | None:
        ticket_id, task_id, case = row.ticket_id, row.task_id, row.case
        if case is UNSET:
            if task_id is UNSET:
                return None if ticket_id is UNSET else self._tickets.get(ticket_id)
            return None if ticket_id is UNSET else self._tickets.get(ticket_id, task_id)
        if ticket_id is not UNSET or task_id is not UNSET:
            return None
        text = bytes(case)
        return _case(text) if len(text) <= _LONGEST_CASE else None


@lru_cache(maxsize=256)
def _case(text: bytes) -> KnownTicket | None:
    """A case that rows bring along; a group of answers brings the same one."""
    try:
        return read_case(decode_document(text))
    except (BadRow, InvalidInput):
        return None


def _none_repeated(line: bytes, row: _QuickRow) -> bool:
    """Whether no object of the line repeats a key; False when that is not sure.

    A quotation mark stands at either end of a text, and else only escaped within one.
    So a line has at least two for each of its texts. Those that were decoded are
    counted here; a repeated key is a text more.
    """
    texts = _LITERALS
    if row.action.confidence is not UNSET:
        texts += 1
    if row.id is not UNSET:
        texts += 2 if isinstance(row.id, str) else 1
    if row.ticket_id is not UNSET:
        texts += 2
    if row.task_id is not UNSET:
        texts += 2
    marks = line.count(b'"')
    if row.case is not UNSET:  # decoded strictly, so only its key counts
        texts += 1
        marks -= bytes(row.case).count(b'"')
    return marks == 2 * texts or (
        # Escaped ones, then: as many as the texts contain, if none is written \u0022.
        marks == 2 * texts + _marks_within(row) and b"\\u0022" not in line
    )


def _marks_within(row: _QuickRow) -> int:
    action = row.action
    texts = (row.id, row.ticket_id, row.task_id, *(getattr(action, t) for t in _TEXTS))
    return sum(text.count('"') for text in texts if isinstance(text, str))


_new = object.__new__
_set_priority, _set_queue, _set_disposition, _set_summary, _set_response = (
    getattr(SupportQueueAction, name).__set__ for name in _TEXTS
)
_set_confidence = SupportQueueAction.confidence.__set__  # type: ignore[attr-defined]  # a slot
_set_metadata = SupportQueueAction.metadata.__set__  # type: ignore[attr-defined]  # a slot


def _made(action: Any) -> SupportQueueAction:
    """The action of checked values, which its constructor would check once more."""
    made = _new(SupportQueueAction)
    _set_priority(made, action.priority)
    _set_queue(made, action.queue)
    _set_disposition(made, action.disposition)
    _set_summary(made, action.summary)
    _set_response(made, action.response)
    confidence = action.confidence
    _set_confidence(made, _CONFIDENCE if confidence is UNSET else confidence)
    _set_metadata(made, _NO_METADATA)
    return made
