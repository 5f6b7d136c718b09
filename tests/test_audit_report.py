"""What `make audit` makes of a report: good news only where there was an answer."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from workbook import ROOT


FINE = {"name": "attrs", "version": "26.1.0", "vulns": []}
KNOWN = {
    "name": "h11",
    "version": "0.15.0",
    "vulns": [{"id": "GHSA-1", "fix_versions": ["0.16.0"]}],
}
UNKNOWN = {"name": "pluggy", "skip_reason": "Dependency not found on PyPI"}


def reported(
    tmp_path: Path, subject: str, *dependencies: Any
) -> "subprocess.CompletedProcess[str]":
    """The script's exit code and words."""
    report = tmp_path / "report.json"
    report.write_text(json.dumps({"dependencies": dependencies, "fixes": []}))
    return subprocess.run(
        [sys.executable, ROOT / ".ci" / "audit_report.py", subject, report],
        capture_output=True,
        check=False,
        text=True,
    )


@pytest.mark.parametrize(
    ("dependencies", "code", "words"),
    [
        ([FINE], 0, "x.lock: 1 packages, 0 problems"),
        ([FINE, KNOWN], 1, "h11 0.15.0: GHSA-1, fixed in 0.16.0"),
        ([FINE, UNKNOWN], 1, "pluggy: the index does not know it"),
    ],
)
def test_a_lock_passes_if_nothing_is_known_against_it(
    tmp_path: Path, dependencies: list[Any], code: int, words: str
) -> None:
    """A package that the index has lost sight of is no good news either."""
    ran = reported(tmp_path, "x.lock", *dependencies)

    assert code == ran.returncode
    assert words in ran.stdout


@pytest.mark.parametrize(("dependency", "code"), [(FINE, 0), (UNKNOWN, 1)])
def test_an_index_without_advisories_is_noticed(
    tmp_path: Path, dependency: Any, code: int
) -> None:
    """A mirror knows no package by this question; the audit is skipped, and says so."""
    assert code == reported(tmp_path, "--probe", dependency).returncode
