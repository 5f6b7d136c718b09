"""What a policy is, and the two that know nothing."""

import random
from typing import Protocol

from attrs import define, field, frozen

from ..models import SupportQueueAction, SupportQueueObservation


class Policy(Protocol):
    """Turns an observation into an action. It sees nothing else."""

    @property
    def name(self) -> str:
        """How reports call it."""

    def act(self, observation: SupportQueueObservation) -> SupportQueueAction:
        """The triage of `observation.ticket`, which is not None."""


_SUMMARY = "A customer wrote to support; nobody has read the ticket yet."
_RESPONSE = "Thank you for writing to us. A colleague will read your message."


@frozen
class ConstantPolicy:
    """The same middling answer to every ticket: the floor to compare with."""

    name: str = field(default="constant", init=False)

    def act(self, observation: SupportQueueObservation) -> SupportQueueAction:
        """A middle priority, and the first queue and disposition on offer."""
        priorities = observation.allowed_priorities
        return SupportQueueAction(
            priority=priorities[len(priorities) // 2],
            queue=observation.allowed_queues[0],
            disposition=observation.allowed_dispositions[0],
            summary=_SUMMARY,
            response=_RESPONSE,
            confidence=0.0,
        )


@define
class RandomPolicy:
    """Labels at random, from a generator of its own: same seed, same answers."""

    seed: int = 0
    name: str = field(default="random", init=False)
    _random: random.Random = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - not for secrets

    def act(self, observation: SupportQueueObservation) -> SupportQueueAction:
        """Any label is as likely as any other."""
        return SupportQueueAction(
            priority=self._random.choice(observation.allowed_priorities),
            queue=self._random.choice(observation.allowed_queues),
            disposition=self._random.choice(observation.allowed_dispositions),
            summary=_SUMMARY,
            response=_RESPONSE,
            confidence=self._random.random(),
        )
