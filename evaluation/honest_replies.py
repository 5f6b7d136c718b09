"""Replies that people wrote in good faith, from a file, for the false-penalty rate.

    [[replies]]
    ticket = "E-101"
    summary = "Marta cannot sign in: three reset mails, each replaced by the next."
    response = "Hi Marta, please open the mail of 08:40, it is the only one that works."
    half = "held-out"    # optional, and so is `voice`: who wrote it, and for what

They are given the right labels, because it is their texts that are looked at.
"""

from collections.abc import Sequence

from attrs import frozen

from ..core.actions import structure_action
from ..core.cases import Case
from ..core.conversion import unstructure
from ..core.errors import ConfigurationError, InvalidInput, listed
from ..core.files import FileKind
from ..models import SupportQueueAction
from .gaming import Honest


_FILE = FileKind("replies file", ConfigurationError)


@frozen(kw_only=True)
class ReplyTable:
    """`[[replies]]`."""

    ticket: str
    summary: str
    response: str
    half: str = ""
    voice: str = ""


@frozen(kw_only=True)
class RepliesTable:
    """The whole file."""

    replies: tuple[ReplyTable, ...]


def load_honest(path: str, cases: Sequence[Case]) -> Honest:
    """The replies of a file to the tickets of `cases`, each with the right labels.

    Replies to other tickets are passed over.

    Raises:
        ConfigurationError: the file cannot be read or breaks a rule, a text is longer
            or shorter than an action may hold, or no reply is to any of the tickets.
    """
    table = _FILE.structure(_FILE.read(path), path, RepliesTable)
    known = {case.ticket.ticket_id: case for case in cases}
    found = [
        (known[reply.ticket], _action(path, number, reply, known[reply.ticket]))
        for number, reply in enumerate(table.replies, 1)
        if reply.ticket in known
    ]
    if not found:
        _FILE.fail(path, "no reply is to any of the tickets")
    return found


def _action(
    path: str, number: int, reply: ReplyTable, case: Case
) -> SupportQueueAction:
    texts = {"summary": reply.summary.strip(), "response": reply.response.strip()}
    document = unstructure(case.gold.oracle()) | texts
    try:
        return structure_action(document, case.vocabulary)
    except InvalidInput as error:
        _FILE.fail(path, f"reply {number}: {listed(error.faults)}", error)
