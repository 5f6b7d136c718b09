"""Generated task packs, as large as one likes, to see what knowing many tickets costs."""

from collections.abc import Iterator
from pathlib import Path

from .messages import GENERATED, TICKETS


_HEAD = """\
schema = 1
name = "generated-from-{first}"
[vocabulary]
priorities = ["P1", "P2", "P3", "P4"]
queues = ["billing", "security", "success", "technical", "trust_safety"]
dispositions = ["respond", "request_info", "escalate", "close"]
"""

_TASK = """\
[[tasks]]
task_id = "{task}"
title = "One of many"
difficulty = "easy"
split = "train"
instructions = "Triage these tickets in order."
tickets = [{tickets}]
"""

_TICKET = """\
[[tickets]]
ticket_id = "T-{number}"
subject = "Export {number} has stopped"
body = "Since this morning export {number} stops at page 7. The log of job {number} ends early."
customer_tier = "business"
product_area = "export"
sla_hours = 4
[tickets.gold]
priority = "P2"
queue = "technical"
disposition = "escalate"
summary_keywords = ["export {number}", "stops", "page 7"]
response_keywords = ["engineer", "log of job {number}"]
disallowed_phrases = ["your own fault {number}"]
reference_summary = "Since this morning export {number} stops at page 7."
reference_response = "An engineer reads the log of job {number} now and answers here."
"""


TASKS_IN_A_FILE = 4_000
"""More would be near to the largest file that a server reads."""


def write_packs(folder: Path, tasks: int) -> list[Path]:
    """Packs of so many tasks together, in a new folder.

    A task has as many tickets as the load plays.
    """
    folder.mkdir()
    files = []
    for first in range(0, tasks, TASKS_IN_A_FILE):
        file = folder / f"from-{first}.toml"
        with file.open("w", encoding="utf-8") as written:
            last = min(first + TASKS_IN_A_FILE, tasks)
            written.writelines(_parts(range(first, last)))
        files.append(file)
    return files


def _parts(tasks: range) -> Iterator[str]:
    yield _HEAD.format(first=tasks.start)
    for task in tasks:
        numbers = range(task * TICKETS, (task + 1) * TICKETS)
        named = ", ".join(f'"T-{number}"' for number in numbers)
        yield _TASK.format(task=f"{GENERATED}{task}", tickets=named)
        for number in numbers:
            yield _TICKET.format(number=number)
