"""Collect rollouts from a running server with OpenEnv's own harness.

    pip install "openenv-support-queue-env[openenv]"
    support-queue serve &
    python examples/collect_rollouts.py --output rollouts --episodes 6

Each episode becomes one line of `rollouts/results.jsonl`: the messages, the calls of
the tool `submit_triage` with their results, and the reward. `openenv.core.harness`
takes the reward of the last call for that of the episode, so episodes are reset with
`rewards="terminal"`: the last step then pays the mean over all tickets, and the steps
before it pay 0. A second run with the same output goes on where the first one ended.

The model here is a script, our rule-based policy, so that a run is repeatable and
needs no key. For a language model, give `collect` the result of OpenEnv's own
`build_model_step(create_llm_client(...))` in place of `scripted_model`.
"""

import argparse
import itertools
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
from openenv.core.client_types import StepResult
from openenv.core.env_server.mcp_types import Tool
from openenv.core.harness import (
    HarnessRunLimits,
    MCPHarnessAdapter,
    ModelStepResult,
    ResourceSessionFactory,
    StepEnvSessionAdapter,
    ToolResult,
    VerifyResult,
)
from openenv.core.harness.collect import (
    CollectResult,
    CollectRunner,
    RolloutSerializer,
)
from openenv.core.llm_client import LLMResponse, ToolCall

from support_queue_env.client import SupportQueueEnv
from support_queue_env.core.conversion import structure, unstructure
from support_queue_env.evaluation.connection import list_tasks
from support_queue_env.evaluation.heuristic import HeuristicPolicy
from support_queue_env.models import (
    SupportQueueAction,
    SupportQueueObservation,
    SupportQueueState,
)


TOOL = "submit_triage"

Messages = list[dict[str, Any]]
Result = StepResult[SupportQueueObservation]


class Sessions(ResourceSessionFactory[StepEnvSessionAdapter]):
    """One session on the server for every rollout; a task is `{"task_id": …}`."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        schema = httpx.get(f"{base_url}/schema", trust_env=False).raise_for_status()
        self._tool = Tool(
            name=TOOL,
            description="Answer the current ticket; returns the next one.",
            input_schema=schema.json()["action"],
        )

    def create(
        self,
        task: Mapping[str, Any],
        seed: int | None = None,
        episode_id: str | None = None,
    ) -> StepEnvSessionAdapter:
        """A session that has been reset to the task."""
        return StepEnvSessionAdapter(
            SupportQueueEnv(base_url=self._base_url),
            task=task,
            seed=seed,
            episode_id=episode_id,
            tool_specs=[self._tool],
            action_builder=read_action,
            initial_messages_builder=first_messages,
            tool_result_builder=told,
            verify_builder=verified,
            reset_kwargs={**task, "rewards": "terminal"},
        )


def read_action(_: str, arguments: dict[str, Any]) -> SupportQueueAction:
    """What the model wrote as an action; a label is for the server to judge."""
    return structure(arguments, SupportQueueAction, "action")


def first_messages(result: Result, _: object) -> Messages:
    """What the model reads before its first turn."""
    seen = result.observation
    return [
        {"role": "system", "content": seen.instructions},
        {"role": "user", "content": json.dumps(unstructure(seen))},
    ]


def told(
    _: str, __: object, result: Result, ___: SupportQueueState | None
) -> ToolResult:
    """What the model reads after a call, and what the call paid."""
    return ToolResult(
        data=unstructure(result.observation),
        done=result.done,
        metadata={"reward": result.reward},
    )


def verified(
    _: Messages, __: object, last: Result | None, state: SupportQueueState | None
) -> VerifyResult:
    """The reward as the environment paid it, and what to keep with it."""
    if last is None or state is None:
        return VerifyResult()
    return VerifyResult(
        env_reward=last.reward,
        done=last.done,
        metrics={
            "step_count": state.step_count,
            "raw_rewards": [graded.raw_reward for graded in state.grading_history],
        },
        artifacts={"rubric": state.rubric, "rubric_digest": state.rubric_digest},
    )


def scripted_model(
    messages: Messages, _: list[Tool], __: dict[str, Any]
) -> ModelStepResult:
    """A turn of the rule-based policy: reads the last message, calls the tool."""
    seen = structure(
        json.loads(messages[-1]["content"]), SupportQueueObservation, "observation"
    )
    answer = unstructure(HeuristicPolicy().act(seen))
    call = ToolCall(id=f"call-{seen.current_index}", name=TOOL, args=answer)
    return ModelStepResult(response=LLMResponse(content="", tool_calls=[call]))


def collect(
    base_url: str, output: Path, episodes: int, *, model: Any = scripted_model
) -> CollectResult:
    """Play so many episodes, task after task, and keep them in `output`."""
    cards = list_tasks(base_url)
    runner = CollectRunner(
        session_factory=Sessions(base_url),
        harness_adapter=MCPHarnessAdapter(),
        serializer=RolloutSerializer(output),
        tasks=itertools.cycle([{"task_id": card.task_id} for card in cards]),
        limits=HarnessRunLimits(max_turns=max(card.total_tickets for card in cards)),
    )
    return runner.run(model_step=model, num_episodes=episodes)


def main() -> int:
    """The exit code: 1 when an episode failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--output", type=Path, default=Path("rollouts"))
    parser.add_argument("--episodes", type=int, default=3)
    asked = parser.parse_args()
    result = collect(asked.url, asked.output, asked.episodes)
    sys.stdout.write(
        f"collected {result.num_collected}, skipped {result.num_skipped}, "
        f"failed {result.num_failed}, average reward {result.avg_reward:.4f}\n"
    )
    return int(result.num_failed > 0)


if __name__ == "__main__":
    sys.exit(main())
