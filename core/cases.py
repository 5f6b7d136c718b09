"""Tickets with their truth, and the tasks made of them.

A `Case` holds what the agent may see (`ticket`) and what it may not (`gold`) as two
values, so that a view of the one can never carry the other by accident.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated

from attrs import field, frozen
from msgspec import Meta

from ..constraints import check_limits
from ..models import (
    Difficulty,
    GoldLabels,
    Identifier,
    Label,
    Split,
    SupportQueueAction,
    TaskCard,
    Ticket,
    Words,
)
from .actions import Vocabulary
from .errors import TaskPackError, UnknownName


# What is worked out for statements is remembered by them, so they are hashed often.
@frozen(kw_only=True, field_transformer=check_limits, cache_hash=True)
class Statement:
    """Something that a text about the ticket should state.

    A text states it when it says one of `says` in any wording that text matching
    knows, contains every one of `literals` letter by letter, and says none of
    `excludes`: the terms of states that cannot be true beside this one.
    """

    name: Identifier
    says: tuple[Words, ...] = ()
    literals: tuple[Words, ...] = ()
    excludes: tuple[Words, ...] = ()

    def __attrs_post_init__(self) -> None:
        if not (self.says or self.literals):
            raise ValueError(f"statement {self.name!r} needs `says` or `literals`")


@frozen(kw_only=True, field_transformer=check_limits)
class Gold:
    """The truth of a ticket.

    Keywords and disallowed phrases are matched ignoring case. The reference texts
    are an answer that a good agent could have written; with the labels they form
    the oracle action.
    """

    priority: Label
    queue: Label
    disposition: Label
    queue_alternates: tuple[Label, ...] = ()
    disposition_alternates: tuple[Label, ...] = ()
    summary_keywords: tuple[Words, ...]
    response_keywords: tuple[Words, ...]
    disallowed_phrases: tuple[Words, ...] = ()
    summary_slots: tuple[Statement, ...] = ()
    response_acts: tuple[Statement, ...] = ()
    foreign_slots: tuple[Statement, ...] = ()
    unsafe: Mapping[str, tuple[Words, ...]] = field(factory=dict)
    reference_summary: Annotated[str, Meta(min_length=8, max_length=280)]
    reference_response: Annotated[str, Meta(min_length=16, max_length=1200)]

    @property
    def labels(self) -> GoldLabels:
        """The labels alone, as feedback may show them."""
        return GoldLabels(
            priority=self.priority,
            queue=self.queue,
            disposition=self.disposition,
            queue_alternates=self.queue_alternates,
            disposition_alternates=self.disposition_alternates,
        )

    def oracle(self) -> SupportQueueAction:
        """The action that earns the full reward."""
        return SupportQueueAction(
            priority=self.priority,
            queue=self.queue,
            disposition=self.disposition,
            summary=self.reference_summary,
            response=self.reference_response,
            confidence=1.0,
        )


@frozen(kw_only=True)
class Case:
    """A ticket, its truth and the labels it may be given."""

    ticket: Ticket
    gold: Gold
    vocabulary: Vocabulary


@frozen(kw_only=True)
class Task:
    """An ordered inbox: one episode triages its cases from first to last."""

    task_id: str
    title: str
    difficulty: Difficulty
    instructions: str
    split: Split
    vocabulary: Vocabulary
    cases: tuple[Case, ...] = field()

    @cases.validator
    def _some(self, _: object, cases: tuple[Case, ...]) -> None:
        if not cases:
            raise ValueError(f"task {self.task_id!r} has no tickets")

    @property
    def card(self) -> TaskCard:
        """The task as it is announced, without its tickets."""
        return TaskCard(
            task_id=self.task_id,
            title=self.title,
            difficulty=self.difficulty,
            instructions=self.instructions,
            total_tickets=len(self.cases),
            split=self.split,
        )


class TaskCatalogue:
    """The tasks there are, in the order they were given; the first is the default."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._tasks: dict[str, Task] = {}
        for task in tasks:
            if task.task_id in self._tasks:
                raise TaskPackError(f"two tasks are called {task.task_id!r}")
            self._tasks[task.task_id] = task
        if not self._tasks:
            raise TaskPackError("no task was given")

    def __iter__(self) -> Iterator[Task]:
        return iter(self._tasks.values())

    def __len__(self) -> int:
        return len(self._tasks)

    def find(self, task_id: str | None) -> Task:
        """The task of that id, or the default one for None.

        Raises:
            UnknownName: listing the tasks there are.
        """
        if task_id is None:
            return next(iter(self))
        try:
            return self._tasks[task_id]
        except KeyError:
            raise UnknownName("task", task_id, self._tasks) from None

    @property
    def vocabulary(self) -> Vocabulary:
        """Every label that some task knows, each once, in order of appearance."""
        return Vocabulary(
            priorities=_union(task.vocabulary.priorities for task in self),
            queues=_union(task.vocabulary.queues for task in self),
            dispositions=_union(task.vocabulary.dispositions for task in self),
        )


def _union(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(label for group in groups for label in group))
