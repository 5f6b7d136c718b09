"""`support-queue score` in processes of its own: pipes, workers, and sudden ends."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from command_line import PATIENCE, SCRIPT, run_process
from score_rows import lines, rows
from score_runs import found
from server_process import clean_environment

from support_queue_env.evaluation.bulk.run import Run, score_rows
from support_queue_env.evaluation.bulk.setup import Setup


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file of rows."""
    file = tmp_path / "rows.jsonl"
    file.write_bytes(lines(rows(range(4))))
    return file


@contextmanager
def started(*arguments: str, **options: Any) -> Iterator["subprocess.Popen[bytes]"]:
    """The command in a process of its own, killed at the end."""
    process = subprocess.Popen(
        [SCRIPT, "score", *arguments],
        stderr=subprocess.PIPE,
        env=clean_environment() | {"PYTHONPATH": str(Path(__file__).parent)},
        **options,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def test_two_processes_give_the_same_bytes(source: Path, tmp_path: Path) -> None:
    """Whatever each of them scores, bad rows included."""
    content = lines(rows(range(8)))
    source.write_bytes((content + b"{bad}\n") * 20)
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    score_rows(Run(input=str(source), output=str(one)))
    done = run_process("score", str(source), "-o", str(two), "--jobs", "2")

    assert 1 == done.code
    assert "1,460 rows, 20 failed (not_json 20)" in done.err
    assert one.read_bytes() == two.read_bytes()


def test_rows_come_out_as_they_come_in() -> None:
    """In a pipe that stays open, each row is answered before the next one is sent."""
    with started(
        *("-", "--jobs", "2"), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number, each in enumerate(rows(range(1))[:3], start=1):
            process.stdin.write(lines([each]))
            process.stdin.flush()

            assert number == json.loads(process.stdout.readline())["line"]
        process.stdin.close()

        assert 0 == process.wait(PATIENCE)


def test_a_reader_that_goes_away(source: Path) -> None:
    """As `head` does: the command ends quietly."""
    source.write_bytes(source.read_bytes() * 50)
    with started(
        str(source), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()

        assert 0 == process.wait(PATIENCE)
        assert b"" == process.stderr.read()


def test_standard_output_that_takes_no_more(source: Path) -> None:
    """The same: one sentence and exit code 3."""
    with (
        Path("/dev/full").open("wb") as full,
        started(str(source), stdin=subprocess.DEVNULL, stdout=full) as process,
    ):
        _, said = process.communicate(timeout=PATIENCE)

    assert 3 == process.returncode
    assert (
        b"support-queue: standard output: no space left on device; "
        b"what is before that stands\n"
    ) == said


def test_its_own_input(source: Path) -> None:
    """Nothing is written to a file that is read, whichever way either is given."""
    before = source.read_bytes()
    name = f"'{source}'"
    for command in (
        f"- -o {name} < {name}",
        f"- < {name} >> {name}",
        f"{name} >> {name}",
    ):
        done = subprocess.run(
            ["/bin/sh", "-c", f"'{SCRIPT}' score {command}"],
            check=False,
            env=clean_environment(),
            capture_output=True,
            timeout=PATIENCE,
        )

        assert 2 == done.returncode
        assert b"is what is read: write to another file\n" in done.stderr
        assert before == source.read_bytes()


def test_workers_of_a_run_without_streams(source: Path) -> None:
    """They read the input although it could have a closed stream's number."""
    command = f"'{SCRIPT}' score '{source}' --jobs 2 -o out.jsonl <&- >&- 2>&-"
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        check=False,
        cwd=source.parent,
        env=clean_environment(),
        timeout=PATIENCE,
    )

    assert 0 == done.returncode
    assert len(rows(range(4))) == (source.parent / "out.jsonl").read_bytes().count(
        b"\n"
    )


@pytest.mark.parametrize("closed", ["- <&-", "rows.jsonl >&-"])
def test_a_stream_that_is_closed(source: Path, closed: str) -> None:
    """One sentence and exit code 2."""
    done = subprocess.run(
        ["/bin/sh", "-c", f"'{SCRIPT}' score {closed}"],
        check=False,
        cwd=source.parent,
        env=clean_environment(),
        stderr=subprocess.PIPE,
        timeout=PATIENCE,
    )

    assert 2 == done.returncode
    assert done.stderr.startswith(b"support-queue: standard ")
    assert 1 == done.stderr.count(b"\n")


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


SLOW = """
schema = 1
name = "slow"
[criteria.all]
weight = 1
scorer = { name = "scorers-for-tests.sleepy", seconds = 0.03 }
"""
"""So that a run can be met halfway, on a machine of any speed."""


@pytest.fixture
def slow(source: Path) -> Setup:
    """A second of work for the rows of `source`."""
    rubric = source.with_name("slow.toml")
    rubric.write_text(SLOW, encoding="utf-8")
    return Setup(rubric=str(rubric), plugins=("scorers_for_tests:Sleepy",))


@contextmanager
def halfway(
    source: Path, out: Path, setup: Setup, *more: str
) -> Iterator["subprocess.Popen[bytes]"]:
    """A run that has written some rows, and has others left."""
    words = ("--rubric", setup.rubric, "--plugin", *setup.plugins, *more)
    with started(str(source), "-o", str(out), *words) as process:
        ends = time.monotonic() + PATIENCE
        while not (out.exists() and out.stat().st_size):
            assert time.monotonic() < ends
            assert process.poll() is None
            time.sleep(0.01)
        yield process


def test_a_killed_run_goes_on_from_its_manifest(
    source: Path, tmp_path: Path, slow: Setup
) -> None:
    """`kill -9` in the middle; what comes after --resume is what would have come."""
    whole, out = tmp_path / "whole.jsonl", tmp_path / "out.jsonl"
    with halfway(source, out, slow, "--resume") as process:
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE)
    state = json.loads(Path(f"{out}.manifest.json").read_bytes())["state"]
    wanted = Run(input=str(source), output=str(out), setup=slow, resume=True)
    again = score_rows(wanted)
    score_rows(evolve(wanted, output=str(whole)))

    assert "unfinished" == state
    assert 36 == again.position.rows
    assert whole.read_bytes() == out.read_bytes()


def test_a_killed_worker_is_named(source: Path, tmp_path: Path, slow: Setup) -> None:
    """Which one, how it ended and where; --resume goes on, and nothing is lost."""
    out = tmp_path / "out.jsonl"
    with halfway(source, out, slow, "--jobs", "2") as process:
        killed = children(process.pid)[1]
        os.kill(killed, signal.SIGKILL)

        assert process.stderr is not None
        said = process.stderr.read().decode()
        assert 3 == process.wait(PATIENCE)
    wanted = Run(input=str(source), output=str(out), setup=slow, resume=True)
    again = score_rows(wanted)

    assert "support-queue: worker process " in said
    assert f"(pid {killed}) ended by signal 9 (Killed) while it scored lines " in said
    assert 1 == said.count("\n")
    assert 0 < again.before.rows < again.position.rows == 36
    assert list(range(1, 37)) == [row["line"] for row in found(out.read_bytes())]
