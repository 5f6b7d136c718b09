"""`make bench-check`: a quarter of a ratio may be lost, and no more."""

from pathlib import Path

import pytest
from harness import guard
from harness.figures import Better, Row, Spread
from harness.guard import Guarded, has_fallen


def row(
    ratio: float | None = 4.0,
    suite: str = "ws",
    better: Better = "more",
    *,
    guarded: bool = True,
) -> Row:
    """A row with that ratio."""
    return Row(
        suite=suite,
        case="64 connections",
        figure="steps per CPU-second",
        unit="/s",
        better=better,
        ours=Spread(8.0, 8.0, 8.0),
        ratio=None if ratio is None else Spread(ratio, ratio, ratio),
        guarded=guarded,
    )


@pytest.mark.parametrize(
    ("better", "expected", "found", "fallen"),
    [
        ("more", 4.0, 4.5, False),
        ("more", 4.0, 3.0, False),
        ("more", 4.0, 2.999, True),
        ("less", 0.75, 0.1, False),
        ("less", 0.75, 1.0, False),
        ("less", 0.75, 1.001, True),
    ],
)
def test_a_quarter_may_be_lost(
    better: Better, expected: float, found: float, fallen: bool
) -> None:
    """Exactly a quarter less is still well, whichever direction is better."""
    assert fallen == has_fallen(Guarded(ratio=expected, better=better), found)


def test_a_fall_is_named(tmp_path: Path) -> None:
    """Suite, case, figure, what was expected and what was found."""
    file = tmp_path / "guard.json"
    guard.write(file, [row(4.0)], ["ws"])
    (fall,) = guard.falls(guard.read(file), [row(2.5)], ["ws"])

    assert str(fall) == (
        "ws / 64 connections / steps per CPU-second: expected a ratio of 4, found 2.5"
    )


def test_a_row_that_is_gone_is_a_fall(tmp_path: Path) -> None:
    """A guarded row cannot be lost by not being measured; a skipped suite can."""
    file = tmp_path / "guard.json"
    guard.write(file, [row(4.0)], ["ws"])

    assert [None] == [f.found for f in guard.falls(guard.read(file), [], ["ws"])]
    assert [None] == [
        f.found for f in guard.falls(guard.read(file), [row(None)], ["ws"])
    ]
    assert [] == guard.falls(guard.read(file), [], ["engine"])


def test_writing_one_suite_keeps_the_others(tmp_path: Path) -> None:
    """Only what was measured is renewed; rows that are not guarded are not written."""
    file = tmp_path / "guard.json"
    guard.write(file, [row(4.0), row(0.5, "engine", "less")], ["ws", "engine"])
    guard.write(file, [row(5.0), row(9.0, "http", guarded=False)], ["ws", "http"])
    written = guard.read(file)

    assert [("engine", 0.5), ("ws", 5.0)] == [
        (name.partition(" / ")[0], value.ratio) for name, value in written.items()
    ]
