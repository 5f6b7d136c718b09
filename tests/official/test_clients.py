"""openenv's own clients play whole episodes on a running server."""

import asyncio
import functools
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from answers import TASKS, oracle
from openenv.core import GenericAction, GenericEnvClient
from plays import TASK_IDS, heuristic, heuristic_rewards, oracle_actions

from support_queue_env.client import SupportQueueEnv
from support_queue_env.core.conversion import structure, unstructure
from support_queue_env.models import (
    SupportQueueAction,
    SupportQueueObservation,
    SupportQueueState,
)


def in_a_loop(
    test: Callable[..., Coroutine[Any, Any, None]],
) -> Callable[..., None]:
    """A test that runs in an event loop of its own."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


def observed(result: Any) -> SupportQueueObservation:
    """A generic client's result as our observation."""
    whole = {**result.observation, "reward": result.reward, "done": result.done}
    return structure(whole, SupportQueueObservation, "observation")


@pytest.mark.parametrize("task_id", TASKS)
def test_generic_client_sync(server: str, task_id: str) -> None:
    """The generic client in sync code plays the oracle and is paid 1.0 a ticket."""
    with GenericEnvClient(base_url=server).sync() as env:
        reset = env.reset(task_id=task_id, seed=3, episode_id="generic")
        results = [env.step(action) for action in oracle(task_id)]
        state = env.state()

    assert (None, False) == (reset.reward, reset.done)
    assert [1.0] * TASKS[task_id] == [result.reward for result in results]
    assert [False] * (TASKS[task_id] - 1) + [True] == [r.done for r in results]
    assert ("generic", TASKS[task_id]) == (state["episode_id"], state["step_count"])
    assert 3 == state["seed"]


@pytest.mark.parametrize("task_id", TASKS)
def test_generic_client_async(server: str, task_id: str) -> None:
    """The generic client in async code plays the heuristic policy to the end."""

    async def play() -> tuple[float, ...]:
        policy, rewards = heuristic(), []
        async with GenericEnvClient(base_url=server) as env:
            result = await env.reset(task_id=task_id)
            while not result.done:
                action = GenericAction(**unstructure(policy.act(observed(result))))
                result = await env.step(action)
                rewards.append(result.reward)
        return tuple(rewards)

    assert heuristic_rewards(task_id) == asyncio.run(play())


@pytest.mark.parametrize("task_id", TASKS)
def test_typed_client_sync(server: str, task_id: str) -> None:
    """Our typed client gives typed observations and a typed state in sync code."""
    policy, rewards = heuristic(), []
    with SupportQueueEnv(base_url=server).sync() as env:
        result = env.reset(task_id=task_id)
        assert isinstance(result.observation, SupportQueueObservation)
        while not result.done:
            result = env.step(policy.act(result.observation))
            assert result.reward == result.observation.reward
            rewards.append(result.reward)
        state = env.state()

    assert heuristic_rewards(task_id) == tuple(rewards)
    assert isinstance(state, SupportQueueState)
    assert state.task is not None
    assert (task_id, True) == (state.task.task_id, state.done)
    assert isinstance(state.action_history[0], SupportQueueAction)


@pytest.mark.parametrize("task_id", TASKS)
@in_a_loop
async def test_typed_client_async(server: str, task_id: str) -> None:
    """Our typed client plays the oracle in async code and is paid 1.0 a ticket."""
    async with SupportQueueEnv(base_url=server) as env:
        await env.reset(task_id=task_id)
        results = [await env.step(action) for action in oracle_actions(task_id)]
        state = await env.state()

    assert [1.0] * TASKS[task_id] == [result.reward for result in results]
    assert results[-1].observation.done
    assert 1.0 == state.average_reward


def test_a_client_may_be_called_without_sync(server: str) -> None:
    """In sync code openenv's client needs no wrapper: each call runs by itself."""
    env = SupportQueueEnv(base_url=server)
    try:
        first = env.reset(task_id="easy_inbox_cleanup")
        result = env.step(oracle_actions("easy_inbox_cleanup")[0])
    finally:
        env.close()

    assert not first.done
    assert 1.0 == result.reward


@in_a_loop
async def test_new_session(server: str) -> None:
    """A client's further sessions play episodes of their own on the same server."""
    async with GenericEnvClient(base_url=server) as first:
        await first.reset(task_id="easy_inbox_cleanup")
        second = await first.new_session()
        await second.reset(task_id="medium_sla_defense")
        await second.step(oracle("medium_sla_defense")[0])
        states = [await first.state(), await second.state()]

    assert [0, 1] == [state["step_count"] for state in states]
    assert ["easy_inbox_cleanup", "medium_sla_defense"] == [
        state["task"]["task_id"] for state in states
    ]


def test_new_session_sync(server: str) -> None:
    """The same in sync code, with the typed client."""
    with SupportQueueEnv(base_url=server).sync() as first:
        first.reset(task_id="easy_inbox_cleanup")
        with first.new_session() as second:
            assert second.state().episode_id is None
            second.reset(task_id="hard_exec_escalations")
            assert 4 == second.state().total_tickets
        assert 2 == first.state().total_tickets


@pytest.mark.parametrize("url", ["{host}", "ws://{host}", "http://{host}/"])
def test_base_urls(server: str, url: str) -> None:
    """Each way to write the address that openenv's client takes leads to the server."""
    address = url.format(host=server.removeprefix("http://"))
    with GenericEnvClient(base_url=address).sync() as env:
        assert 2 == env.reset().observation["total_tickets"]


def test_a_client_that_reconnects_has_a_new_session(server: str) -> None:
    """After disconnecting, the same client object may play again, from the start."""
    env = GenericEnvClient(base_url=server).sync()
    with env:
        env.reset(task_id=TASK_IDS[0])
        env.disconnect()
        assert None is env.state()["episode_id"]
        assert 3 == env.reset(task_id=TASK_IDS[1]).observation["total_tickets"]


@in_a_loop
async def test_a_timeout_loses_no_reply(server: str) -> None:
    """A call that is given up drops its session; the next one starts a clean one."""
    async with GenericEnvClient(base_url=server) as env:
        await env.reset(task_id=TASK_IDS[0])
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(env.reset(task_id=TASK_IDS[0]), timeout=0)
        await env.reset(task_id=TASK_IDS[2])
        result = await env.step(oracle(TASK_IDS[2])[0])
        state = await env.state()

    assert 1.0 == result.reward
    assert TASK_IDS[2] == state["task"]["task_id"]
