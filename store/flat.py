"""A row for each step: what the agent saw, what it answered, what that earned."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from attrs import define, field

from ..core.cases import Case
from ..core.conversion import unstructure
from ..core.documents import encode_document
from ..core.record_reading import ReadStep
from ..core.records import StepFault, StepRecord


FindCase = Callable[[str, str], Case | None]
"""The case of a task id and a ticket id, as far as it is known."""

FlatRow = dict[str, str | int | float | None]

COLUMNS: dict[str, type] = {
    "episode_id": str,
    "task_id": str,
    "ticket_id": str,
    "step": int,
    "seed": int,
    "rubric": str,
    "rubric_digest": str,
    "prompt": str,
    "completion": str,
    "reward": float,
    "ticket_reward": float,
    "raw_reward": float,
}
"""The columns that every row has, with what stands in them."""

COMPONENT = "reward/"
"""Before a component's name: the column of the points that it gave, a float."""

_FAULTS_KEPT = 20
_PROMPTS_KEPT = 4096


@define
class FlatRows:
    """Flat rows of steps, and what there was to say about them.

    `prompt` is the ticket as the observation has it, `completion` the action, both as
    JSON. A step whose case is not known has no prompt: `missing` counts those by task
    and ticket. Of steps that cannot be read, `failed` counts all, and `faults` tells of
    the first few.
    """

    find_case: FindCase
    rows: int = field(default=0, init=False)
    missing: Counter[tuple[str, str]] = field(factory=Counter, init=False)
    failed: int = field(default=0, init=False)
    faults: list[str] = field(factory=list, init=False)
    _prompts: dict[tuple[str, str], str | None] = field(factory=dict, init=False)

    def records(self, items: Iterable[ReadStep | StepFault]) -> Iterator[StepRecord]:
        """The records alone, in order."""
        for item in items:
            if isinstance(item, ReadStep):
                self.rows += 1
                yield item.record
                continue
            self.failed += 1
            if len(self.faults) < _FAULTS_KEPT:
                self.faults.append(item.message)

    def of(self, items: Iterable[ReadStep | StepFault]) -> Iterator[FlatRow]:
        """The row of each step, in order."""
        return map(self._row, self.records(items))

    def _row(self, record: StepRecord) -> FlatRow:
        action: dict[str, Any] = unstructure(record.action)
        del action["metadata"]
        row: FlatRow = {
            "episode_id": record.episode_id,
            "task_id": record.task_id,
            "ticket_id": record.ticket_id,
            "step": record.step,
            "seed": record.seed,
            "rubric": record.rubric,
            "rubric_digest": record.rubric_digest,
            "prompt": self._prompt(record),
            "completion": encode_document(action).decode(),
            "reward": record.reward,
            "ticket_reward": record.ticket_reward,
            "raw_reward": record.raw_reward,
        }
        for name, points in record.components.items():
            row[f"{COMPONENT}{name}"] = points
        return row

    def _prompt(self, record: StepRecord) -> str | None:
        place = (record.task_id, record.ticket_id)
        if place not in self._prompts:
            if len(self._prompts) == _PROMPTS_KEPT:
                self._prompts.clear()
            self._prompts[place] = _shown_to_agents(self.find_case(*place))
        prompt = self._prompts[place]
        if prompt is None:
            self.missing[place] += 1
        return prompt


def _shown_to_agents(case: Case | None) -> str | None:
    return None if case is None else encode_document(unstructure(case.ticket)).decode()
