"""A line to what is to be scored, strictly: every rule is checked, every fault told.

`quick.py` reads lines without a fault faster, and leaves all others to this module.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

from msgspec import Struct

from ...core.actions import structure_action
from ...core.cases import Case
from ...core.conversion import kind_of, structure
from ...core.documents import decode_document, encode_document
from ...core.errors import Fault, InvalidInput, NotJSON, listed, shown
from ...models import SupportQueueAction
from ...tickets.packs import case_problems
from .faults import INVALID, NOT_JSON, TOO_LONG, BadRow, invalid, within
from .lines import MAX_LINE
from .tickets import KnownTicket, Tickets, named_ticket


KEYS = ("id", "ticket_id", "task_id", "case", "action")

LONGEST_NAME = 255
LARGEST_ID = 2**63 - 1


# Made for every row: a struct takes a fifth of the time that an attrs value takes.
class Row(Struct, frozen=True):
    """What a line asks: a case, an action on it, and `named`, what to call the row.

    `named` begins the output row: the id where there is one, and the ticket's id, each
    followed by a comma.
    """

    named: bytes
    case: Case
    action: SupportQueueAction


def read_row(line: bytes, tickets: Tickets) -> Row:
    """The row that a line holds; it may end in a newline.

    Raises:
        BadRow: it breaks a rule, or names a ticket that is not known.
    """
    document = _document(line)
    named = _named(document)
    try:
        if faults := list(_faults(document)):
            raise invalid(faults)
        ticket = _ticket(document, tickets)
        named = _named_id(document) + ticket.named
        return Row(named, ticket.case, _action(document, ticket.case))
    except BadRow as error:
        error.named = named
        raise


def _document(line: bytes) -> Mapping[str, Any]:
    if len(line.removesuffix(b"\n")) > MAX_LINE:
        raise BadRow(TOO_LONG, f"row: expected at most {MAX_LINE} bytes, found more")
    try:
        document = decode_document(line, "row")
    except NotJSON as error:
        raise BadRow(NOT_JSON, f"row: {listed(error.faults)}") from None
    except InvalidInput as error:
        raise BadRow(INVALID, f"row: {listed(error.faults)}") from None
    if not isinstance(document, dict):
        raise BadRow(INVALID, f"row: expected an object, found {kind_of(document)}")
    return document


def _faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong with the row itself, apart from case and action."""
    for key in document:
        if key not in KEYS:
            yield Fault((shown(key),), "extra_forbidden", "unknown key")
    if "id" in document and not _is_id(document["id"]):
        expected = f"text of 1 to {LONGEST_NAME} characters or a whole number"
        yield _wrong("id", expected, document["id"])
    if ("ticket_id" in document) == ("case" in document):
        found = "both" if "case" in document else "neither"
        message = f"expected either ticket_id or case, found {found}"
        yield Fault((), "missing", message)
    if "task_id" in document and "ticket_id" not in document:
        message = "task_id says where ticket_id is to be found, and there is none"
        yield Fault(("task_id",), "missing", message)
    for key in ("ticket_id", "task_id"):
        if key in document and not _is_name(document[key]):
            expected = f"text of 1 to {LONGEST_NAME} characters"
            yield _wrong(key, expected, document[key])
    if "action" not in document:
        yield Fault(("action",), "missing", "required field missing")


def _wrong(key: str, expected: str, value: object) -> Fault:
    size = f" of {len(value)} characters" if isinstance(value, str) else ""
    found = f"found {kind_of(value)}{size}"
    return Fault((key,), "value_error", f"expected {expected}, {found}")


def _is_name(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and 1 <= len(value) <= LONGEST_NAME


def _is_id(value: object) -> bool:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return _is_name(value) or (whole and -LARGEST_ID <= value <= LARGEST_ID)  # type: ignore[operator]  # `whole` saw to it


def _named_id(document: Mapping[str, Any]) -> bytes:
    if "id" not in document or not _is_id(document["id"]):
        return b""
    return b'"id":' + encode_document(document["id"]) + b","


def _named(document: Mapping[str, Any]) -> bytes:
    """What a faulty row is called, as far as it says so."""
    ticket_id = document.get("ticket_id")
    if ticket_id is None:
        case = document.get("case")
        ticket = case.get("ticket") if isinstance(case, dict) else None
        ticket_id = ticket.get("ticket_id") if isinstance(ticket, dict) else None
    named_id = _named_id(document)
    return named_id + (named_ticket(ticket_id) if _is_name(ticket_id) else b"")


def _ticket(document: Mapping[str, Any], tickets: Tickets) -> KnownTicket:
    if "ticket_id" in document:
        return tickets.find(document["ticket_id"], document.get("task_id"))
    return read_case(document["case"])


def read_case(value: object) -> KnownTicket:
    """The case that a row brings along, held to the rules of task packs.

    Raises:
        BadRow: with every fault.
    """
    try:
        case = structure(value, Case, "case")
    except InvalidInput as error:
        raise invalid(within("case", error.faults)) from None
    if problems := list(case_problems(case)):
        raise BadRow(INVALID, f"case: {listed(problems)}")
    return KnownTicket(case)


def _action(document: Mapping[str, Any], case: Case) -> SupportQueueAction:
    try:
        return structure_action(document["action"], case.vocabulary)
    except InvalidInput as error:
        raise invalid(within("action", error.faults)) from None
