"""The heavy forms are not run here; that they can be is."""

import json
import subprocess
import sys
from pathlib import Path


SOAK = Path(__file__).parent.parent / "benchmarks" / "soak.py"


def soak(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """`benchmarks/soak.py` in a process of its own."""
    return subprocess.run(
        [sys.executable, str(SOAK), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_scenario_is_run_and_told(tmp_path: Path) -> None:
    """A server of its own is started, measured and held to the bar."""
    ran = soak("--only", "idle", "--json", str(tmp_path / "soak.json"))
    (outcome,) = json.loads((tmp_path / "soak.json").read_text(encoding="utf-8"))

    assert 0 == ran.returncode, ran.stdout + ran.stderr
    assert "idle: ok" in ran.stdout
    assert [True] * 3 == [figure["holds"] for figure in outcome["figures"]]


def test_an_unknown_scenario_is_refused() -> None:
    """A name that is none is named, and nothing is run."""
    ran = soak("--only", "idle,nonsense")

    assert 2 == ran.returncode
    assert "unknown: nonsense" in ran.stderr
