"""`support-queue tasks`."""

import sys

import rich_click as click

from ..core.cases import Task
from ..core.conversion import unstructure
from ..environment import load_tasks
from ..plugins.pack_matcher import PackMatcher
from ..plugins.registry import PluginRegistry
from ..tickets.lint import lint_cases
from ..tickets.packs import BUILT_IN, load_pack
from .options import pack_option, packs_from
from .output import json_option, note, say
from .printing import print_json, print_table
from .registry_options import registry_option


@click.group()
def tasks() -> None:
    """The tasks there are, and their tickets as an agent sees them."""


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


@tasks.command()
@click.argument("pack", metavar="FILE")
@json_option
def check(pack: str, as_json: bool) -> None:
    """Load a task pack and lint its truth; `docs/task-packs.md` has the rules.

    Exit code 1 when the lint finds an error; its notes are only remarks.
    """
    findings = lint_cases(load_pack(pack).cases, PackMatcher())
    if pack not in BUILT_IN:
        load_tasks([pack])  # beside the classic tasks: no task may clash
    if as_json:
        print_json([unstructure(finding) for finding in findings])
    else:
        for finding in findings:
            say(str(finding))
    errors = sum(finding.level == "error" for finding in findings)
    note(f"{pack}: {errors} errors, {len(findings) - errors} notes")
    sys.exit(1 if errors else 0)


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
