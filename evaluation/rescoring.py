"""Scoring stored steps again: what another rubric says of the same answers."""

import math
from collections import Counter

from attrs import define, field, frozen

from ..core.cases import Case, TaskCatalogue
from ..core.errors import ScoringError, UnknownName, shown
from ..core.record_reading import ReadStep
from ..core.records import StepFault, StepRecord, rescored
from ..core.scoring import TicketScore, TicketScorer


STORED = "stored"
"""In the place of a rubric's name: the rewards that the file has."""


class StoredCases:
    """The cases of stored steps: those of the loaded tasks, or a step's own."""

    def __init__(self, tasks: TaskCatalogue) -> None:
        self._cases = {
            task.task_id: {case.ticket.ticket_id: case for case in task.cases}
            for task in tasks
        }

    def of(self, task_id: str, ticket_id: str) -> Case | None:
        """The case of a ticket of a loaded task; None when there is none."""
        return self._cases.get(task_id, {}).get(ticket_id)

    def find(self, record: StepRecord) -> Case:
        """The case that `record` answers.

        Raises:
            UnknownName: no loaded task has the ticket, and the record no case.
        """
        if record.case is not None:
            return record.case
        tickets = self._cases.get(record.task_id)
        if tickets is None:
            raise UnknownName("task", record.task_id, self._cases)
        try:
            return tickets[record.ticket_id]
        except KeyError:
            kind = f"ticket of task {shown(record.task_id)}"
            raise UnknownName(kind, record.ticket_id, tickets) from None


@frozen
class ScoredAgain:
    """A stored step, and the same step with the score of another rubric.

    `score` is that one in full; None where nothing was scored.
    """

    line: int
    before: StepRecord
    after: StepRecord
    score: TicketScore | None = None

    @property
    def mismatch(self) -> bool:
        """Whether one digest stands over two rewards, which must not happen."""
        return (
            self.before.rubric_digest == self.after.rubric_digest
            and self.before.ticket_reward != self.after.ticket_reward
        )


def score_again(
    step: ReadStep | StepFault,
    scorer: TicketScorer | None,
    cases: StoredCases,
    source: str,
) -> ScoredAgain | StepFault:
    """`step` under `scorer`, or why there is no number; None keeps what is stored."""
    if isinstance(step, StepFault):
        return step
    record = step.record
    if scorer is None:
        return ScoredAgain(step.line, record, record)
    try:
        score = scorer.score(cases.find(record), record.action)
    except UnknownName as error:
        message = f"{error}; --pack loads more tickets"
        return StepFault(source, step.line, "unknown_ticket", message, record)
    except ScoringError as error:
        return StepFault(source, step.line, "scoring", str(error), record)
    return ScoredAgain(step.line, record, rescored(record, score, scorer), score)


@define
class Tally:
    """What came of scoring again, so far; `stored` counts rows by rubric and digest."""

    failed: int = 0
    stored: Counter[tuple[str, str]] = field(factory=Counter)
    mismatches: list[ScoredAgain] = field(factory=list)
    _before: list[float] = field(factory=list)
    _after: list[float] = field(factory=list)

    def add(self, done: ScoredAgain | StepFault) -> None:
        """Count a row."""
        if isinstance(done, StepFault):
            self.failed += 1
            return
        self._before.append(done.before.ticket_reward)
        self._after.append(done.after.ticket_reward)
        self.stored[done.before.rubric, done.before.rubric_digest] += 1
        if done.mismatch:
            self.mismatches.append(done)

    @property
    def scored(self) -> int:
        """Rows that have a reward now."""
        return len(self._after)

    def mean_before(self, *, mix_digests: bool) -> float | None:
        """The mean of the stored rewards; None when several rubrics gave them.

        `mix_digests` takes it all the same.
        """
        mixed = len({digest for _, digest in self.stored}) > 1
        return None if mixed and not mix_digests else _mean(self._before)

    @property
    def mean_after(self) -> float | None:
        """The mean of the new rewards; None without any."""
        return _mean(self._after)


def _mean(rewards: list[float]) -> float | None:
    return math.fsum(rewards) / len(rewards) if rewards else None
