"""What a policy is, and the two that know nothing."""

import random
from collections import Counter
from collections.abc import Mapping
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
    """Labels at random: same seed, same answers, whatever was played before.

    An answer depends on the seed, on the task, on how often that was played, and on
    which of its tickets it is. `played` are tasks that were played before, and how
    often.
    """

    seed: int = 0
    played: Mapping[str, int] = field(factory=dict)
    name: str = field(default="random", init=False)
    _rounds: Counter[str] = field(init=False)
    _last: dict[str, int] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self._rounds = Counter(self.played)

    def act(self, observation: SupportQueueObservation) -> SupportQueueAction:
        """Any label is as likely as any other."""
        task, index = observation.task_id, observation.current_index
        if index <= self._last.get(task, -1):
            self._rounds[task] += 1
        self._last[task] = index
        chance = random.Random(  # noqa: S311 - not for secrets
            f"{self.seed} {task} {self._rounds[task]} {index}"
        )
        return SupportQueueAction(
            priority=chance.choice(observation.allowed_priorities),
            queue=chance.choice(observation.allowed_queues),
            disposition=chance.choice(observation.allowed_dispositions),
            summary=_SUMMARY,
            response=_RESPONSE,
            confidence=chance.random(),
        )
