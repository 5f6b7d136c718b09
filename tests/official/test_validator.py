"""openenv's validator: the manifest, a running server, and the runtime graders."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from answers import TASKS, oracle
from openenv.cli._cli_utils import validate_env_structure
from openenv.validation.runner import run_validation
from openenv.validation.types import CheckStatus, Level, ProviderCapability, Verdict
from server_process import embedded_server, server_process


ROOT = Path(__file__).parents[2]
GRADED = [
    "static.manifest",
    "runtime.startup",
    "runtime.reward_well_formed",
    "runtime.observation_schema",
    "runtime.state_contract",
]


class Running:
    """A server that somebody else has started."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def inspect(self) -> dict[str, str]:
        """Nothing to tell."""
        return {}

    def stop(self) -> None:
        """Whoever started it stops it."""


class NoProvider:
    """A provider for the validator that builds and starts nothing."""

    name = "none"
    capabilities = frozenset({ProviderCapability.IMAGE_BUILD})
    supported_network_modes = frozenset({"public", "no-network"})

    def __init__(self, base_url: str) -> None:
        self._running = Running(base_url)

    def build(self, root: Path, execution: Any) -> str:
        """The digest of no image."""
        return "sha256:" + "0" * 64

    def start(self, spec: Any) -> Running:
        """The server that runs already."""
        return self._running


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of what the validator reads, which nobody edits meanwhile."""
    shutil.copy(ROOT / "openenv.yaml", tmp_path)
    shutil.copytree(
        ROOT / "validation",
        tmp_path / "validation",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    return tmp_path


def openenv(*arguments: str) -> Any:
    """The JSON report of `openenv validate`."""
    command = Path(sys.executable).with_name("openenv")
    ran = subprocess.run(
        [str(command), "validate", *arguments, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == ran.returncode, ran.stdout + ran.stderr
    return json.loads(ran.stdout)


def graded(package: Path, url: str) -> dict[str, CheckStatus]:
    """What each check of the validator finds on a running server."""
    report = run_validation(package, max_level=Level.RUNTIME, provider=NoProvider(url))
    assert report.verdict is not Verdict.FAIL, report
    return {result.check_id: result.status for result in report.results}


def test_the_manifest(package: Path) -> None:
    """The static level passes, with every declaration within the policy."""
    report = openenv(str(package), "--level", "static")

    assert "pass" == report["verdict"]
    assert ["pass"] == [result["status"] for result in report["results"]]
    capabilities = report["manifest"]["capabilities"]
    assert {"test": len(TASKS)} == capabilities["declared_task_count"]
    assert (package / capabilities["oracle"]["location"]).is_file()
    assert (package / capabilities["canaries"]).is_file()


def test_what_the_manifest_declares_is_there(server: str) -> None:
    """The declared tools and task counts are those of the running server."""
    request = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    with httpx.Client(base_url=server, trust_env=False) as http:
        listed = http.post("/mcp", json=request).json()["result"]["tools"]
        counted = http.post(
            "/support_queue_env/num_tasks", json={"split": "test"}
        ).json()
    text = (ROOT / "openenv.yaml").read_text(encoding="utf-8")

    assert f"[{', '.join(tool['name'] for tool in listed)}]" in text
    assert f"test: {counted['num_tasks']}\n" in text


def test_a_running_server(server: str) -> None:
    """All six criteria for a running server pass."""
    report = openenv("--url", server)

    assert report["passed"]
    assert [True] * 6 == [criterion["passed"] for criterion in report["criteria"]]


def test_a_running_server_in_production() -> None:
    """They pass in production mode, too, where no episode goes over HTTP."""
    with embedded_server(mode="production") as url:
        report = openenv("--url", url)

    assert [True] * 6 == [criterion["passed"] for criterion in report["criteria"]]
    assert "production" == report["mode"]


def test_the_runtime_graders(package: Path, server: str) -> None:
    """Startup, reward, observation and state pass with the plan of the repository."""
    found = graded(package, server)

    assert [CheckStatus.PASS] * len(GRADED) == [found[check] for check in GRADED]
    assert {CheckStatus.PASS, CheckStatus.SKIP} == set(found.values())


@pytest.mark.parametrize("task_id", TASKS)
@pytest.mark.parametrize("options", [{}, {"feedback": "full"}, {"rewards": "terminal"}])
def test_the_runtime_graders_on_other_plans(
    package: Path, server: str, task_id: str, options: dict[str, str]
) -> None:
    """The same holds for every task, for full feedback and for terminal rewards."""
    plan = {
        "plan_schema_version": "1",
        "reset": {
            "episode_id": "é-" + "x" * 126,
            "seed": 2**32 - 1,
            "options": {"task_id": task_id, "an_unknown_option": [1], **options},
        },
        "actions": oracle(task_id),
    }
    path = package / "validation" / "runtime.json"
    path.write_text(json.dumps(plan), encoding="utf-8")
    found = graded(package, server)

    assert [CheckStatus.PASS] * len(GRADED) == [found[check] for check in GRADED]


def test_the_graders_can_fail(package: Path, server: str) -> None:
    """A plan that the server refuses fails at startup: the checks look."""
    path = package / "validation" / "runtime.json"
    plan = json.loads(path.read_text(encoding="utf-8"))
    plan["actions"][1]["queue"] = "nobody"
    path.write_text(json.dumps(plan), encoding="utf-8")
    report = run_validation(
        package, max_level=Level.RUNTIME, provider=NoProvider(server)
    )

    assert Verdict.FAIL is report.verdict
    assert ["step failed (VALIDATION_ERROR)"] == [
        line
        for result in report.results
        if result.check_id == "runtime.startup"
        for line in result.evidence
    ]


def test_the_graders_on_a_small_server(package: Path) -> None:
    """One slot is enough for the validator, which opens no second session."""
    with server_process(max_sessions="1") as url:
        found = graded(package, url)

    assert CheckStatus.PASS is found["runtime.startup"]


def test_the_structure_for_push() -> None:
    """`openenv push` finds every file that it asks for."""
    problems = validate_env_structure(ROOT)

    assert [] == [text for text in problems if "outputs" not in text]
