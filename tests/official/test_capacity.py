"""A full server as openenv's clients see it, and clients that die."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from answers import oracle
from openenv.core import GenericEnvClient, MCPToolClient
from server_process import server_process


TASK = "easy_inbox_cleanup"
RELEASED = 2.0
"""Seconds within which a slot is back."""

DYING = """
import os, signal, sys
from openenv.core import GenericEnvClient
from websockets.sync.client import connect
import json
url, action = sys.argv[1], json.loads(sys.argv[2])
clients = [GenericEnvClient(base_url=url).sync() for _ in range(3)]
for client in clients:
    client.reset(task_id="easy_inbox_cleanup")
    client.step(action)
socket = connect(url.replace("http", "ws") + "/ws", proxy=None)
socket.send(json.dumps({"type": "reset"}))
socket.recv()
# Dead before the reply to this step is read.
socket.send(json.dumps({"type": "step", "data": action}))
os.kill(os.getpid(), signal.SIGKILL)
"""


def soon(attempt: Callable[[], object]) -> float:
    """The seconds until an attempt works; fails after `RELEASED`."""
    start = time.monotonic()
    while True:
        try:
            attempt()
        except RuntimeError:
            if time.monotonic() - start > RELEASED:
                raise
            time.sleep(0.02)
        else:
            return time.monotonic() - start


def occupy(url: str, sessions: int) -> None:
    """Have so many sessions at a time, then leave."""
    clients = [GenericEnvClient(base_url=url).sync() for _ in range(sessions)]
    try:
        for client in clients:
            client.reset(task_id=TASK)
    finally:
        for client in clients:
            client.close()


def test_a_full_server_says_so() -> None:
    """One client too many reads CAPACITY_REACHED and the numbers; the rest play on."""
    with (
        server_process(max_sessions="2") as url,
        GenericEnvClient(base_url=url).sync() as first,
        GenericEnvClient(base_url=url).sync() as second,
    ):
        first.reset(task_id=TASK)
        second.reset(task_id=TASK)
        for _ in range(3):
            with (
                GenericEnvClient(base_url=url).sync() as third,
                pytest.raises(
                    RuntimeError, match=r"2/2 sessions.*\(code: CAPACITY_REACHED\)"
                ),
            ):
                third.reset(task_id=TASK)
        for client in (first, second):
            rewards = [client.step(action).reward for action in oracle(TASK)]
            assert [1.0, 1.0] == rewards


def test_a_full_server_says_so_to_mcp_clients() -> None:
    """The MCP client reads that there is no room, and gets in afterwards."""

    async def visit(url: str) -> int:
        async with MCPToolClient(base_url=url) as env:
            return len(await env.list_tools())

    with server_process(max_sessions="2") as url:
        with (
            GenericEnvClient(base_url=url).sync() as first,
            GenericEnvClient(base_url=url).sync() as second,
        ):
            first.reset(task_id=TASK)
            second.reset(task_id=TASK)
            with pytest.raises(RuntimeError, match="Server at capacity: 2/2"):
                asyncio.run(visit(url))
        soon(lambda: occupy(url, 2))
        assert 3 == asyncio.run(visit(url))
        soon(lambda: occupy(url, 2))


def test_slots_are_back_after_release() -> None:
    """Two seconds after clients have left, every slot can be had again."""
    with server_process(max_sessions="8") as url:
        occupy(url, 8)
        assert soon(lambda: occupy(url, 8)) < RELEASED


def test_a_client_that_is_killed_in_a_step() -> None:
    """Clients that die without a word, one within a step, leave every slot free."""
    with (
        server_process(max_sessions="5") as url,
        GenericEnvClient(base_url=url).sync() as survivor,
    ):
        survivor.reset(task_id=TASK)
        ran = subprocess.run(
            [sys.executable, "-c", DYING, url, json.dumps(oracle(TASK)[0])], check=False
        )
        assert -signal.SIGKILL == ran.returncode
        assert soon(lambda: occupy(url, 4)) < RELEASED
        rewards = [survivor.step(action).reward for action in oracle(TASK)]

    assert [1.0, 1.0] == rewards


def test_an_idle_client_reconnects() -> None:
    """A session left alone is closed; the client's next call opens another one."""
    with (
        server_process(idle_timeout="0.5", max_sessions="1") as url,
        GenericEnvClient(base_url=url).sync() as env,
    ):
        env.reset(task_id=TASK)
        time.sleep(1.5)
        occupy(url, 1)
        soon(lambda: env.reset(task_id=TASK))

        assert 1.0 == env.step(oracle(TASK)[0]).reward
