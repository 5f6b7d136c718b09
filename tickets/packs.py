"""Task packs: TOML files of tickets, their truth, and the tasks made of them.

`docs/task-packs.md` describes the format; the classes here are its schema. Every
fault is reported with file and field, all at once.
"""

from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Literal

from attrs import asdict, evolve, fields, frozen

from ..constraints import check_limits
from ..core.actions import Vocabulary
from ..core.cases import Case, Gold, Task
from ..core.errors import TaskPackError, UnknownName, listed
from ..core.files import FileKind, is_path
from ..models import Difficulty, Identifier, Label, Split, Ticket, Words


_FILE = FileKind("task pack", TaskPackError)

BUILT_IN = ("classic",)
"""Packs that ship with the package, by name."""


@frozen(kw_only=True)
class VocabularyTable:
    """`[vocabulary]`: the labels; priorities from the most urgent to the least."""

    priorities: tuple[Label, ...]
    queues: tuple[Label, ...]
    dispositions: tuple[Label, ...]


@frozen(kw_only=True, field_transformer=check_limits)
class TaskTable:
    """`[[tasks]]`: an inbox; `tickets` are ids in the order they are served."""

    task_id: Identifier
    title: Words
    difficulty: Difficulty
    split: Split
    instructions: Words
    tickets: tuple[Identifier, ...]


@frozen(kw_only=True, field_transformer=check_limits)
class TicketTable(Ticket):
    """`[[tickets]]`: what the agent sees, and in `[tickets.gold]` what it does not."""

    gold: Gold


@frozen(kw_only=True)
class PackTable:
    """A whole pack file; `guide` is added to the instructions of every task."""

    schema: Literal[1]
    name: Identifier
    description: str = ""
    guide: str = ""
    vocabulary: VocabularyTable
    tasks: tuple[TaskTable, ...]
    tickets: tuple[TicketTable, ...]


@frozen
class TaskPack:
    """Tasks that came from one file."""

    name: str
    tasks: tuple[Task, ...]

    @property
    def cases(self) -> tuple[Case, ...]:
        """Every case once, in order of first use."""
        found = {c.ticket.ticket_id: c for task in self.tasks for c in task.cases}
        return tuple(found.values())


def load_pack(reference: str) -> TaskPack:
    """The built-in pack of that name, or the one in the TOML file of that path.

    Raises:
        UnknownName: no built-in pack has that name, and it is no path.
        TaskPackError: the file cannot be read or breaks a rule; lists every fault.
    """
    if reference in BUILT_IN:
        file = resources.files(__package__) / f"{reference}.toml"
        return parse_pack(file.read_text(encoding="utf-8"), f"{reference}.toml")
    if not is_path(reference):
        raise UnknownName("task pack", reference, BUILT_IN)
    return parse_pack(_FILE.read(reference), reference)


def parse_pack(text: str, reference: str) -> TaskPack:
    """The pack that a TOML text describes; `reference` names it in errors."""
    table = _FILE.structure(text, reference, PackTable)
    problems = list(_problems(table))
    if problems:
        _FILE.fail(reference, listed(problems))
    return _pack(table, reference)


def _pack(table: PackTable, reference: str) -> TaskPack:
    vocabulary = Vocabulary(
        table.vocabulary.priorities,
        table.vocabulary.queues,
        table.vocabulary.dispositions,
    )
    cases = {row.ticket_id: _case(row, vocabulary, reference) for row in table.tickets}
    return TaskPack(
        table.name,
        tuple(
            Task(
                task_id=task.task_id,
                title=task.title,
                difficulty=task.difficulty,
                instructions=f"{task.instructions.strip()}\n\n{table.guide}".strip(),
                split=task.split,
                vocabulary=vocabulary,
                cases=tuple(cases[ticket_id] for ticket_id in task.tickets),
            )
            for task in table.tasks
        ),
    )


def _case(row: TicketTable, vocabulary: Vocabulary, reference: str) -> Case:
    visible = {a.name: getattr(row, a.name) for a in fields(Ticket)}
    try:
        gold = evolve(
            row.gold,
            reference_summary=row.gold.reference_summary.strip(),
            reference_response=row.gold.reference_response.strip(),
        )
    except ValueError as error:  # too short without the white space around it
        _FILE.fail(reference, f"ticket {row.ticket_id!r}: {error}", error)
    ticket = Ticket(**visible | {"body": row.body.strip()})
    return Case(ticket=ticket, gold=gold, vocabulary=vocabulary)


def _problems(table: PackTable) -> Iterable[str]:
    for name, labels in asdict(table.vocabulary).items():
        yield from _label_problems(name, labels)
    yield from _repeated("ticket", [row.ticket_id for row in table.tickets])
    yield from _repeated("task", [task.task_id for task in table.tasks])
    if not table.tasks:
        yield "it has no tasks"
    known = {row.ticket_id for row in table.tickets}
    for task in table.tasks:
        if not task.tickets:
            yield f"task {task.task_id!r} has no tickets"
        yield from _repeated(f"task {task.task_id!r}, ticket", task.tickets)
        for ticket_id in task.tickets:
            if ticket_id not in known:
                yield f"task {task.task_id!r} lists unknown ticket {ticket_id!r}"
    for row in table.tickets:
        yield from _gold_problems(row.ticket_id, row.gold, table.vocabulary)


def case_problems(case: Case) -> Iterable[str]:
    """What the rules of task packs find wrong with a case that came without a pack."""
    for name, labels in asdict(case.vocabulary).items():
        yield from _label_problems(name, labels)
    yield from _gold_problems(case.ticket.ticket_id, case.gold, case.vocabulary)


def _label_problems(name: str, labels: tuple[str, ...]) -> Iterable[str]:
    yield from _repeated(f"vocabulary.{name}:", labels)
    if not labels:
        yield f"vocabulary.{name} is empty"


def _gold_problems(
    ticket_id: str, gold: Gold, vocabulary: VocabularyTable | Vocabulary
) -> Iterable[str]:
    labels: Mapping[str, tuple[Iterable[str], tuple[str, ...]]] = {
        "priority": ([gold.priority], vocabulary.priorities),
        "queue": ([gold.queue, *gold.queue_alternates], vocabulary.queues),
        "disposition": (
            [gold.disposition, *gold.disposition_alternates],
            vocabulary.dispositions,
        ),
    }
    for name, (found, allowed) in labels.items():
        for label in found:
            if label not in allowed:
                yield (
                    f"ticket {ticket_id!r}: {name} {label!r} is not in the "
                    f"vocabulary ({', '.join(allowed)})"
                )
    for name in ("summary_keywords", "response_keywords"):
        if not getattr(gold, name):
            yield f"ticket {ticket_id!r}: {name} is empty"


def _repeated(kind: str, names: Iterable[str]) -> Iterable[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield f"{kind} {name!r} appears twice"
        seen.add(name)
