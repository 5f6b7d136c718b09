"""What openenv.yaml points its validator to: the oracle, the canaries, the plan."""

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from answers import TASKS, environment, task

from support_queue_env.core.actions import structure_action
from support_queue_env.core.conversion import structure
from support_queue_env.core.session import Session
from support_queue_env.models import ResetOptions


ROOT = Path(__file__).parent.parent
MANIFEST = (ROOT / "openenv.yaml").read_text(encoding="utf-8")
CANARIES = [
    json.loads(line)
    for line in (ROOT / "validation/canaries.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]
PLAN = json.loads((ROOT / "validation/runtime.json").read_text(encoding="utf-8"))
CEILING = Fraction(6, 10)
"""The full reward less the floor margin of the manifest."""


def earned(canary: dict[str, Any]) -> Fraction:
    """The mean reward of a canary's actions, exactly."""
    scorer = environment().find_rubric(None)
    found = task(canary["reset"]["task_id"])
    rewards = [
        scorer.score(case, structure_action(action, case.vocabulary)).reward
        for case, action in zip(found.cases, canary["actions"], strict=True)
    ]
    return sum(rewards, Fraction(0)) / len(rewards)


def test_the_manifest_names_what_is_there() -> None:
    """Each path in the manifest's validation block is a file of the repository."""
    named = {word for word in MANIFEST.split() if word.startswith("validation/")} | {
        "Dockerfile"
    }

    assert {
        "Dockerfile",
        "validation/canaries.jsonl",
        "validation/oracle.py",
        "validation/runtime.json",
    } == named
    assert all((ROOT / path).is_file() for path in named)


def test_the_margin_is_the_one_that_canaries_keep() -> None:
    """The floor margin of the manifest is what separates canaries from the oracle."""
    assert f"floor_margin: {float(1 - CEILING)}" in MANIFEST


def test_the_oracle_earns_everything() -> None:
    """The script plays every task, gets 1.0 for each ticket, and ends well."""
    ran = subprocess.run(
        [sys.executable, str(ROOT / "validation/oracle.py")],
        capture_output=True,
        text=True,
        check=True,
    )

    assert {name: [1.0] * size for name, size in TASKS.items()} == json.loads(
        ran.stdout
    )


@pytest.mark.parametrize(
    "canary", CANARIES, ids=lambda c: f"{c['canary']}-{c['reset']['task_id']}"
)
def test_a_canary_stays_under_its_ceiling(canary: dict[str, Any]) -> None:
    """A strategy that does not solve the task is paid little, and never more."""
    ceiling = Fraction(str(canary["max_reward"]))

    assert earned(canary) <= ceiling <= CEILING


def test_every_canary_plays_every_task() -> None:
    """No task is left out, where a strategy may pay after all."""
    played = [(c["canary"], c["reset"]["task_id"]) for c in CANARIES]
    names = list(dict.fromkeys(name for name, _ in played))

    assert [(name, task_id) for name in names for task_id in TASKS] == played


def test_a_canary_ceiling_is_not_slack() -> None:
    """Some task brings each canary to within 0.1 of its ceiling."""
    for name in {c["canary"] for c in CANARIES}:
        rows = [c for c in CANARIES if c["canary"] == name]
        best = max(earned(row) for row in rows)

        assert Fraction(str(rows[0]["max_reward"])) - best <= Fraction(1, 10)


def test_the_runtime_plan_plays_a_whole_episode() -> None:
    """Reset and actions of the plan lead to the end, each reward in its range."""
    reset = PLAN["reset"]
    session = Session(environment())
    options = {"episode_id": reset["episode_id"], "seed": reset["seed"]}
    session.reset(structure(options | reset["options"], ResetOptions, "plan"))
    seen = [session.step(session.read_action(action)) for action in PLAN["actions"]]

    assert [False] * (len(seen) - 1) + [True] == [step.done for step in seen]
    assert all(0.8 < (step.reward or 0.0) <= 1.0 for step in seen)
    assert reset["episode_id"] == session.state.episode_id
