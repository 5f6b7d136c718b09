"""The benchmark of growth, with one server in both places."""

import json
from pathlib import Path

import pytest
from harness import messages, packs
from harness.jobs import Work
from harness.packs import write_packs
from harness.plan import Plan
from harness.servers import ours
from suites.scale import by_step

from support_queue_env.tickets.packs import load_pack


PLAN = Plan(length="smoke", seconds=0.05, repeats=1)


def test_packs_of_any_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many tasks are divided among files, each a valid pack, and none is left out."""
    monkeypatch.setattr(packs, "TASKS_IN_A_FILE", 2)

    read = [load_pack(str(file)) for file in write_packs(tmp_path / "packs", 3)]

    named = [task.task_id for pack in read for task in pack.tasks]
    assert ["generated-0", "generated-1", "generated-2"] == named
    assert 3 * messages.TICKETS == sum(len(pack.cases) for pack in read)
    assert len(read) == len({pack.name for pack in read})


def test_resets_name_tasks_that_there_are() -> None:
    """By chance among those of a pack, or always the classic one."""
    reset = messages.resets(3)
    named = {json.loads(reset())["data"]["task_id"] for _ in range(200)}

    assert {"generated-0", "generated-1", "generated-2"} == named
    assert messages.RESET == messages.resets(0)()


def test_generated_tasks_are_played(tmp_path: Path) -> None:
    """A server that knows them is loaded with them, and the row has its aim."""
    files = write_packs(tmp_path / "packs", 2)
    with ours(pack=files) as server:
        work = Work(kind="ws", connections=2, seconds=0.05, tasks=2)
        row = by_step(server, server, work, PLAN)

    assert row.ratio is not None
    assert row.ours.least > 0
    assert row.aim is not None
