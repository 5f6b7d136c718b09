"""`SupportQueueEnv`: this environment's client on OpenEnv's own `EnvClient`.

    with SupportQueueEnv(base_url="http://localhost:8000").sync() as env:
        result = env.reset(task_id="easy_inbox_cleanup")

OpenEnv's discovery looks up the action, observation and state classes here too.
"""

import os
from collections.abc import Mapping
from typing import Any

from .core.api_keys import authorization
from .core.conversion import structure, unstructure
from .models import SupportQueueAction, SupportQueueObservation, SupportQueueState


try:
    from openenv.core.client_types import StepResult
    from openenv.core.env_client import EnvClient
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "openenv":
        raise
    raise ImportError(
        "the OpenEnv client needs an extra: "
        'pip install "openenv-support-queue-env[openenv]"',
        name=error.name,
    ) from error


__all__ = [
    "SupportQueueAction",
    "SupportQueueEnv",
    "SupportQueueObservation",
    "SupportQueueState",
]


class SupportQueueEnv(
    EnvClient[SupportQueueAction, SupportQueueObservation, SupportQueueState]  # type: ignore[misc]  # Any without the extra
):
    """Plays Support Queue over OpenEnv's WebSocket protocol.

    Where `headers` are not given, the key in SUPPORT_QUEUE_API_KEY is sent, if any.
    """

    def __init__(
        self,
        *arguments: Any,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> None:
        sent = authorization(os.environ) if headers is None else headers
        super().__init__(*arguments, headers=dict(sent) or None, **options)

    def _step_payload(self, action: SupportQueueAction) -> dict[str, Any]:
        payload: dict[str, Any] = unstructure(action)
        return payload

    def _parse_result(
        self, payload: Mapping[str, Any]
    ) -> "StepResult[SupportQueueObservation]":
        reward, done = payload.get("reward"), payload.get("done", False)
        whole = {**payload.get("observation", {}), "reward": reward, "done": done}
        observation = structure(whole, SupportQueueObservation, "observation")
        return StepResult(
            observation=observation,
            reward=observation.reward,
            done=observation.done,
            metadata=payload.get("metadata"),
        )

    def _parse_state(self, payload: Mapping[str, Any]) -> SupportQueueState:
        return structure(payload, SupportQueueState, "state")
