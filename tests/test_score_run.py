"""Bulk runs from input to output: the same bytes, whatever happens on the way."""

import json
import sys
from pathlib import Path

import pytest
from answers import ACTION, cases
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from score_rows import lines, near_rows, row
from score_runs import Cut, Small, mixed, scored

from support_queue_env.core.errors import BulkFileError, BulkRunEnded
from support_queue_env.environment import load_environment
from support_queue_env.evaluation.bulk import worker
from support_queue_env.evaluation.bulk.lines import MAX_LINE, Block
from support_queue_env.evaluation.bulk.manifest import Position
from support_queue_env.evaluation.bulk.run import Run, score_rows
from support_queue_env.evaluation.bulk.setup import Setup
from support_queue_env.evaluation.bulk.source import Shard
from support_queue_env.models import SupportQueueAction
from support_queue_env.rubrics.files import rubric_source


def test_a_row_for_each_row(mixed_results: bytes) -> None:
    """In order, with the line it stands for and the reward that a step would pay."""
    environment = load_environment()
    scorer = environment.find_rubric(None)
    found = [json.loads(line) for line in mixed_results.splitlines()]
    given_rows = {
        number: line
        for number, line in enumerate(mixed().split(b"\n"), start=1)
        if line.strip()
    }

    assert list(given_rows) == [each["line"] for each in found]
    for each in found:
        assert scorer.digest == each["rubric_digest"]
        if "error" in each:
            assert each["reward"] is None
            continue
        asked = json.loads(given_rows[each["line"]])
        case = next(c for c in cases() if c.ticket.ticket_id == each["ticket_id"])
        score = scorer.score(case, SupportQueueAction(**asked["action"]))

        assert asked.get("id") == each.get("id")
        assert float(score.reward) == each["reward"]
        assert float(score.raw) == each["raw_reward"]
        assert {c.name: float(c.value) for c in score.components} == each["scores"]
    assert ["invalid", "not_json"] == [
        each["error"]["type"] for each in found if "error" in each
    ]


def test_what_is_counted(
    mixed_file: Path, tmp_path: Path, mixed_results: bytes
) -> None:
    """The manifest of a finished run says what is in its output."""
    out = tmp_path / "out.jsonl"
    done = scored(Run(input=str(mixed_file), output=str(out)))
    found = [json.loads(line) for line in mixed_results.splitlines()]
    manifest = json.loads(Path(f"{out}.manifest.json").read_bytes())

    assert "finished" == manifest["state"]
    assert len(found) == done.position.rows
    assert {"invalid": 1, "not_json": 1} == done.position.faults
    assert len(mixed_results) == done.position.output_bytes
    assert sum(r["reward"] or 0 for r in found) == pytest.approx(
        done.position.reward_sum
    )
    assert 2 == len(done.told)


@pytest.mark.parametrize("count", [1, 2, 3, 11])
def test_shards_in_a_row_are_the_whole(
    mixed_file: Path, tmp_path: Path, mixed_results: bytes, count: int
) -> None:
    """`cat` joins them, and every line keeps its number."""
    parts = []
    for number in range(1, count + 1):
        out = tmp_path / f"part-{number}.jsonl"
        scored(Run(input=str(mixed_file), output=str(out), shard=Shard(number, count)))
        parts.append(out.read_bytes())

    assert mixed_results == b"".join(parts)


def test_an_input_that_shrinks(mixed_file: Path, tmp_path: Path) -> None:
    """A run is not called finished when its input was cut while it was read."""

    def cut(*_: object) -> None:
        mixed_file.write_bytes(mixed_file.read_bytes()[:3000])

    run = Run(input=str(mixed_file), output=str(tmp_path / "out.jsonl"))
    with pytest.raises(BulkRunEnded, match="bytes long when it was opened, and ends"):
        scored(run, progress=cut)


@given(st.lists(near_rows(), max_size=8), st.integers(1, 400))
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_blocks_make_no_difference(
    tmp_path: Path, found: list[bytes], size: int
) -> None:
    """Any lines in blocks of any size: the same rows."""
    source = tmp_path / "any.jsonl"
    source.write_bytes(b"\n".join(found))
    outputs = []
    for pace in (Small(size), Small(100_000)):
        out = tmp_path / "any.out"
        score_rows(Run(input=str(source), output=str(out)), pace=pace)
        outputs.append(out.read_bytes())

    assert outputs[0] == outputs[1]
    assert sum(bool(x.strip()) for x in b"\n".join(found).split(b"\n")) == len(
        outputs[0].splitlines()
    )


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf", b" \r\n"])
def test_nothing_to_score(tmp_path: Path, data: bytes) -> None:
    """An empty file, or one of blank lines, gives no rows and is no error."""
    source, out = tmp_path / "empty.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(data)
    done = scored(Run(input=str(source), output=str(out)))

    assert b"" == out.read_bytes()
    assert 0 == done.position.rows


def test_a_line_that_is_too_long(tmp_path: Path) -> None:
    """An error in its place; the rows around it are scored."""
    source, out = tmp_path / "rows.jsonl", tmp_path / "out.jsonl"
    good = lines([row(cases()[0], ACTION)])
    long = good.replace(b"Thank", b"T" * MAX_LINE)
    source.write_bytes(good + long + long + good)
    score_rows(Run(input=str(source), output=str(out)))
    found = [json.loads(line) for line in out.read_bytes().splitlines()]

    assert [1, 2, 3, 4] == [each["line"] for each in found]
    assert ["too_long"] * 2 == [each["error"]["type"] for each in found[1:3]]
    assert found[0]["reward"] == found[3]["reward"] is not None


def test_a_byte_order_mark_belongs_to_no_row(tmp_path: Path) -> None:
    """As some editors write it; also with CRLF."""
    source, out = tmp_path / "rows.jsonl", tmp_path / "out.jsonl"
    text = lines([row(cases()[0], ACTION)]).replace(b"\n", b"\r\n")
    source.write_bytes(b"\xef\xbb\xbf" + text * 2)
    done = scored(Run(input=str(source), output=str(out)))

    assert 2 == done.position.rows
    assert 0 == done.position.failed


def test_a_worker_whose_input_shrinks(mixed_file: Path) -> None:
    """It reads blocks itself, and says so when they are not there any more."""
    whole = mixed_file.read_bytes()
    size = len(whole)
    grader = Setup().ready().grader
    with mixed_file.open("rb") as file:
        read = worker._graded(Block(1, 1, b"", size, start=0), grader, file.fileno())
        cut = worker._graded(Block(1, 1, b"", size + 1, start=0), grader, file.fileno())

    assert grader.grade(Block(1, 1, whole, size)).data == read.data
    assert (b"", "it became shorter while it was read") == (cut.data, cut.error)


JUDGED = """
schema = 1
name = "judged"
[criteria.stated]
weight = "9/10"
scorer = {{ name = "scorers-for-tests.awaiting" }}
[criteria.judged]
weight = "1/10"
on_error = "unscored"
scorer = {{ name = "scorers-for-tests.judging", how = "{how}" }}
"""


@pytest.mark.parametrize(
    ("how", "reward", "unscored"),
    [("score", 0.25, None), ("unscored", 0.225, {"judged": "no_idea"})],
)
def test_scorers_that_take_their_time(
    tmp_path: Path, how: str, reward: float, unscored: object
) -> None:
    """Coroutines and judges are waited for; what could not tell is named, and no 0."""
    source, out = tmp_path / "rows.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(lines([row(cases()[0], ACTION)] * 2))
    rubric = tmp_path / "judged.toml"
    rubric.write_text(JUDGED.format(how=how), encoding="utf-8")
    plugins = ("scorers_for_tests:Awaiting", "scorers_for_tests:Judging")
    setup = Setup(rubric=str(rubric), plugins=plugins)
    scored(Run(input=str(source), output=str(out), setup=setup))
    found = [json.loads(line) for line in out.read_bytes().splitlines()]

    assert [reward] * 2 == [each["reward"] for each in found]
    assert unscored == found[0].get("unscored")
    assert (unscored is None) == ("judged" in found[0]["scores"])


def test_workers_that_load_something_else(tmp_path: Path, mixed_file: Path) -> None:
    """A rubric that changes while processes start is noticed before a row is scored."""
    rubric = tmp_path / "mine.toml"
    text = rubric_source("classic").replace('name = "classic"', 'name = "mine"')
    rubric.write_text(text, encoding="utf-8")

    def changed(*_: object) -> None:
        rubric.write_text(text.replace('adjacent = "1/2"', 'adjacent = "1/3"'), "utf-8")

    out = tmp_path / "out.jsonl"
    setup = Setup(rubric=str(rubric))
    run = Run(input=str(mixed_file), output=str(out), setup=setup, jobs=2)
    with pytest.raises(BulkFileError, match="were changed while it started"):
        scored(run, progress=changed)

    assert b"" == out.read_bytes()


def test_parquet_is_there_when_it_is_whole(tmp_path: Path, mixed_file: Path) -> None:
    """A run that breaks off leaves no file that looks like one, and what was there."""
    out = tmp_path / "out.parquet"
    out.write_bytes(b"of before")

    def broken(position: Position, _: object) -> None:
        if position.rows:
            raise Cut

    run = Run(input=str(mixed_file), output=str(out), format="parquet")
    with pytest.raises(Cut):
        scored(run, progress=broken)

    assert b"of before" == out.read_bytes()
    assert {mixed_file, out} == set(tmp_path.iterdir())


def test_parquet_without_pyarrow(
    tmp_path: Path, mixed_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which extra is wanted is said before a row is scored."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    run = Run(
        input=str(mixed_file), output=str(tmp_path / "a.parquet"), format="parquet"
    )
    with pytest.raises(BulkFileError, match=r"openenv-support-queue-env\[parquet\]"):
        scored(run)
