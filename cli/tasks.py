"""`support-queue tasks`."""

import rich_click as click

from ..core.cases import Task
from ..core.conversion import unstructure
from ..environment import load_tasks
from ..plugins.registry import PluginRegistry
from .later import Later
from .options import pack_option, packs_from
from .output import json_option, say
from .printing import print_json, print_table
from .registry_options import registry_option


@click.group()
def tasks() -> None:
    """The tasks there are, and their tickets as an agent sees them."""


tasks.add_command(
    Later(
        "check",
        "tasks_check",
        "Load a task pack and lint its truth; `docs/task-packs.md` has the rules.",
    )
)


@tasks.command("list")
@registry_option
@pack_option
@json_option
def list_(
    registry: PluginRegistry, pack: tuple[str, ...] | None, as_json: bool
) -> None:
    """Every task, a line each."""
    cards = [task.card for task in load_tasks(packs_from(pack), registry)]
    if as_json:
        print_json([unstructure(card) for card in cards])
        return
    print_table(
        "",
        ("task", "difficulty", "split", "tickets", "title"),
        [(c.task_id, c.difficulty, c.split, c.total_tickets, c.title) for c in cards],
        right=("tickets",),
    )


@tasks.command()
@click.argument("task_id")
@registry_option
@pack_option
@json_option
def show(
    task_id: str,
    registry: PluginRegistry,
    pack: tuple[str, ...] | None,
    as_json: bool,
) -> None:
    """One task with its tickets; no labels, no keywords."""
    task = load_tasks(packs_from(pack), registry).find(task_id)
    if as_json:
        tickets = [unstructure(case.ticket) for case in task.cases]
        print_json({**unstructure(task.card), "tickets": tickets})
    else:
        say(_text(task))


def _text(task: Task) -> str:
    parts = [
        f"{task.title} ({task.task_id}, {task.difficulty}, split {task.split})",
        task.instructions,
    ]
    for case in task.cases:
        ticket = case.ticket
        parts.append(
            f"── {ticket.ticket_id} · {ticket.subject}\n"
            f"{ticket.customer_tier} · {ticket.product_area} · "
            f"reply due in {ticket.sla_hours:g} h\n\n{ticket.body}"
        )
        parts.append("\n".join(f"  · {event}" for event in ticket.recent_events))
    return "\n\n".join(part for part in parts if part)
