"""The beginnings of observations, which are the same in every episode of a task.

Instructions, ticket, labels and weights are most of an observation, and the same for
everybody who has come to a ticket under a rubric. They are encoded once and kept.
"""

from types import MappingProxyType
from typing import Any

from attrs import define, field, fields, frozen

from ..core.conversion import unstructure
from ..core.documents import encode_document
from ..models import SupportQueueObservation


_ROOM = 4 * 1024 * 1024
_ENTRY = 512
"""Bytes that an entry takes beside its text, roughly."""

CONSTANT = tuple(
    name
    for attribute in fields(SupportQueueObservation)
    if (name := attribute.name)
    not in {"last_feedback", "reward", "cumulative_reward", "done", "info", "metadata"}
)
"""The fields that a beginning has: those up to `scoring_weights`, in their order."""


@frozen
class _Beginning:
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
        """The fields in `CONSTANT` as JSON, from `{` to the comma after the last one."""
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
    document: dict[str, Any] = {name: getattr(observation, name) for name in CONSTANT}
    document["ticket"] = unstructure(observation.ticket)
    document["scoring_weights"] = dict(observation.scoring_weights)
    return encode_document(document)[:-1] + b","
