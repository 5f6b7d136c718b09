"""Episodes and steps as files: lossless, to score again, and flat."""

import csv
import io
import json
import sys

import pytest
from attrs import evolve
from pyarrow import parquet
from sqlalchemy import URL
from stores import ENVIRONMENT, keep, opened_store, played

from support_queue_env.core.cases import Case
from support_queue_env.core.errors import StoreError
from support_queue_env.core.record_reading import ReadStep, read_records
from support_queue_env.core.records import StepFault, StepRecord
from support_queue_env.core.views import observe
from support_queue_env.models import SupportQueueObservation
from support_queue_env.server.wire import http_observation
from support_queue_env.store.archive import open_archive
from support_queue_env.store.export import Exported, Form, Format, export, read_episode
from support_queue_env.store.listing import EpisodeFilter


HARD = played()
EASY = played(task_id="easy_inbox_cleanup", rubric="strict")
CASES = {
    (task.task_id, case.ticket.ticket_id): case
    for task in ENVIRONMENT.tasks
    for case in task.cases
}


def find_case(task_id: str, ticket_id: str) -> Case | None:
    """The case of the tasks that every test knows."""
    return CASES.get((task_id, ticket_id))


@pytest.fixture
def filled(database_url: URL) -> URL:
    """A store with an episode of each rubric, and one of a task that is gone."""
    lost = [
        evolve(state, episode_id="=1+1", task=evolve(state.task, task_id="gone"))
        for state in HARD
    ]
    with opened_store(database_url) as store:
        keep(store, "hard", HARD)
        keep(store, "easy", EASY)
        keep(store, "lost", lost)
    return database_url


def record_in(item: ReadStep | StepFault) -> tuple[int, StepRecord]:
    """Where a step stands, and what it says."""
    assert isinstance(item, ReadStep)
    return item.line, item.record


def exported(
    url: URL, form: Form, format_: Format = "jsonl", **wanted: str
) -> tuple[bytes, Exported]:
    """What an export writes, and what it says."""
    stream = io.BytesIO()
    with open_archive(url) as archive:
        said = export(
            archive,
            stream,
            form,
            format_,
            find_case=find_case,
            wanted=EpisodeFilter(**wanted),  # type: ignore[arg-type]  # by name
        )
    return stream.getvalue(), said


def test_lossless_lines_hold_all_of_an_episode(filled: URL) -> None:
    """What is read from a line is what the store has."""
    written, said = exported(filled, "lossless")
    with open_archive(filled) as archive:
        kept = list(archive.whole_episodes())

    assert [read_episode(line) for line in written.splitlines()] == kept
    assert said.rows == len(kept) == 3


def test_step_lines_are_read_as_stored_steps(filled: URL) -> None:
    """As `rescore` and `diff` do."""
    written, said = exported(filled, "steps", rubric="strict")
    with open_archive(filled) as archive:
        kept = list(archive.steps(EpisodeFilter(rubric="strict")))

    read = list(read_records(written.splitlines(keepends=True), "file"))
    assert [record_in(item) for item in read] == [record_in(item) for item in kept]
    assert said.rows == 2


def test_a_flat_row_has_what_the_agent_saw_and_said(filled: URL) -> None:
    """The prompt is the observation's ticket, the completion the action."""
    written, said = exported(filled, "flat", task_id=HARD[0].task.task_id)
    rows = [json.loads(line) for line in written.splitlines()]
    for row, before, ticket in zip(rows, HARD, HARD[-1].graded, strict=False):
        seen: SupportQueueObservation = observe(before)

        assert (
            json.loads(row["prompt"]) == http_observation(seen)["observation"]["ticket"]
        )
        answer = json.loads(row["completion"])
        assert answer["response"] == ticket.action.response
        assert "metadata" not in answer
        assert row["reward"] == ticket.paid
        parts = [row[name] for name in row if name.startswith("reward/")]
        assert sum(parts) == pytest.approx(row["raw_reward"])
        assert len(parts) == 6
    assert (said.rows, said.missing) == (4, {})


def test_a_ticket_that_nobody_knows_has_no_prompt(filled: URL) -> None:
    """It is told, and the rest of its row is there."""
    written, said = exported(filled, "flat", task_id="gone")
    rows = [json.loads(line) for line in written.splitlines()]

    assert [row["prompt"] for row in rows] == [None] * 4
    assert all(row["completion"] for row in rows)
    assert sum(said.missing.values()) == 4
    assert {task for task, _ in said.missing} == {"gone"}


def test_csv_has_a_column_for_every_component(filled: URL) -> None:
    """Of all rubrics; what looks like a formula is text."""
    written, _ = exported(filled, "flat", "csv")
    rows = list(csv.DictReader(io.StringIO(written.decode(), newline="")))
    classic, strict = rows[0], rows[4]

    assert len(rows) == 10
    assert classic.keys() == strict.keys()
    assert float(classic["reward"]) == HARD[-1].graded[0].paid
    assert [name for name in strict if strict[name] == ""] != []
    assert json.loads(strict["prompt"])["ticket_id"] == strict["ticket_id"]
    assert rows[-1]["episode_id"] == "'=1+1"


def test_parquet_keeps_types_and_values(filled: URL) -> None:
    """Numbers are numbers, and what is not there is null."""
    written, said = exported(filled, "flat", "parquet")
    lines, _ = exported(filled, "flat")
    table = parquet.read_table(io.BytesIO(written))
    rows = [json.loads(line) for line in lines.splitlines()]

    assert said.rows == table.num_rows == 10
    for found, expected in zip(table.to_pylist(), rows, strict=True):
        assert {k: v for k, v in found.items() if v is not None} == {
            k: v for k, v in expected.items() if v is not None
        }
    assert str(table.schema.field("seed").type) == "int64"
    assert str(table.schema.field("reward").type) == "double"


def test_parquet_needs_its_extra(filled: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pyarrow the error says what to install."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(StoreError, match=r"pip install .*\[parquet\]"):
        exported(filled, "flat", "parquet")


@pytest.mark.parametrize("form", ["lossless", "steps"])
def test_tables_are_flat(filled: URL, form: Form) -> None:
    """An episode does not fit into a row."""
    with pytest.raises(StoreError, match="csv has the form flat only"):
        exported(filled, form, "csv")


def test_an_empty_store_gives_empty_files(database_url: URL) -> None:
    """With their header, where they have one."""
    with opened_store(database_url):
        pass

    assert exported(database_url, "lossless")[0] == b""
    assert exported(database_url, "flat", "csv")[0].startswith(b"episode_id,")
    written, _ = exported(database_url, "flat", "parquet")
    assert parquet.read_table(io.BytesIO(written)).num_rows == 0
