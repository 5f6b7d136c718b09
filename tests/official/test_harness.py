"""openenv's harness collects rollouts from a running server, as the example shows."""

import json
import math
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from answers import TASKS
from openenv.core.harness import HarnessRunLimits, MCPHarnessAdapter, ModelStepResult
from openenv.core.harness.rollout import build_harness_rollout_func
from openenv.core.llm_client import LLMResponse, ToolCall
from plays import TASK_IDS, heuristic_rewards, oracle_actions

from support_queue_env.core.conversion import unstructure


EXAMPLE = Path(__file__).parents[2] / "examples" / "collect_rollouts.py"


@pytest.fixture(scope="module")
def example() -> Any:
    """The example as a module."""
    spec = spec_from_file_location("collect_rollouts", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(server: str, output: Path, episodes: int) -> str:
    """What the example prints."""
    ran = subprocess.run(
        [
            sys.executable,
            str(EXAMPLE),
            *("--url", server, "--output", str(output), "--episodes", str(episodes)),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.splitlines()[-1]


def rows(output: Path) -> list[Any]:
    """The collected episodes."""
    text = (output / "results.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def mean(rewards: tuple[float, ...]) -> float:
    """The mean."""
    return math.fsum(rewards) / len(rewards)


def test_the_example_collects(server: str, tmp_path: Path) -> None:
    """Each row is a whole episode whose reward is the mean over its tickets."""
    said = run(server, tmp_path, 3)
    found = rows(tmp_path)

    assert said.startswith("collected 3, skipped 0, failed 0")
    assert list(TASK_IDS) == [row["task"]["task_id"] for row in found]
    for row, task_id in zip(found, TASK_IDS, strict=True):
        rewards = heuristic_rewards(task_id)
        assert row["done"]
        assert math.isclose(mean(rewards), row["reward"])
        assert list(rewards) == row["verify_metrics"]["raw_rewards"]
        assert TASKS[task_id] == len(row["tool_trace"]) == row["metrics"]["turns"]
        assert [0.0] * (TASKS[task_id] - 1) + [row["reward"]] == [
            call["result"]["metadata"]["reward"] for call in row["tool_trace"]
        ]
        assert 64 == len(row["artifacts"]["rubric_digest"].removeprefix("sha256:"))


def test_messages_are_a_chat(example: Any, server: str, tmp_path: Path) -> None:
    """The messages alternate as chat models expect, each result after its call."""
    example.collect(server, tmp_path, 1)
    messages = rows(tmp_path)[0]["messages"]

    assert ["system", "user", "assistant", "tool", "assistant", "tool"] == [
        message["role"] for message in messages
    ]
    for asked, answered in zip(messages[2::2], messages[3::2], strict=True):
        (call,) = asked["tool_calls"]
        assert ("submit_triage", call["id"]) == (
            call["function"]["name"],
            answered["tool_call_id"],
        )


def test_collecting_goes_on(example: Any, server: str, tmp_path: Path) -> None:
    """A second run keeps what is there and adds what is missing."""
    example.collect(server, tmp_path, 2)
    first = rows(tmp_path)
    result = example.collect(server, tmp_path, 4)

    assert (2, 2, 0) == (result.num_collected, result.num_skipped, result.num_failed)
    assert first == rows(tmp_path)[:2]
    assert ["ep-000000", "ep-000001", "ep-000002", "ep-000003"] == [
        row["episode_id"] for row in rows(tmp_path)
    ]


def test_a_bad_call_fails_its_episode_only(
    example: Any, server: str, tmp_path: Path
) -> None:
    """An answer that the server refuses loses one episode, not the run."""

    def model(messages: Any, tools: Any, sampling: Any) -> Any:
        turn = example.scripted_model(messages, tools, sampling)
        if "medium" in messages[-1]["content"]:
            turn.response.tool_calls[0].args["queue"] = "nobody"
        return turn

    result = example.collect(server, tmp_path, 3, model=model)

    assert (2, 1) == (result.num_collected, result.num_failed)
    assert ["easy_inbox_cleanup", "hard_exec_escalations"] == [
        row["task"]["task_id"] for row in rows(tmp_path)
    ]


def test_the_tools_of_a_session(example: Any, server: str) -> None:
    """A session offers the one tool with the action's schema, and no orchestration."""
    session = example.Sessions(server).create({"task_id": TASK_IDS[0]})
    try:
        (tool,) = session.list_tools()
        with pytest.raises(KeyError, match="Reserved"):
            session.call_tool("reset", {})
    finally:
        session.close()

    assert "submit_triage" == tool.name
    assert "priority" in tool.input_schema["properties"]


def test_the_rollout_function_for_trainers(example: Any, server: str) -> None:
    """`build_harness_rollout_func`, which TRL calls, pays the oracle 1.0."""

    def builder(trainer: Any, session: Any) -> Any:
        turns = iter(oracle_actions(session._task["task_id"]))

        def model(messages: Any, tools: Any, sampling: Any) -> ModelStepResult:
            call = ToolCall(id="1", name=tools[0].name, args=unstructure(next(turns)))
            return ModelStepResult(
                response=LLMResponse(content="", tool_calls=[call]),
                prompt_ids=[1],
                completion_ids=[2],
                logprobs=[0.0],
            )

        return model

    rollout = build_harness_rollout_func(
        session_factory=example.Sessions(server),
        harness_adapter=MCPHarnessAdapter(),
        model_step_builder=builder,
        limits=HarnessRunLimits(max_turns=8),
    )
    outcome = rollout([{"task_id": task_id} for task_id in TASK_IDS], None)

    assert [1.0, 1.0, 1.0] == outcome["env_reward"]
    assert [[2] * size for size in TASKS.values()] == outcome["completion_ids"]
