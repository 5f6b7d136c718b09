"""The beginnings of observations, which are the same in every episode of a task.

Instructions, ticket, labels and weights are most of an observation, and the same for
everybody who has come to a ticket under a rubric. They are encoded once and kept.
"""

from types import MappingProxyType

from attrs import define, field
from msgspec import Struct

from ..core.documents import encode_document
from ..core.episode import Episode
from ..models import SupportQueueObservation, Ticket


_ROOM = 4 * 1024 * 1024
_ENTRY = 512
"""Bytes that an entry takes beside its text, roughly."""


class _Ticket(Struct):
    """A ticket's fields in their order: msgspec would sort those of a slotted class."""

    ticket_id: str
    subject: str
    body: str
    customer_tier: str
    product_area: str
    sla_hours: float
    recent_events: tuple[str, ...]


class _Constant(Struct):
    """The fields of an observation that a beginning has, in their order."""

    task_id: str
    task_title: str
    difficulty: str
    instructions: str
    current_index: int
    total_tickets: int
    ticket: _Ticket | None
    allowed_priorities: tuple[str, ...]
    allowed_queues: tuple[str, ...]
    allowed_dispositions: tuple[str, ...]
    scoring_weights: dict[str, float]


class _Beginning(Struct):
    """Encoded fields, and the objects that they were encoded from.

    While these are held no other object can have their identity.
    """

    text: bytes
    sources: tuple[object, ...]
    words: tuple[object, ...]


@define
class Beginnings:
    """Encoded beginnings of observations by the identity of what is in them.

    They take `room` bytes at most: past that all are forgotten, and made again when
    they are wanted. Forgetting costs time, never another text.
    """

    room: int = _ROOM
    _known: dict[tuple[int, ...], _Beginning] = field(init=False, factory=dict)
    _taken: int = field(init=False, default=0)

    def of(self, observation: SupportQueueObservation) -> bytes:
        """The fields up to `scoring_weights` as JSON, from `{` to the comma after them."""
        ticket, weights = observation.ticket, observation.scoring_weights
        instructions = observation.instructions
        key = (
            id(ticket),
            id(weights),
            id(instructions),
            observation.current_index,
            observation.total_tickets,
        )
        words = (
            observation.task_id,
            observation.task_title,
            observation.difficulty,
            observation.allowed_priorities,
            observation.allowed_queues,
            observation.allowed_dispositions,
        )
        known = self._known.get(key)
        if known is not None and known.words == words:
            return known.text
        text = _encoded(observation)
        # Only what nobody can change may be known by its identity.
        if type(weights) is MappingProxyType:
            self._keep(key, _Beginning(text, (ticket, weights, instructions), words))
        return text

    def _keep(self, key: tuple[int, ...], beginning: _Beginning) -> None:
        self._taken += len(beginning.text) + _ENTRY
        if self._taken > self.room:
            self._known.clear()
            self._taken = len(beginning.text) + _ENTRY
        self._known[key] = beginning


def _encoded(observation: SupportQueueObservation) -> bytes:
    ticket = observation.ticket
    return _text(
        _Constant(
            observation.task_id,
            observation.task_title,
            observation.difficulty,
            observation.instructions,
            observation.current_index,
            observation.total_tickets,
            None if ticket is None else _fields_of(ticket),
            observation.allowed_priorities,
            observation.allowed_queues,
            observation.allowed_dispositions,
            dict(observation.scoring_weights),
        )
    )


def beginning_of(episode: Episode) -> bytes:
    """What `Beginnings` gives for an observation of `episode`, which is not made."""
    task, case = episode.task, episode.current
    vocabulary = task.vocabulary
    return _text(
        _Constant(
            task.task_id,
            task.title,
            task.difficulty,
            task.instructions,
            len(episode.graded),
            len(task.cases),
            None if case is None else _fields_of(case.ticket),
            vocabulary.priorities,
            vocabulary.queues,
            vocabulary.dispositions,
            dict(episode.scorer.weights),
        )
    )


def _text(constant: _Constant) -> bytes:
    return encode_document(constant)[:-1] + b","


def _fields_of(ticket: Ticket) -> _Ticket:
    return _Ticket(
        ticket.ticket_id,
        ticket.subject,
        ticket.body,
        ticket.customer_tier,
        ticket.product_area,
        ticket.sla_hours,
        ticket.recent_events,
    )
