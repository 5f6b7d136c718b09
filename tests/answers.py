"""Actions as plain values: right ones, wrong ones, unlike ones."""

from functools import cache
from typing import Any

from support_queue_env.core.cases import Case, Task
from support_queue_env.core.conversion import unstructure
from support_queue_env.core.session import Environment
from support_queue_env.environment import load_environment


TASKS = {
    "easy_inbox_cleanup": 2,
    "medium_sla_defense": 3,
    "hard_exec_escalations": 4,
}
"""The classic tasks and how many tickets each has."""

ACTION: dict[str, Any] = {
    "priority": "P3",
    "queue": "technical",
    "disposition": "respond",
    "summary": "Nobody has read this ticket yet.",
    "response": "Thank you for writing; a colleague will answer.",
    "confidence": 0.25,
}
"""A valid action that knows nothing of any ticket."""


@cache
def environment() -> Environment:
    """The environment as this process loads it."""
    return load_environment()


def task(task_id: str) -> Task:
    """A classic task."""
    return environment().tasks.find(task_id)


def cases() -> list[Case]:
    """Every case of the classic tasks."""
    return [case for task_id in TASKS for case in task(task_id).cases]


def oracle(task_id: str) -> list[Any]:
    """The action that earns 1.0, for each ticket of a task."""
    return [unstructure(case.gold.oracle()) for case in task(task_id).cases]


def varied(task_id: str, variant: int) -> list[Any]:
    """Actions for each ticket of a task; other variants earn other rewards."""
    vocabulary = task(task_id).vocabulary
    labels = {
        "priority": vocabulary.priorities,
        "queue": vocabulary.queues,
        "disposition": vocabulary.dispositions,
    }
    return [
        action
        | {
            name: choices[(variant + place) % len(choices)]
            for bit, (name, choices) in enumerate(labels.items())
            if variant >> bit & 1
        }
        for place, action in enumerate(oracle(task_id))
    ]


def without(name: str) -> dict[str, Any]:
    """`ACTION` without one of its fields."""
    return {key: value for key, value in ACTION.items() if key != name}
