"""Rows for bulk scoring: answers to the classic tickets, of which none is like another."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from support_queue_env.core.cases import Case
from support_queue_env.core.conversion import unstructure
from support_queue_env.environment import load_environment


_LONGEST = {"summary": 280, "response": 1200}
_PARAGRAPHS = 0.3
"""The share of replies that are written in paragraphs, so with escaped newlines."""


def write_rows(path: Path, rows: int) -> int:
    """Write so many rows, and give their bytes; the same number gives the same file."""
    with path.open("wb") as file:
        for row in answers(rows):
            file.write(json.dumps(row).encode() + b"\n")
        return file.tell()


def answers(rows: int) -> Iterator[dict[str, Any]]:
    """Right and wrong labels; texts between nothing of the reference and all of it."""
    chance = random.Random(7)  # noqa: S311 - the same rows in every run
    cases = [case for task in load_environment().tasks for case in task.cases]
    for number in range(rows):
        case = chance.choice(cases)
        yield {
            "id": f"rollout-{number}",
            "ticket_id": case.ticket.ticket_id,
            "action": _answer(case, number, chance),
        }


def _answer(case: Case, number: int, chance: random.Random) -> dict[str, Any]:
    action: dict[str, Any] = unstructure(case.gold.oracle())
    del action["metadata"]
    labels = {
        "priority": case.vocabulary.priorities,
        "queue": case.vocabulary.queues,
        "disposition": case.vocabulary.dispositions,
    }
    for name, known in labels.items():
        if chance.random() < 1 / 3:
            action[name] = chance.choice(known)
    for name, longest in _LONGEST.items():
        words = action[name].split(" ")
        kept = words[: chance.randint(len(words) // 2, len(words))]
        mark = f" (case {number})"
        action[name] = " ".join(kept)[: longest - len(mark)] + mark
    if chance.random() < _PARAGRAPHS:
        action["response"] = action["response"].replace(". ", ".\n")
    action["confidence"] = round(chance.random(), 3)
    return action
