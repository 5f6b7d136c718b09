"""openenv's MCP client: tools over HTTP, episodes over the joined WebSocket."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from answers import ACTION, TASKS, oracle
from openenv.core import MCPToolClient
from plays import script, script_rewards


def visit(server: str, play: Callable[[Any], Coroutine[Any, Any, Any]]) -> Any:
    """What a coroutine makes of a connected client."""

    async def run() -> Any:
        async with MCPToolClient(base_url=server) as env:
            return await play(env)

    return asyncio.run(run())


def test_tools(server: str) -> None:
    """Three tools are listed, with the action's schema for the answer."""
    tools = visit(server, lambda env: env.list_tools())

    assert ["current_ticket", "submit_triage", "episode_state"] == [
        tool.name for tool in tools
    ]
    schema = tools[1].input_schema
    assert ["P1", "P2", "P3", "P4"] == schema["properties"]["priority"]["enum"]
    assert {"priority", "queue", "disposition", "summary", "response"} == set(
        schema["required"]
    )


@pytest.mark.parametrize("task_id", TASKS)
def test_an_episode_by_tools(server: str, task_id: str) -> None:
    """Reset over the WebSocket, then tools alone lead to the end of the episode."""

    async def play(env: Any) -> Any:
        await env.reset(task_id=task_id)
        first = await env.call_tool("current_ticket")
        results = [await env.call_tool("submit_triage", **a) for a in oracle(task_id)]
        return first, results, await env.call_tool("episode_state")

    first, results, state = visit(server, play)

    assert task_id == first["observation"]["task_id"]
    assert [1.0] * TASKS[task_id] == [result["reward"] for result in results]
    assert [False] * (TASKS[task_id] - 1) + [True] == [r["done"] for r in results]
    assert (TASKS[task_id], True) == (state["step_count"], state["done"])


def test_an_episode_by_tools_alone(server: str) -> None:
    """`current_ticket` starts the default task when nobody has reset."""

    async def play(env: Any) -> Any:
        first = await env.call_tool("current_ticket")
        task_id = first["observation"]["task_id"]
        return [await env.call_tool("submit_triage", **a) for a in oracle(task_id)]

    assert [1.0, 1.0] == [result["reward"] for result in visit(server, play)]


def test_tools_and_socket_share_the_session(server: str) -> None:
    """A step of the WebSocket is seen by the tools, and the reverse."""

    async def play(env: Any) -> Any:
        await env.reset(task_id="medium_sla_defense", episode_id="shared")
        await env.call_tool("submit_triage", **oracle("medium_sla_defense")[0])
        return await env.state(), await env.call_tool("episode_state")

    state, told = visit(server, play)

    assert ("shared", 1) == (state.episode_id, state.step_count)
    assert ("shared", 1) == (told["episode_id"], told["step_count"])


def test_sessions_keep_apart(server: str) -> None:
    """MCP clients at the same time play episodes of their own."""

    async def play(number: int) -> tuple[float, ...]:
        task_id, actions = script(number)
        async with MCPToolClient(base_url=server) as env:
            await env.reset(task_id=task_id)
            results = [await env.call_tool("submit_triage", **a) for a in actions]
        return tuple(result["reward"] for result in results)

    async def play_all() -> list[tuple[float, ...]]:
        return await asyncio.gather(*(play(number) for number in range(12)))

    assert [script_rewards(number) for number in range(12)] == asyncio.run(play_all())


def test_the_sync_client(server: str) -> None:
    """The same works in sync code."""
    with MCPToolClient(base_url=server).sync() as env:
        env.reset(task_id="easy_inbox_cleanup")
        assert 3 == len(env.list_tools())
        results = [
            env.call_tool("submit_triage", **action)
            for action in oracle("easy_inbox_cleanup")
        ]

    assert [1.0, 1.0] == [result["reward"] for result in results]


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("no_such_tool", {}, "Tool not found: no_such_tool"),
        ("reset", {}, "Tool not found: reset"),
        ("submit_triage", ACTION | {"priority": "P9"}, "priority"),
        ("submit_triage", {}, "priority"),
        ("current_ticket", {"x": 1}, "x"),
    ],
)
def test_a_refused_call(
    server: str, tool: str, arguments: dict[str, Any], words: str
) -> None:
    """The user reads why; the episode goes on as if nothing had been called."""

    async def play(env: Any) -> Any:
        await env.reset(task_id="easy_inbox_cleanup")
        with pytest.raises(RuntimeError, match=rf"Tool '{tool}' failed.*{words}"):
            await env.call_tool(tool, **arguments)
        return [
            await env.call_tool("submit_triage", **action)
            for action in oracle("easy_inbox_cleanup")
        ]

    assert [1.0, 1.0] == [result["reward"] for result in visit(server, play)]
