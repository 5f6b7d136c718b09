"""The environment: one instance per session, as openenv's server makes them."""

import hashlib
from typing import Any
from uuid import uuid4

from grading import WEIGHTS, grade
from inbox import PACK, Task, load_tasks
from openenv.core.env_server.interfaces import Environment
from values import Feedback, TriageAction, TriageObservation, TriageState


TASKS = load_tasks()
DEFAULT = next(iter(TASKS))
DIGEST = hashlib.sha256(PACK.read_bytes()).hexdigest()
SIGNATURE = "|".join(["triage", "rubric:classic.1", *WEIGHTS, f"d:{DIGEST[:8]}"])


class TriageEnvironment(Environment[TriageAction, TriageObservation, TriageState]):
    """An inbox, ticket by ticket."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self) -> None:
        super().__init__()
        self._task: Task | None = None
        self._episode_id: str | None = None
        self._seed: int | None = None
        self._actions: list[TriageAction] = []
        self._graded: list[Feedback] = []
        self._cumulative = 0.0

    def reset(
        self,
        seed: int | None = None,
        episode_id: str | None = None,
        task_id: str | None = None,
        **_: Any,
    ) -> TriageObservation:
        """Begin an episode of a task.

        Raises:
            ValueError: no task has that id.
        """
        if task_id is not None and task_id not in TASKS:
            raise ValueError(f"unknown task {task_id!r}; there are {', '.join(TASKS)}")
        self._task = TASKS[task_id or DEFAULT]
        self._episode_id = episode_id or str(uuid4())
        self._seed = seed
        self._actions, self._graded, self._cumulative = [], [], 0.0
        return self._observe(self._task)

    def step(
        self, action: TriageAction, timeout_s: float | None = None, **_: Any
    ) -> TriageObservation:
        """Grade the answer to the current ticket and show the next.

        Raises:
            RuntimeError: before the first reset, and after the last ticket.
        """
        task, index = self._task, len(self._graded)
        if task is None:
            raise RuntimeError("no episode yet; call reset first")
        if index == len(task.tickets):
            raise RuntimeError("the episode is over; call reset")
        feedback = grade(task.tickets[index].ticket_id, task.truths[index], action)
        self._actions.append(action)
        self._graded.append(feedback)
        self._cumulative += feedback.reward
        return self._observe(task, feedback)

    @property
    def state(self) -> TriageState:
        """The episode so far; made when it is asked for, so that steps are cheap."""
        if self._task is None:
            return TriageState()
        answered, total = len(self._graded), len(self._task.tickets)
        return TriageState(
            episode_id=self._episode_id,
            step_count=answered,
            task_id=self._task.task_id,
            current_index=answered,
            total_tickets=total,
            done=answered == total,
            cumulative_reward=self._cumulative,
            average_reward=self._average,
            processed_ticket_ids=[feedback.ticket_id for feedback in self._graded],
            action_history=self._actions,
            grading_history=self._graded,
            seed=self._seed,
        )

    @property
    def _average(self) -> float:
        return self._cumulative / len(self._graded) if self._graded else 0.0

    def _observe(
        self, task: Task, feedback: Feedback | None = None
    ) -> TriageObservation:
        answered, total = len(self._graded), len(task.tickets)
        return TriageObservation(
            task_id=task.task_id,
            task_title=task.title,
            difficulty=task.difficulty,
            instructions=task.instructions,
            current_index=answered,
            total_tickets=total,
            ticket=task.tickets[answered] if answered < total else None,
            allowed_priorities=["P1", "P2", "P3", "P4"],
            allowed_queues=[
                "billing",
                "security",
                "success",
                "technical",
                "trust_safety",
            ],
            allowed_dispositions=["respond", "request_info", "escalate", "close"],
            scoring_weights=WEIGHTS,
            last_feedback=feedback,
            reward=feedback.reward if feedback else None,
            cumulative_reward=self._cumulative,
            done=answered == total,
            info={
                "episode_id": self._episode_id,
                "step_count": answered,
                "average_reward": self._average,
                "rubric": "classic",
                "rubric_digest": DIGEST,
                "rubric_signature": SIGNATURE,
            },
        )
