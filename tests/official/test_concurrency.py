"""Many of openenv's async clients at a time: isolated, and paid as if alone."""

import asyncio

import pytest
from openenv.core import GenericEnvClient
from plays import script, script_rewards
from server_process import server_process


async def play(url: str, number: int, started: asyncio.Barrier) -> tuple[float, ...]:
    """The rewards of one client, who does not step before everybody has reset."""
    task_id, actions = script(number)
    episode_id = f"client-{number}"
    async with GenericEnvClient(base_url=url, connect_timeout_s=60) as env:
        await env.reset(task_id=task_id, episode_id=episode_id)
        await started.wait()
        rewards = [(await env.step(action)).reward for action in actions]
        state = await env.state()
    assert episode_id == state["episode_id"]
    assert actions == [
        {key: done[key] for key in actions[0]} for done in state["action_history"]
    ]
    return tuple(rewards)


async def play_together(url: str, clients: int) -> list[tuple[float, ...]]:
    """The rewards of so many clients at a time."""
    started = asyncio.Barrier(clients)
    return await asyncio.gather(*(play(url, n, started) for n in range(clients)))


@pytest.mark.parametrize("clients", [16, 256])
def test_concurrent_clients(clients: int) -> None:
    """Every client plays its own episode and earns what it earns played alone."""
    with server_process() as url:
        rewards = asyncio.run(play_together(url, clients))

    assert [script_rewards(number) for number in range(clients)] == rewards
    assert len(set(rewards)) > 4


def test_training_in_rounds() -> None:
    """A trainer may come back round after round to a server that is just big enough."""
    with server_process(max_sessions="16") as url:
        for _ in range(4):
            rewards = asyncio.run(play_together(url, 16))

            assert [script_rewards(number) for number in range(16)] == rewards
