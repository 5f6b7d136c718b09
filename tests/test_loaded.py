"""What is imported before it is needed: nothing heavy (decision 0017)."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from command_line import SCRIPT
from server_process import answers, clean_environment, free_port

from support_queue_env.cli import command
from support_queue_env.cli.later import Later


SHOWING = """
import atexit, gc, sys
atexit.register(lambda: print("", "loaded:", *sorted(sys.modules), sep="\\n"))
atexit.register(lambda: print("collecting", gc.isenabled(), gc.get_freeze_count() > 0))
from support_queue_env.cli import main
main()
"""
"""The command; when it ends it also tells what it has imported."""

FOR_ONE_REQUEST = (
    *("jinja2", "prometheus_client", "support_queue_env.server.openapi"),
    *("snowballstemmer", "support_queue_env.rubrics.matching"),
    *("support_queue_env.evaluation", "support_queue_env.rubrics.attacks.suite"),
)
FOR_ONE_SETTING = (
    *("openai", "httpx", "pydantic", "psycopg", "pyarrow", "scipy"),
    *("packaging.requirements", "structlog", "rich.console"),
    "support_queue_env.plugins.llm_judge",
)
FOR_A_STORE = ("sqlalchemy", "sqlite3")
FOR_ANOTHER_STORE = (
    *("sqlalchemy.dialects.postgresql", "support_queue_env.store.retention"),
)
FOR_A_SERVER = ("litestar", "uvicorn", "websockets", "asyncio", "msgspec", "pluggy")
"""What may not be loaded before a request, a setting, a store, a server ask for it."""


@pytest.mark.parametrize(
    ("store", "without"),
    [
        ("none", FOR_ONE_REQUEST + FOR_ONE_SETTING + FOR_A_STORE),
        ("file", (*FOR_ONE_REQUEST, *FOR_ONE_SETTING, *FOR_ANOTHER_STORE)),
    ],
)
def test_a_server_that_answers(
    store: str, without: tuple[str, ...], tmp_path: Path
) -> None:
    """It has loaded what every server needs, and nothing for what some are asked."""
    port = free_port()
    kept_in = {"none": store, "file": str(tmp_path / "episodes.db")}[store]
    server = subprocess.Popen(
        [sys.executable, "-c", SHOWING, "serve", "--port", str(port)],
        env=clean_environment(database_url=kept_in),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert answers(f"http://127.0.0.1:{port}", server)
    finally:
        server.terminate()
    out, _ = server.communicate(timeout=20)

    loaded = set(out.partition("loaded:\n")[2].split())
    assert "collecting True True" in out  # again, and not what it started with
    assert "litestar" in loaded
    assert not loaded.intersection(without)


@pytest.mark.parametrize("words", ["--help", "--version", "serve --help"])
def test_a_command_that_only_tells(words: str) -> None:
    """Help and version load neither the server nor anything that it would."""
    done = subprocess.run(
        [sys.executable, "-c", SHOWING, *words.split()],
        env=clean_environment(),
        stdout=subprocess.PIPE,
        timeout=60,
        check=True,
        text=True,
    )

    loaded = set(done.stdout.partition("loaded:\n")[2].split())
    assert "click" in loaded
    drawn = {"rich.console"}  # what help is drawn with
    assert not (loaded - drawn).intersection(
        FOR_ONE_REQUEST + FOR_ONE_SETTING + FOR_A_STORE + FOR_A_SERVER
    )


def listed(group: click.Group) -> Iterator[Later]:
    """Every command below a group that another stands for until it is called."""
    for found in group.commands.values():
        if isinstance(found, Later):
            yield found
        loaded = getattr(found, "loaded", found)
        if isinstance(loaded, click.Group):
            yield from listed(loaded)


@pytest.mark.parametrize("later", [*listed(command)], ids=lambda later: later._module)
def test_a_command_is_listed_as_it_says_itself(later: Later) -> None:
    """The list of commands is written down twice, since no command is loaded for it."""
    assert later.name == later.loaded.name
    assert (later.loaded.help or "").partition("\n\n")[0] == later.help
    assert not later.loaded.hidden


def test_bytes_that_are_no_text() -> None:
    """They are refused by name, though the settings' names are not loaded for others."""
    broken = os.environb | {
        b"SUPPORT_QUEUE_RUBRIC": b"\xff",
        b"SOMEBODY_ELSES": b"\xff",
    }
    done = subprocess.run(
        [SCRIPT, "tasks", "list"], env=broken, capture_output=True, check=False
    )

    assert 2 == done.returncode
    assert b"SUPPORT_QUEUE_RUBRIC: expected text in UTF-8" in done.stderr
