"""The kit inside pytest: test classes, fixtures, and nobody else's run disturbed."""

import subprocess
import sys
from pathlib import Path

import pytest
from server_process import clean_environment


TESTS = str(Path(__file__).parent)

CONFORMANCE = """
from bad_scorers import MovesTheGoal, ReadsMore
from scorers_for_tests import Confident
from support_queue_env.testing import RubricConformance, ScorerConformance
from support_queue_env.tickets.packs import load_pack

cases = load_pack("classic").tasks[0].cases


class TestGood(ScorerConformance):
    scorer = Confident()
    cases, examples = cases, 5


class TestReadsMore(ScorerConformance):
    scorer = ReadsMore
    cases, examples = cases, 5


class TestReadsAll(ScorerConformance):
    scorer = ReadsMore()
    cases, examples, reads = cases, 5, ("gold", "action")


class TestMovesTheGoal(ScorerConformance):
    scorer = MovesTheGoal
    cases, examples = cases, 5


class TestClassic(RubricConformance):
    rubric = "classic"
    cases, examples, floor = cases, 2, 0
"""

UNRELATED = """
def test_unrelated():
    assert 4 == 2 + 2
"""

QUIET = ("-q", "-W", "error", "-p", "no:cacheprovider")

WITHOUT_HYPOTHESIS = """
import sys

import pytest


class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "hypothesis":
            raise ModuleNotFoundError(name)


sys.meta_path.insert(0, Missing())

code = pytest.main(["-p", "no:hypothesispytest", *sys.argv[1:]])
ours = sorted(name for name in sys.modules if name.startswith("support_queue_env"))
print("imported:", *ours)
sys.exit(code)
"""


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Python with those arguments, in a folder of somebody else's."""
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**clean_environment(), "PYTHONPATH": TESTS},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_classes(tmp_path: Path) -> None:
    """One test a property; a failure is one sentence with its counterexample."""
    (tmp_path / "test_mine.py").write_text(CONFORMANCE, encoding="utf-8")
    ran = run(tmp_path, "-m", "pytest", *QUIET, "-rfs")
    failed = [line for line in ran.stdout.splitlines() if line.startswith("FAILED")]

    assert 1 == ran.returncode, ran.stdout + ran.stderr
    assert [
        "FAILED test_mine.py::TestReadsMore::test_property[P10]",
        "FAILED test_mine.py::TestMovesTheGoal::test_property[P14]",
    ] == [line.partition(" - ")[0] for line in failed]
    assert "changed to 'P1'\n" in ran.stdout
    assert "it changes gold.queue for action.queue='-'\n" in ran.stdout
    assert "Traceback" not in ran.stdout
    assert "P11 not run: it does not declare `ordinal`" in ran.stdout


def test_fixtures(tmp_path: Path) -> None:
    """A case and the answer that earns all there is."""
    (tmp_path / "test_mine.py").write_text(
        "def test_mine(support_queue_case, support_queue_action):\n"
        "    assert support_queue_action.queue == support_queue_case.gold.queue\n",
        encoding="utf-8",
    )
    ran = run(tmp_path, "-m", "pytest", *QUIET)

    assert "1 passed" in ran.stdout


def test_an_unrelated_run_without_hypothesis(tmp_path: Path) -> None:
    """The entry point imports next to nothing, and does not need the extra."""
    (tmp_path / "test_theirs.py").write_text(UNRELATED, encoding="utf-8")
    ran = run(tmp_path, "-c", WITHOUT_HYPOTHESIS, *QUIET)

    assert 0 == ran.returncode, ran.stdout + ran.stderr
    assert "1 passed" in ran.stdout
    assert "imported: support_queue_env support_queue_env.core" in ran.stdout
    assert {
        "support_queue_env",
        "support_queue_env.core",
        "support_queue_env.core.version",
        "support_queue_env.testing",
        "support_queue_env.testing.pytest_plugin",
    } == set(ran.stdout.splitlines()[-1].split()[1:])


@pytest.mark.parametrize("words", [("-n", "2"), ("--assert", "plain")], ids=" ".join)
def test_an_unrelated_run_is_not_warned(tmp_path: Path, words: tuple[str, ...]) -> None:
    """In workers of xdist, and without rewritten assertions; a warning is an error."""
    (tmp_path / "test_theirs.py").write_text(UNRELATED, encoding="utf-8")
    ran = run(tmp_path, "-m", "pytest", *QUIET, *words)

    assert 0 == ran.returncode, ran.stdout + ran.stderr
    assert "1 passed" in ran.stdout
    assert "warning" not in (ran.stdout + ran.stderr).lower()


def test_an_unrelated_run_can_be_measured(tmp_path: Path) -> None:
    """Coverage of somebody else's module sees it from its first line."""
    (tmp_path / "theirs.py").write_text("NUMBER = 4\n", encoding="utf-8")
    (tmp_path / "test_theirs.py").write_text(
        "import theirs\n\ndef test_it():\n    assert 4 == theirs.NUMBER\n",
        encoding="utf-8",
    )
    measured = ("-m", "coverage", "run", "--source=theirs", "-m", "pytest", *QUIET)
    ran = run(tmp_path, *measured)
    told = run(tmp_path, "-m", "coverage", "report")

    assert 0 == ran.returncode, ran.stdout + ran.stderr
    assert "Warning" not in ran.stderr
    assert "100%" in told.stdout
