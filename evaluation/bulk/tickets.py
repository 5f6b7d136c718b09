"""The tickets that rows may name."""

from collections.abc import Mapping
from functools import lru_cache

from attrs import field, frozen

from ...core.actions import Vocabulary
from ...core.cases import Case, TaskCatalogue
from ...core.documents import encode_document
from .faults import UNKNOWN_TICKET, BadRow


@frozen
class Labels:
    """The labels of a vocabulary, to look up."""

    priorities: frozenset[str]
    queues: frozenset[str]
    dispositions: frozenset[str]


@lru_cache(maxsize=256)
def labels_of(vocabulary: Vocabulary) -> Labels:
    """The same for all tickets of a task."""
    return Labels(
        frozenset(vocabulary.priorities),
        frozenset(vocabulary.queues),
        frozenset(vocabulary.dispositions),
    )


@frozen(eq=False)
class KnownTicket:
    """A case with what its rows need again and again.

    `named` is its id as rows of results have it: `"ticket_id":"…",`.
    """

    case: Case
    named: bytes = field(init=False)
    labels: Labels = field(init=False)

    def __attrs_post_init__(self) -> None:
        named = named_ticket(self.case.ticket.ticket_id)
        object.__setattr__(self, "named", named)
        object.__setattr__(self, "labels", labels_of(self.case.vocabulary))


def named_ticket(ticket_id: str) -> bytes:
    """A ticket's id as rows of results have it, and a comma."""
    return b'"ticket_id":%b,' % encode_document(ticket_id)


class Tickets:
    """The tickets of the loaded tasks."""

    def __init__(self, tasks: TaskCatalogue) -> None:
        self._by_task: dict[str, dict[str, KnownTicket]] = {}
        self._several: set[str] = set()
        first_of: dict[str, KnownTicket] = {}
        for task in tasks:
            of_task = self._by_task.setdefault(task.task_id, {})
            for case in task.cases:
                ticket_id = case.ticket.ticket_id
                first = first_of.get(ticket_id)
                if first is None or first.case != case:
                    of_task[ticket_id] = KnownTicket(case)
                else:
                    of_task[ticket_id] = first
                if first is not None and of_task[ticket_id] is not first:
                    self._several.add(ticket_id)
                first_of.setdefault(ticket_id, of_task[ticket_id])
        self._by_id: Mapping[str, KnownTicket] = {
            ticket_id: ticket
            for ticket_id, ticket in first_of.items()
            if ticket_id not in self._several
        }

    def get(self, ticket_id: str, task_id: str | None = None) -> KnownTicket | None:
        """The same as `find`, with None for an error."""
        if task_id is None:
            return self._by_id.get(ticket_id)
        return self._by_task.get(task_id, {}).get(ticket_id)

    def find(self, ticket_id: str, task_id: str | None) -> KnownTicket:
        """The ticket of that id, in that task where one is named.

        Raises:
            BadRow: there is none, or several tasks have different ones.
        """
        ticket = self.get(ticket_id, task_id)
        if ticket is None:
            raise BadRow(UNKNOWN_TICKET, self._why_not(ticket_id, task_id))
        return ticket

    def _why_not(self, ticket_id: str, task_id: str | None) -> str:
        if task_id is not None and task_id not in self._by_task:
            return f"no loaded task is called {task_id!r:.80}; --pack loads more"
        if task_id is not None:
            return f"task {task_id!r:.80} has no ticket {ticket_id!r:.80}"
        if ticket_id in self._several:
            return (
                f"several tasks have a ticket {ticket_id!r:.80}, and not the same one: "
                "name the task as task_id"
            )
        return f"no loaded task has a ticket {ticket_id!r:.80}; --pack loads more"
