"""The classic tasks, read once from the pack file of this repository."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grading import Truth
from values import Ticket


PACK = Path(__file__).resolve().parents[2] / "tickets" / "classic.toml"


@dataclass(frozen=True)
class Task:
    """An ordered inbox: tickets beside their truths."""

    task_id: str
    title: str
    difficulty: str
    instructions: str
    tickets: list[Ticket]
    truths: list[Truth]


def load_tasks() -> dict[str, Task]:
    """The tasks by id, in the order of the file; the first is the default."""
    pack = tomllib.loads(PACK.read_text(encoding="utf-8"))
    rows = {row["ticket_id"]: row for row in pack["tickets"]}
    return {
        task["task_id"]: Task(
            task_id=task["task_id"],
            title=task["title"],
            difficulty=task["difficulty"],
            instructions=f"{task['instructions'].strip()}\n\n{pack['guide'].strip()}",
            tickets=[_ticket(rows[ticket_id]) for ticket_id in task["tickets"]],
            truths=[_truth(rows[ticket_id]["gold"]) for ticket_id in task["tickets"]],
        )
        for task in pack["tasks"]
    }


def _ticket(row: dict[str, Any]) -> Ticket:
    return Ticket(**row | {"body": row["body"].strip()})


def _truth(gold: dict[str, Any]) -> Truth:
    return Truth(
        priority=gold["priority"],
        queue=gold["queue"],
        disposition=gold["disposition"],
        queue_alternates=gold.get("queue_alternates", []),
        disposition_alternates=gold.get("disposition_alternates", []),
        summary_keywords=[word.casefold() for word in gold["summary_keywords"]],
        response_keywords=[word.casefold() for word in gold["response_keywords"]],
        disallowed_phrases=[
            phrase.casefold() for phrase in gold.get("disallowed_phrases", [])
        ],
    )
