"""What `bench.py` writes: the table in a page, and the document."""

import json
from pathlib import Path

import pytest
from attrs import evolve
from harness.figures import Row, Spread, Surroundings, at_least, compared
from harness.machine import Machine
from harness.results import BEGIN, END, Results, line, number, renewed, write_markdown


MACHINE = Machine(
    processor="Model 7",
    cores=2,
    pinned="server on one core, load on the others",
    system="Linux 6 x86_64",
    python="CPython 3.11.0",
    ours="uvicorn 1",
    official="openenv 0.10.0",
    commit="abcdef",
    date="2026-01-01 00:00 UTC",
)
FASTER = compared(
    [20_000.0, 22_000.0],
    [5_000.0, 5_000.0],
    suite="ws",
    case="64 connections",
    figure="steps per CPU-second",
    unit="/s",
    better="more",
    aim=at_least(4.5),
)
PLAIN = Row(
    suite="ws",
    case="a | b",
    figure="ceiling",
    unit="/s",
    better="more",
    ours=Spread(1.5, 1.5, 1.5),
    note="of the load generator",
)


def results() -> Results:
    """A run of two suites, of which one could not be measured."""
    return Results(
        machine=MACHINE,
        length="short",
        rows=[FASTER, PLAIN],
        skipped={"client": "no package index"},
        seconds={"ws": 1.0, "client": 0.0},
    )


def test_a_row_says_everything() -> None:
    """Medians with their spread, the ratio, the aim, and whether it is met."""
    assert line(FASTER) == (
        "| 64 connections | steps per CPU-second | 21,000 (20,000 to 22,000) /s "
        "| 5,000 /s | 4.2 (4 to 4.4) | ≥ 4.5 | **missed** |"
    )
    assert line(PLAIN) == (
        "| a \\| b | ceiling | 1.5 /s | - | - | - | of the load generator |"
    )


def test_the_page_tells_what_else_the_machine_did() -> None:
    """Over all rows; rows of detail are in the document only."""
    busy = evolve(FASTER, surroundings=Surroundings(load=1.5, steal=0.02))
    quiet = evolve(PLAIN, surroundings=Surroundings(load=0.5, steal=0), detail=True)
    told = evolve(results(), rows=[busy, quiet])

    assert "Load 1 (0.5 to 1.5), steal 1 (0 to 2) % meanwhile." in told.markdown()
    assert "of the load generator" not in told.markdown()
    assert "of the load generator" in told.json()


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.25, "0.25"), (4.567, "4.57"), (999.4, "999"), (123_456, "123,000")],
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    """More would not be the same the next time."""
    assert text == number(value)


def test_a_page_keeps_all_but_its_table(tmp_path: Path) -> None:
    """Between the markers there is the new table, and the rest is as it was."""
    page = tmp_path / "page.md"
    page.write_text(f"# Title\n\n{BEGIN}\nold\n{END}\n\nThe end.\n", encoding="utf-8")
    write_markdown(page, results())
    once = page.read_text(encoding="utf-8")
    write_markdown(page, results())

    assert once == page.read_text(encoding="utf-8")
    assert once.startswith(f"# Title\n\n{BEGIN}\n")
    assert once.endswith(f"{END}\n\nThe end.\n")
    assert "old" not in once
    assert "Model 7" in once
    assert line(FASTER) in once
    assert "Not measured: no package index." in once


def test_a_page_without_markers_is_refused() -> None:
    """Nothing of a page is overwritten that is no table of ours."""
    with pytest.raises(ValueError, match="the page has no lines"):
        renewed("# Title\n", "table")


def test_missed_aims_are_said() -> None:
    """How many are met, and of the others by how much they are not."""
    slow = evolve(PLAIN, aim=at_least(2, "ours"))
    fast = evolve(PLAIN, aim=at_least(1, "ours"))

    assert evolve(results(), rows=[FASTER, slow, fast, PLAIN]).summary() == (
        "aims: 1 met, 2 missed\n"
        "ws / 64 connections / steps per CPU-second: 4.2 (4 to 4.4) is not ≥ 4.5\n"
        "ws / a | b / ceiling: 1.5 is not ≥ 2 /s"
    )


def test_the_document_has_it_all() -> None:
    """Every figure, and whether it meets its aim."""
    document = json.loads(results().json())

    assert [False, None] == [row["met"] for row in document["rows"]]
    assert "Model 7" == document["machine"]["processor"]
    assert 21_000 == document["rows"][0]["ours"]["median"]
    assert {"client": "no package index"} == document["skipped"]
