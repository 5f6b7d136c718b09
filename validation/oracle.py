"""The oracle: earns the whole reward on every ticket of every task.

Plays the reference answers of the task packs in this process, prints what each task
paid as one line of JSON, and exits with 1 when that is less than everything.
"""

import json
import sys

from support_queue_env.core.cases import Task
from support_queue_env.core.session import Environment, Session
from support_queue_env.environment import load_environment
from support_queue_env.models import ResetOptions


def play(environment: Environment, task: Task) -> list[float | None]:
    """What the oracle earns with each ticket of a task."""
    session = Session(environment)
    session.reset(ResetOptions(task_id=task.task_id))
    return [session.step(case.gold.oracle()).reward for case in task.cases]


def main() -> int:
    """The exit code."""
    environment = load_environment()
    rewards = {task.task_id: play(environment, task) for task in environment.tasks}
    sys.stdout.write(json.dumps(rewards) + "\n")
    return int(any(reward != 1.0 for paid in rewards.values() for reward in paid))


if __name__ == "__main__":
    sys.exit(main())
