"""Bulk runs from input to output: the same bytes, whatever happens on the way."""

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from answers import ACTION, cases
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from score_rows import lines, near_rows, own_case, row, rows

from support_queue_env.core.errors import BulkFileError, BulkRunEnded
from support_queue_env.environment import load_environment
from support_queue_env.evaluation.bulk.ledger import Ledger
from support_queue_env.evaluation.bulk.manifest import Position
from support_queue_env.evaluation.bulk.output import FileOutput
from support_queue_env.evaluation.bulk.pace import Pace
from support_queue_env.evaluation.bulk.run import Done, Run, score_rows
from support_queue_env.evaluation.bulk.setup import Setup
from support_queue_env.evaluation.bulk.source import Shard
from support_queue_env.models import SupportQueueAction
from support_queue_env.rubrics.files import rubric_source


class Small(Pace):
    """Blocks of a few rows."""

    def __init__(self, size: int = 1500) -> None:
        super().__init__(size)

    def took(self, size: int, seconds: float) -> None:
        """However long they take."""


def scored(run: Run, **options: Any) -> Done:
    """A run in small blocks, each of which is kept at once."""
    return score_rows(run, pace=Small(), keep_seconds=0, **options)


@pytest.fixture(scope="module")
def mixed() -> bytes:
    """Rows good and bad, with blank lines, a CRLF and no newline at the end."""
    good = [json.dumps(each).encode() for each in rows(range(3))]
    case = {"case": own_case(cases()[0]), "action": ACTION}
    good.insert(3, b"")
    good.insert(5, b'{"id":"bad","ticket_id":"E-101"}')
    good.insert(7, b"not json \xff")
    good.insert(9, good[0] + b"\r")
    good.append(json.dumps(case).encode())
    return b"\n".join(good)


@pytest.fixture
def source(tmp_path: Path, mixed: bytes) -> Path:
    """Those rows as a file."""
    file = tmp_path / "rows.jsonl"
    file.write_bytes(mixed)
    return file


@pytest.fixture
def whole(tmp_path: Path, source: Path) -> bytes:
    """What scoring them in one go gives."""
    file = tmp_path / "whole.jsonl"
    score_rows(Run(input=str(source), output=str(file)))
    return file.read_bytes()


def test_a_row_for_each_row(whole: bytes, mixed: bytes) -> None:
    """In order, with the line it stands for and the reward that a step would pay."""
    environment = load_environment()
    scorer = environment.find_rubric(None)
    found = [json.loads(line) for line in whole.splitlines()]
    given_rows = {
        number: line
        for number, line in enumerate(mixed.split(b"\n"), start=1)
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


def test_what_is_counted(source: Path, tmp_path: Path, whole: bytes) -> None:
    """The manifest of a finished run says what is in its output."""
    out = tmp_path / "out.jsonl"
    done = scored(Run(input=str(source), output=str(out)))
    found = [json.loads(line) for line in whole.splitlines()]
    manifest = json.loads(Path(f"{out}.manifest.json").read_bytes())

    assert "finished" == manifest["state"]
    assert len(found) == done.position.rows
    assert {"invalid": 1, "not_json": 1} == done.position.faults
    assert len(whole) == done.position.output_bytes
    assert sum(r["reward"] or 0 for r in found) == pytest.approx(
        done.position.reward_sum
    )
    assert 2 == len(done.told)


@pytest.mark.parametrize("count", [1, 2, 3, 11])
def test_shards_in_a_row_are_the_whole(
    source: Path, tmp_path: Path, whole: bytes, count: int
) -> None:
    """`cat` joins them, and every line keeps its number."""
    parts = []
    for number in range(1, count + 1):
        out = tmp_path / f"part-{number}.jsonl"
        scored(Run(input=str(source), output=str(out), shard=Shard(number, count)))
        parts.append(out.read_bytes())

    assert whole == b"".join(parts)


class Cut(BaseException):
    """The process ends here, as far as the run is concerned."""


def ended(run: Run, after: int, keeps: list[bool]) -> None:
    """A run whose process is killed when it has written so many bytes more.

    `keeps` says after which blocks there was time to renew the manifest.
    """
    write, keep = FileOutput.write, Ledger.keep
    left, block = after, 0

    def cut(self: FileOutput, data: bytes) -> None:
        nonlocal left
        write(self, data[:left])
        left -= len(data)
        if left < 0:
            raise Cut

    def sometimes(self: Ledger) -> None:
        nonlocal block
        block += 1
        if keeps[block % len(keeps)]:
            keep(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FileOutput, "write", cut)
        patch.setattr(Ledger, "keep", sometimes)
        # Nobody puts anything in order after a kill.
        patch.setattr(Ledger, "close", lambda self: self.output.close())
        with suppress(Cut):  # unless it was done before
            scored(run)


@given(
    st.lists(st.integers(0, 3000), min_size=1, max_size=4),
    st.lists(st.booleans(), min_size=1, max_size=3),
)
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_killed_run_goes_on(
    source: Path,
    tmp_path: Path,
    whole: bytes,
    kills: list[int],
    keeps: list[bool],
) -> None:
    """However often and wherever it is killed, its output is that of one go."""
    out = tmp_path / "out.jsonl"
    out.unlink(missing_ok=True)
    Path(f"{out}.manifest.json").unlink(missing_ok=True)
    run = Run(input=str(source), output=str(out), resume=True)
    for after in kills:
        ended(run, after, keeps)
    done = scored(run)

    assert whole == out.read_bytes()
    assert whole.count(b"\n") == done.position.rows
    assert {"invalid": 1, "not_json": 1} == done.position.faults


def test_a_killed_shard_goes_on(source: Path, tmp_path: Path, whole: bytes) -> None:
    """From where it was in its part."""
    first, second = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    run = Run(input=str(source), output=str(second), shard=Shard(2, 2), resume=True)
    ended(run, 2500, [True])
    scored(evolve(run, output=str(first), shard=Shard(1, 2)))
    done = scored(run)

    assert 0 < done.before.rows < done.position.rows
    assert whole == first.read_bytes() + second.read_bytes()


def test_an_input_that_shrinks(source: Path, tmp_path: Path) -> None:
    """A run is not called finished when its input was cut while it was read."""

    def cut(*_: object) -> None:
        source.write_bytes(source.read_bytes()[:3000])

    run = Run(input=str(source), output=str(tmp_path / "out.jsonl"))
    with pytest.raises(BulkRunEnded, match="bytes long when it was opened, and ends"):
        scored(run, progress=cut)


def interrupted(source: Path, tmp_path: Path, **more: Any) -> Run:
    """A run to be resumed, of which a third is done."""
    out = tmp_path / "out.jsonl"
    run = Run(input=str(source), output=str(out), resume=True, **more)
    ended(run, 3000, [True])
    return run


def test_a_finished_run_is_left_alone(source: Path, tmp_path: Path) -> None:
    """Resuming it scores nothing, and says the same."""
    run = Run(input=str(source), output=str(tmp_path / "out.jsonl"), resume=True)
    first = scored(run)
    again = scored(run)

    assert first.manifest == again.manifest
    assert again.before == again.position


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"setup": Setup(rubric="strict")}, "the rubric's digest was"),
        ({"setup": Setup(detail="full")}, "the detail was scores, is full"),
        ({"shard": Shard(1, 2)}, "the shard was 1/1, is 1/2"),
    ],
)
def test_changed_terms_are_refused(
    source: Path, tmp_path: Path, change: dict[str, Any], named: str
) -> None:
    """By name; what is there stays as it is."""
    run = interrupted(source, tmp_path)
    before = (tmp_path / "out.jsonl").read_bytes()
    with pytest.raises(BulkFileError, match=named):
        scored(evolve(run, **change))

    assert before == (tmp_path / "out.jsonl").read_bytes()


def test_a_changed_input_is_refused(source: Path, tmp_path: Path) -> None:
    """Longer, or another text of the same length before the place to go on from."""
    run = interrupted(source, tmp_path)
    text = source.read_bytes()
    source.write_bytes(text.replace(b"P1", b"P2", 1))
    with pytest.raises(BulkFileError, match="is not what it was before line"):
        scored(run)
    source.write_bytes(text + b"\n{}")
    with pytest.raises(BulkFileError, match="the size of the input in bytes was"):
        scored(run)


def test_a_changed_output_is_refused(source: Path, tmp_path: Path) -> None:
    """Cut, without its manifest, or with one that is none."""
    run = interrupted(source, tmp_path)
    out = tmp_path / "out.jsonl"
    out.write_bytes(out.read_bytes()[:10])
    with pytest.raises(BulkFileError, match="bytes were written, and it has 10"):
        scored(run)
    manifest = Path(f"{out}.manifest.json")
    manifest.write_bytes(b"{}")
    with pytest.raises(BulkFileError, match="required field missing"):
        scored(run)
    manifest.unlink()
    with pytest.raises(BulkFileError, match="it is there, and its manifest"):
        scored(run)


def test_another_ticket_is_refused(source: Path, tmp_path: Path) -> None:
    """The digest of a rubric does not cover tickets; the manifest does."""
    run = interrupted(source, tmp_path)
    manifest = tmp_path / "out.jsonl.manifest.json"
    document = json.loads(manifest.read_bytes())
    document["terms"]["tickets_digest"] = "0"
    manifest.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(BulkFileError, match="the digest of the tickets was 0, is"):
        scored(run)


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


def test_a_byte_order_mark_belongs_to_no_row(tmp_path: Path) -> None:
    """As some editors write it; also with CRLF."""
    source, out = tmp_path / "rows.jsonl", tmp_path / "out.jsonl"
    text = lines([row(cases()[0], ACTION)]).replace(b"\n", b"\r\n")
    source.write_bytes(b"\xef\xbb\xbf" + text * 2)
    done = scored(Run(input=str(source), output=str(out)))

    assert 2 == done.position.rows
    assert 0 == done.position.failed


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


def test_workers_that_load_something_else(tmp_path: Path, source: Path) -> None:
    """A rubric that changes while processes start is noticed before a row is scored."""
    rubric = tmp_path / "mine.toml"
    text = rubric_source("classic").replace('name = "classic"', 'name = "mine"')
    rubric.write_text(text, encoding="utf-8")

    def changed(*_: object) -> None:
        rubric.write_text(text.replace('adjacent = "1/2"', 'adjacent = "1/3"'), "utf-8")

    out = tmp_path / "out.jsonl"
    setup = Setup(rubric=str(rubric))
    run = Run(input=str(source), output=str(out), setup=setup, jobs=2)
    with pytest.raises(BulkFileError, match="were changed while it started"):
        scored(run, progress=changed)

    assert b"" == out.read_bytes()


def test_parquet_is_there_when_it_is_whole(tmp_path: Path, source: Path) -> None:
    """A run that breaks off leaves no file that looks like one, and what was there."""
    out = tmp_path / "out.parquet"
    out.write_bytes(b"of before")

    def broken(position: Position, _: object) -> None:
        if position.rows:
            raise Cut

    run = Run(input=str(source), output=str(out), format="parquet")
    with pytest.raises(Cut):
        scored(run, progress=broken)

    assert b"of before" == out.read_bytes()
    assert {source, out} == set(tmp_path.iterdir())


def test_parquet_without_pyarrow(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which extra is wanted is said before a row is scored."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    run = Run(input=str(source), output=str(tmp_path / "a.parquet"), format="parquet")
    with pytest.raises(BulkFileError, match=r"openenv-support-queue-env\[parquet\]"):
        scored(run)
