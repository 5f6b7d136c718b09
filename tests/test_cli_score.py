"""`support-queue score`: as a person, a pipe and a cluster use it."""

import json
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from answers import ACTION, cases
from command_line import Run, refused
from score_rows import lines, row, rows
from score_runs import found

from support_queue_env.cli import score_progress


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file of rows."""
    file = tmp_path / "rows.jsonl"
    file.write_bytes(lines(rows(range(4))))
    return file


def test_rows_to_standard_output(run: Run, source: Path) -> None:
    """Rows there, the summary on standard error, and nothing beside the input."""
    result = run("score", str(source))

    assert 0 == result.code
    assert len(rows(range(4))) == len(found(result.out))
    assert "36 rows, 0 failed; mean reward 0." in result.err
    assert [source] == list(source.parent.iterdir())


def test_nothing_is_said(run: Run, source: Path) -> None:
    """With --quiet, when all is well."""
    result = run("score", str(source), "--quiet")

    assert (0, "") == (result.code, result.err)


def test_failed_rows(run: Run, tmp_path: Path) -> None:
    """Exit code 1 when some failed, 3 when all did; the first are told."""
    file = tmp_path / "rows.jsonl"
    bad = {"ticket_id": "none", "action": ACTION}
    file.write_bytes(lines([row(cases()[0], ACTION), *[bad] * 5]))
    some = run("score", str(file), "-q")
    file.write_bytes(lines([bad]))
    every = run("score", str(file))

    assert (1, 3) == (some.code, every.code)
    assert "line 2: no loaded task has a ticket 'none'; --pack loads more" in some.err
    assert "and 2 more, each with its error in its row" in some.err
    assert "6 rows, 5 failed (unknown_ticket 5); mean reward" in some.err
    assert "mean reward - under classic" in every.err


def test_some_rows_may_fail(run: Run, tmp_path: Path) -> None:
    """With --max-errors; past that nothing more is written, and may be tried again."""
    file, out = tmp_path / "rows.jsonl", tmp_path / "out.jsonl"
    good, bad = row(cases()[0], ACTION), {"ticket_id": "none", "action": ACTION}
    file.write_bytes(lines([*[good] * 20, bad, *[good] * 400, bad, good]))
    words = ("score", str(file), "-q", "-o", str(out), "--resume", "--max-errors")
    stopped = run(*words, "1")
    before = out.read_bytes()
    done = run(*words, "2")

    assert (1, 0) == (stopped.code, done.code)
    assert "line 422: no loaded task has a ticket 'none'" in stopped.err
    assert "stopped: 2 rows failed, more than the 1 allowed" in stopped.err
    assert 0 < before.count(b"\n") < 422
    assert out.read_bytes().startswith(before)
    assert 423 == out.read_bytes().count(b"\n")


def test_the_summary_as_a_document(run: Run, source: Path, tmp_path: Path) -> None:
    """With --json, when the rows go elsewhere."""
    out = tmp_path / "out.jsonl"
    result = run("score", str(source), "-o", str(out), "--json", "-q")
    told = json.loads(result.out)

    assert 36 == told["rows"]
    assert {} == told["faults"]
    assert found(out.read_bytes())[0]["rubric_digest"] == told["rubric_digest"]
    assert 2 == run("score", str(source), "--json").code


def test_detail(run: Run, source: Path) -> None:
    """Less, or more, of each row; the reward is the same."""
    by_detail = {
        detail: found(run("score", str(source), "-q", "--detail", detail).out)[0]
        for detail in ("reward", "scores", "full")
    }
    common = {"line", "id", "ticket_id", "reward", "raw_reward", "rubric_digest"}

    assert common == set(by_detail["reward"])
    assert common | {"scores"} == set(by_detail["scores"])
    assert {"components", "reasons", "explanations"} < set(by_detail["full"])
    assert {1.0} == {each["reward"] for each in by_detail.values()}


def test_a_scorer_that_fails(run: Run, source: Path, tmp_path: Path) -> None:
    """A row with an error that names component and scorer; the rest is told here."""
    rubric = tmp_path / "failing.toml"
    scorer = '{ name = "scorers-for-tests.misbehaving", how = "raise" }'
    rubric.write_text(
        f'schema = 1\nname = "failing"\n[criteria.all]\nweight = 1\nscorer = {scorer}',
        encoding="utf-8",
    )
    plugin = ("--plugin", "scorers_for_tests:Misbehaving")
    result = run("score", str(source), "--rubric", str(rubric), *plugin)
    error = found(result.out)[0]["error"]

    assert 3 == result.code
    assert "scoring" == error["type"]
    assert error["message"].startswith("scorer 'scorers-for-tests.misbehaving' failed")
    assert f"line 1: {error['message']}: " in result.err


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["none.jsonl"], "input 'none.jsonl': no such file"),
        (["."], "input '.': expected a file, found a directory"),
        (["-", "--shard", "1/2"], "standard input: a shard is a part of a file"),
        (["-", "--resume", "-o", "x.jsonl"], "standard input cannot be read again"),
        (["{rows}", "--resume"], "--resume goes on with a file"),
        (["{rows}", "-o", "{rows}"], "is what is read: write to another file"),
        (["{rows}", "-o", "none/such.jsonl"], "output 'none/such.jsonl': no such"),
        (["{rows}", "-o", "x.parquet", "--resume"], "a Parquet file cannot be gone on"),
        (["{rows}", "--format", "parquet"], "Parquet goes into a file"),
        (["{rows}", "--rubric", "none"], "unknown rubric 'none'"),
        (["{rows}", "--pack", "none.toml"], "none.toml"),
    ],
)
def test_wrong_calls(
    run: Run,
    source: Path,
    words: list[str],
    part: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One sentence, exit code 2, and nothing written."""
    monkeypatch.chdir(source.parent)
    result = run("score", *(word.format(rows=source) for word in words))

    refused(result, 2, part)
    assert [source] == list(source.parent.iterdir())


@pytest.mark.parametrize("shard", ["0/2", "3/2", "1", "a/b", "1/0", "-1/2"])
def test_wrong_shards(run: Run, source: Path, shard: str) -> None:
    """Refused with an example of a right one."""
    result = run("score", str(source), f"--shard={shard}")

    assert 2 == result.code
    assert "such as 3/8" in result.err


def test_parquet(run: Run, source: Path, tmp_path: Path) -> None:
    """The same rows in columns, with nulls where a row has nothing."""
    source.write_bytes(source.read_bytes() + b'{"id":5,"ticket_id":"none"}\n')
    out = tmp_path / "out.parquet"
    plain = run("score", str(source), "-q")
    result = run("score", str(source), "-q", "-o", str(out))
    table = pq.read_table(out).to_pylist()
    expected = found(plain.out)

    assert (1, 1) == (plain.code, result.code)
    assert len(expected) == len(table)
    for one, other in zip(expected, table, strict=True):
        scores = {
            name.removeprefix("score/"): value
            for name, value in other.items()
            if name.startswith("score/") and value is not None
        }
        assert one.get("scores", {}) == scores
        for key in ("line", "ticket_id", "reward", "rubric_digest"):
            assert one[key] == other[key]
    assert ("5", "invalid") == (table[-1]["id"], table[-1]["error_type"])
    assert (
        "finished"
        == json.loads(Path(f"{out}.manifest.json").read_text(encoding="utf-8"))["state"]
    )


def test_a_full_disk_is_no_traceback(run: Run, source: Path) -> None:
    """One sentence and exit code 3."""
    result = run("score", str(source), "-o", "/dev/full")

    refused(result, 3, "output '/dev/full': no space left on device")


def test_progress_on_a_terminal(
    run: Run, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line that is written over; what is left at the end is the summary."""
    monkeypatch.setattr(score_progress, "_ON_A_TERMINAL", 0)
    monkeypatch.setattr(score_progress, "_on_a_terminal", lambda: True)
    said = run("score", str(source)).err

    assert re.search(r"\r\033\[K100%, 36 rows, [\d,]+ rows/s", said)
    assert said.rsplit("\033[K", 1)[-1].startswith("36 rows, 0 failed")


def test_progress_in_a_log(
    run: Run, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line now and then, and none with --quiet."""
    monkeypatch.setattr(score_progress, "_ELSEWHERE", 0)
    said = run("score", str(source)).err
    quiet = run("score", str(source), "-q").err

    assert re.search(r"^100%, 36 rows, [\d,]+ rows/s$", said, re.MULTILINE)
    assert "" == quiet
