"""Servers of several processes: what workers are told, and how they end."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import fields
from command_line import SCRIPT, run_process
from hypothesis import given
from hypothesis import strategies as st
from server_process import clean_environment, free_port
from workbook import blocks

from support_queue_env.core.errors import ConfigurationError
from support_queue_env.server import worker
from support_queue_env.server.running import bind
from support_queue_env.server.settings import Settings
from support_queue_env.server.worker import Assignment, assignment


PATIENCE = 30

ONLY_IN_THE_PARENT = """
import multiprocessing

from attrs import frozen
from support_queue_env.plugins import Score, SupportQueueAction, hookimpl

if multiprocessing.parent_process() is not None:
    raise RuntimeError("not in a worker")


@frozen
class Plugin:
    name = "parental"

    @hookimpl
    def score(self, action: SupportQueueAction) -> Score:
        return Score(1, "always")
"""


def texts() -> st.SearchStrategy[Any]:
    """Text as a command line may hold it: commas, and bytes that are no UTF-8."""
    return st.text(st.characters(exclude_characters="\0", min_codepoint=1))


@st.composite
def every_setting(draw: st.DrawFn) -> Settings:
    """Settings whose every field may be anything of its type."""
    kinds: dict[type, st.SearchStrategy[Any]] = {
        str: texts(),
        bool: st.booleans(),
        int: st.integers(),
        float: st.floats(allow_nan=False),
        tuple: st.lists(texts()).map(tuple),
    }
    return Settings(
        **{
            setting.name: draw(kinds[type(setting.default)])
            for setting in fields(Settings)
        }
    )


@given(settings=every_setting(), run_id=texts())
def test_a_worker_is_told_exactly(settings: Settings, run_id: str) -> None:
    """Whatever settings hold, a worker reads the same ones."""
    told = Assignment(settings=settings, run_id=run_id, folder=Path("a, b"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(worker.VARIABLE, "")
        told.hand_over()
        patch.setattr("multiprocessing.parent_process", lambda: "a parent")

        assert told == assignment()


@contextmanager
def serving(port: int, *flags: str) -> Iterator["subprocess.Popen[bytes]"]:
    """`serve` with those flags, once it answers; it and its workers end afterwards."""
    command = [str(SCRIPT), "serve", "--port", str(port), *flags]
    process = subprocess.Popen(
        command, env=clean_environment(), stderr=subprocess.DEVNULL
    )
    try:
        give_up = time.monotonic() + PATIENCE
        while not answers(port):
            assert process.poll() is None
            assert time.monotonic() < give_up
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE)


def answers(port: int) -> bool:
    """Whether a server is there."""
    try:
        return asked(port, "/health").is_success
    except httpx.TransportError:
        return False


def asked(port: int, path: str) -> httpx.Response:
    """The reply to a GET."""
    return httpx.get(f"http://127.0.0.1:{port}{path}", trust_env=False)


def test_workers_end_with_a_killed_parent(tmp_path: Path) -> None:
    """The port is free again, and a server starts there; a comma in a path is a comma."""
    pack, port = tmp_path / "one,two.toml", free_port()
    lamps = next(b for b in blocks("docs/task-packs.md") if b.name == "lamps.toml")
    pack.write_text(lamps.text, encoding="utf-8")
    store = f"sqlite:///{tmp_path}/episodes.db"
    flags = ("--workers", "2", "--database-url", store, "--pack", str(pack))
    with serving(port, *flags) as process:
        os.kill(process.pid, signal.SIGKILL)
        process.wait(PATIENCE)
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up:
            try:
                bind("127.0.0.1", port).close()
            except ConfigurationError:
                time.sleep(0.05)
            else:
                break
    with serving(port, "--database-url", store):
        assert answers(port)


def test_a_worker_that_cannot_start_ends_the_server(tmp_path: Path) -> None:
    """It is not started again for ever: one sentence says why, and exit code 2."""
    module = tmp_path / "parental_plugin.py"
    module.write_text(ONLY_IN_THE_PARENT, encoding="utf-8")
    store = f"sqlite:///{tmp_path}/episodes.db"
    flags = ("--workers", "2", "--database-url", store, "--log-level", "error")
    plugin = ("--plugin", "parental_plugin:Plugin")
    result = run_process("serve", "--port", "0", *flags, *plugin, cwd=tmp_path)
    said = [line for line in result.err.splitlines() if "not in a worker" in line]

    assert 2 == result.code
    assert 1 == len(said)
    assert said[0].startswith("support-queue: ")
    assert "Traceback" not in result.err
