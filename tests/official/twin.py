"""openenv's own server with an environment shaped like ours, to compare replies with.

`python twin.py PORT` serves it.
"""

import sys
import uuid
from enum import StrEnum
from typing import Any

import uvicorn
from fastmcp import FastMCP
from openenv.core.env_server.http_server import create_app
from openenv.core.env_server.interfaces import Environment
from openenv.core.env_server.types import Action, Observation, State
from pydantic import Field


CAPACITY = 6


Priority = StrEnum("Priority", {name: name for name in ("P1", "P2", "P3", "P4")})
Queue = StrEnum("Queue", ["billing", "security", "success", "technical"])
Disposition = StrEnum("Disposition", ["respond", "request_info", "escalate", "close"])


class TwinAction(Action):
    """Our action, in pydantic."""

    priority: Priority
    queue: Queue
    disposition: Disposition
    summary: str = Field(min_length=8, max_length=280)
    response: str = Field(min_length=16, max_length=1200)
    confidence: float = Field(default=0.5, ge=0, le=1)


class TwinObservation(Observation):
    """Something to look at."""

    left: int = 0


class TwinEnvironment(Environment):
    """Two steps, both of which pay a half."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self) -> None:
        super().__init__()
        self._state: State | None = None
        self.mcp_server = FastMCP("twin")
        self.mcp_server.tool(self.episode_state)

    def episode_state(self) -> dict[str, Any]:
        """The state as a tool."""
        return self.state.model_dump()

    def reset(
        self,
        seed: int | None = None,
        episode_id: str | None = None,
        task_id: str | None = None,
        **_: Any,
    ) -> TwinObservation:
        """Start over; there are three tasks."""
        if task_id not in {None, *TASKS}:
            raise ValueError("unknown task")
        self._state = State(episode_id=episode_id or str(uuid.uuid4()), step_count=0)
        return TwinObservation(left=2)

    def step(
        self, action: TwinAction, timeout_s: float | None = None, **_: Any
    ) -> TwinObservation:
        """One of two."""
        if self._state is None:
            raise RuntimeError("call reset first")
        if self._state.step_count == 2:
            raise RuntimeError("the episode is over")
        self._state.step_count += 1
        left = 2 - self._state.step_count
        return TwinObservation(left=left, reward=0.5, done=left == 0)

    @property
    def state(self) -> State:
        """The episode so far."""
        return self._state or State()

    def list_splits(self) -> list[str]:
        """One split."""
        return ["test"]

    def list_tasks(self, split: str) -> list[dict[str, str]]:
        """Three tasks."""
        return [{"task_id": name} for name in TASKS] if split == "test" else []

    def num_tasks(self, split: str) -> int:
        """How many."""
        return len(self.list_tasks(split))

    def get_task(self, split: str, index: int) -> dict[str, str]:
        """One of them."""
        return self.list_tasks(split)[index]

    def get_task_range(
        self, split: str, start: int | None = None, stop: int | None = None
    ) -> list[dict[str, str]]:
        """Some of them."""
        return self.list_tasks(split)[start:stop]


TASKS = ("easy_inbox_cleanup", "medium_sla_defense", "hard_exec_escalations")


def main() -> None:
    """Serve until a signal ends it."""
    app = create_app(
        TwinEnvironment,
        TwinAction,
        TwinObservation,
        env_name="support_queue_env",
        max_concurrent_envs=CAPACITY,
    )
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="critical")


if __name__ == "__main__":
    main()
