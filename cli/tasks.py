"""`support-queue tasks`."""

import rich_click as click

from ..core.cases import Task
from ..core.conversion import unstructure
from ..environment import load_tasks
from .options import pack_option
from .output import json_option, print_json, print_table


@click.group()
def tasks() -> None:
    """The tasks there are, and their tickets as an agent sees them."""


@tasks.command("list")
@pack_option
@json_option
def list_(pack: tuple[str, ...], as_json: bool) -> None:
    """Every task, a line each."""
    cards = [task.card for task in load_tasks(pack)]
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
@pack_option
@json_option
def show(task_id: str, pack: tuple[str, ...], as_json: bool) -> None:
    """One task with its tickets; no labels, no keywords."""
    task = load_tasks(pack).find(task_id)
    if as_json:
        tickets = [unstructure(case.ticket) for case in task.cases]
        print_json({**unstructure(task.card), "tickets": tickets})
    else:
        click.echo(_text(task))


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
