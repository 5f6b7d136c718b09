"""Bulk runs that were interrupted: they go on as if they had not been, or say why not."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from score_runs import Cut, scored

from support_queue_env.core.errors import BulkFileError
from support_queue_env.evaluation.bulk.ledger import Ledger
from support_queue_env.evaluation.bulk.output import FileOutput
from support_queue_env.evaluation.bulk.run import Run
from support_queue_env.evaluation.bulk.setup import Setup
from support_queue_env.evaluation.bulk.source import Shard


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
    mixed_file: Path,
    tmp_path: Path,
    mixed_results: bytes,
    kills: list[int],
    keeps: list[bool],
) -> None:
    """However often and wherever it is killed, its output is that of one go."""
    out = tmp_path / "out.jsonl"
    out.unlink(missing_ok=True)
    Path(f"{out}.manifest.json").unlink(missing_ok=True)
    run = Run(input=str(mixed_file), output=str(out), resume=True)
    for after in kills:
        ended(run, after, keeps)
    done = scored(run)

    assert mixed_results == out.read_bytes()
    assert mixed_results.count(b"\n") == done.position.rows
    assert {"invalid": 1, "not_json": 1} == done.position.faults


def test_a_killed_shard_goes_on(
    mixed_file: Path, tmp_path: Path, mixed_results: bytes
) -> None:
    """From where it was in its part."""
    first, second = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    run = Run(input=str(mixed_file), output=str(second), shard=Shard(2, 2), resume=True)
    ended(run, 2500, [True])
    scored(evolve(run, output=str(first), shard=Shard(1, 2)))
    done = scored(run)

    assert 0 < done.before.rows < done.position.rows
    assert mixed_results == first.read_bytes() + second.read_bytes()


def interrupted(mixed_file: Path, tmp_path: Path, **more: Any) -> Run:
    """A run to be resumed, of which a third is done."""
    out = tmp_path / "out.jsonl"
    run = Run(input=str(mixed_file), output=str(out), resume=True, **more)
    ended(run, 3000, [True])
    return run


def test_a_finished_run_is_left_alone(mixed_file: Path, tmp_path: Path) -> None:
    """Resuming it scores nothing, and says the same."""
    run = Run(input=str(mixed_file), output=str(tmp_path / "out.jsonl"), resume=True)
    first = scored(run)
    again = scored(run)

    assert first.manifest == again.manifest
    assert again.before == again.position


def test_what_follows_a_finished_output_stays(mixed_file: Path, tmp_path: Path) -> None:
    """A file that somebody has added to is not cut when it is resumed."""
    out = tmp_path / "out.jsonl"
    run = Run(input=str(mixed_file), output=str(out), resume=True)
    scored(run)
    longer = out.read_bytes() + b"mine"
    out.write_bytes(longer)
    scored(run)

    assert longer == out.read_bytes()


def test_two_runs_into_one_file(mixed_file: Path, tmp_path: Path) -> None:
    """The second is refused, and the first not disturbed."""
    run = Run(input=str(mixed_file), output=str(tmp_path / "out.jsonl"))
    refused = []

    def again(*_: object) -> None:
        with pytest.raises(BulkFileError, match="another run is writing it"):
            scored(run)
        refused.append(True)

    done = scored(run, progress=again)

    assert refused
    assert done.position.output_bytes == (tmp_path / "out.jsonl").stat().st_size


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"setup": Setup(rubric="strict")}, "the rubric's digest was"),
        ({"setup": Setup(detail="full")}, "the detail was scores, is full"),
        ({"shard": Shard(1, 2)}, "the shard was 1/1, is 1/2"),
    ],
)
def test_changed_terms_are_refused(
    mixed_file: Path, tmp_path: Path, change: dict[str, Any], named: str
) -> None:
    """By name; what is there stays as it is."""
    run = interrupted(mixed_file, tmp_path)
    before = (tmp_path / "out.jsonl").read_bytes()
    with pytest.raises(BulkFileError, match=named):
        scored(evolve(run, **change))

    assert before == (tmp_path / "out.jsonl").read_bytes()


def test_a_changed_input_is_refused(mixed_file: Path, tmp_path: Path) -> None:
    """Longer, or another text of the same length before the place to go on from."""
    run = interrupted(mixed_file, tmp_path)
    text = mixed_file.read_bytes()
    mixed_file.write_bytes(text.replace(b"P1", b"P2", 1))
    with pytest.raises(BulkFileError, match="is not what it was before line"):
        scored(run)
    mixed_file.write_bytes(text + b"\n{}")
    with pytest.raises(BulkFileError, match="the size of the input in bytes was"):
        scored(run)


def test_a_changed_output_is_refused(mixed_file: Path, tmp_path: Path) -> None:
    """Cut, without its manifest, or with one that is none."""
    run = interrupted(mixed_file, tmp_path)
    out = tmp_path / "out.jsonl"
    out.write_bytes(out.read_bytes()[:10])
    with pytest.raises(BulkFileError, match="bytes were written, and it has 10"):
        scored(run)
    manifest = Path(f"{out}.manifest.json")
    document = json.loads(manifest.read_bytes())
    manifest.write_bytes(b"{}")
    with pytest.raises(BulkFileError, match="required field missing"):
        scored(run)
    document["position"]["output_bytes"] = -1
    manifest.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(BulkFileError, match=r"at least 0.*position\.output_bytes"):
        scored(run)
    manifest.unlink()
    with pytest.raises(BulkFileError, match="it is there, and its manifest"):
        scored(run)


def test_another_ticket_is_refused(mixed_file: Path, tmp_path: Path) -> None:
    """The digest of a rubric does not cover tickets; the manifest does."""
    run = interrupted(mixed_file, tmp_path)
    manifest = tmp_path / "out.jsonl.manifest.json"
    document = json.loads(manifest.read_bytes())
    document["terms"]["tickets_digest"] = "0"
    manifest.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(BulkFileError, match="the digest of the tickets was 0, is"):
        scored(run)
