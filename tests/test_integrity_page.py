"""The figures in `docs/integrity.md` are those of the code."""

import re
from fractions import Fraction
from pathlib import Path
from statistics import mean

import pytest
from replies import honest
from unsafe_examples import Half, examples

from support_queue_env.environment import load_environment
from support_queue_env.evaluation.attack_baseline import load_baseline
from support_queue_env.plugins.unsafe_acts import UnsafeActs


PAGE = (Path(__file__).parent.parent / "docs" / "integrity.md").read_text("utf-8")
ENVIRONMENT = load_environment()


@pytest.mark.parametrize(("rubric", "column"), [("classic", 1), ("strict", 2)])
def test_the_attacks(rubric: str, column: int) -> None:
    """Every mean is the one that CI compares with, and none is missing."""
    row = re.compile(r"^\| (A\d\d) \| [^|]+ \| (\S+) \| (\S+) \|$", re.MULTILINE)
    shown = {found[0]: found[column] for found in row.findall(PAGE)}
    stored = load_baseline(None).rubrics[rubric].means

    assert {name: f"{float(Fraction(mean)):.4f}" for name, mean in stored.items()} == (
        shown
    )


@pytest.mark.parametrize(
    ("row", "half"),
    [
        ("in view", "development"),
        ("held out", "held-out"),
        ("written last, by another hand", "fresh"),
    ],
)
def test_honest_work(row: str, half: str) -> None:
    """Means and lowest rewards under both rubrics."""
    cells = []
    for name in ("classic", "strict"):
        rubric = ENVIRONMENT.find_rubric(name)
        earned = [float(rubric.score(r.case, r.action).reward) for r in honest(half)]
        cells.append(f"{mean(earned):.3f}, {min(earned):.3f}")

    assert f"| {row} | {len(earned)} | {cells[0]} | {cells[1]} |" in PAGE


@pytest.mark.parametrize(
    ("row", "half"), [("tuned for", "tuned"), ("held out", "held_out")]
)
def test_unsafe_acts(row: str, half: Half) -> None:
    """How many are seen, and how many harmless sentences are punished."""
    cells = []
    for kind in ("unsafe", "safe"):
        found = [
            UnsafeActs().score(e.case, e.action).reason != "clean"
            for e in examples(half, kind)
        ]
        cells.append(f"{sum(found)} of {len(found)}")

    assert f"| {row} | {cells[0]} | {cells[1]} |" in PAGE
