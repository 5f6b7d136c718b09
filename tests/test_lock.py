"""Lock files: what a rubric is made of, and what moved since."""

import json
from pathlib import Path

import pytest
from attrs import evolve
from command_line import Run
from fake_entry_points import install

from support_queue_env.core.errors import RubricError
from support_queue_env.environment import load_environment
from support_queue_env.plugins.compiled import CompiledRubric, compile_rubric
from support_queue_env.plugins.lock import (
    drift,
    lock_of,
    lock_path,
    lock_text,
    read_lock,
)
from support_queue_env.plugins.registry import PluginRegistry
from support_queue_env.rubrics.files import load_rubric, parse_rubric


def classic() -> CompiledRubric:
    """The classic rubric, compiled anew."""
    return compile_rubric(load_rubric("classic"), PluginRegistry())


def test_a_lock_says_what_a_rubric_is_made_of(tmp_path: Path) -> None:
    """It survives its file, and nothing has moved since."""
    lock = lock_of(classic())
    file = tmp_path / "classic.lock"
    file.write_text(lock_text(lock))

    assert lock == read_lock(file)
    assert [] == list(drift(lock, lock_of(classic())))
    assert {"alternate": "3/5", "label": "queue"} == lock.scorers["queue"].parameters
    assert lock.plugins["built-in"].sha256 is not None
    assert lock.digest == classic().digest


def test_a_plugin_is_locked_with_its_distribution(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Name, version, and a hash over its Python files."""
    install(monkeypatch, ("acme", "observing_plugin:Watching", "acme-dist"))
    text = 'schema = 1\nname = "r"\n[criteria.m]\nweight = 1\nscorer = "acme.mood"\n'
    rubric = compile_rubric(parse_rubric(text, "r.toml"), PluginRegistry())
    locked = lock_of(rubric).plugins["acme"]

    assert ("acme-dist", "1.0") == (locked.distribution, locked.version)
    assert locked.sha256 is not None
    assert 64 == len(locked.sha256)


def test_drift_names_everything_that_moved() -> None:
    """Plugins, scorers, parameters and the digest, each with before and after."""
    now = lock_of(classic())
    queue = now.scorers["queue"]
    before = evolve(
        now,
        digest="0" * 64,
        plugins={**now.plugins, "acme": now.plugins["built-in"]},
        scorers={
            **now.scorers,
            "queue": evolve(queue, version=7, parameters={"alternate": "1/2"}),
        },
    )
    moved = " / ".join(drift(before, now))

    assert "plugin 'acme' is gone" in moved
    assert "component 'queue': version was 7, is 1" in moved
    assert "component 'queue': parameters was" in moved
    assert "digest was 000" in moved


def test_serving_a_locked_rubric_that_moved_is_refused(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`eval --locked` says what moved; accepting it is one command."""
    monkeypatch.chdir(tmp_path)
    assert 0 == run("rubrics", "lock").code
    assert 0 == run("eval", "--locked", "--task", "easy_inbox_cleanup").code
    assert 0 == run("rubrics", "lock", "--check").code
    document = json.loads(Path("classic.lock").read_text())
    document["scorers"]["priority"]["version"] = 9
    Path("classic.lock").write_text(json.dumps(document))
    refused = run("eval", "--locked")
    checked = run("rubrics", "lock", "--check")

    assert 2 == refused.code
    assert "'priority': version was 9, is 1" in refused.err
    assert (1, "component 'priority': version was 9, is 1\n") == (
        checked.code,
        checked.out,
    )


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "no such file"),
        ("", "not JSON"),
        ("[]", "expected an object"),
        ('{"schema": 2}', r"\$.schema"),
        ('{"schema": 1, "unknown": 1}', r"\$.unknown"),
    ],
)
def test_a_lock_that_cannot_be_read_says_why(
    content: str | None, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """File and field are named."""
    monkeypatch.chdir(tmp_path)
    if content is not None:
        Path("classic.lock").write_text(content)

    with pytest.raises(RubricError, match=f"(?s)'classic.lock'.*{complaint}"):
        load_environment(locked=True)


def test_where_a_lock_is() -> None:
    """Beside a file, or in the current folder for a built-in."""
    assert Path("a/b.lock") == lock_path("a/b.toml")
    assert Path("classic.lock") == lock_path("classic")
