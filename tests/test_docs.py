"""The documentation is held to the code."""

import inspect
import re
from pathlib import Path

import pytest
import rich_click as click

from support_queue_env.cli import command
from support_queue_env.core.session import Session
from support_queue_env.environment import load_environment
from support_queue_env.evaluation.heuristic import HeuristicPolicy
from support_queue_env.models import ResetOptions
from support_queue_env.plugins import hookspecs
from support_queue_env.plugins.registry import PluginRegistry


ROOT = Path(__file__).parent.parent
PAGES = sorted(
    page
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    if ".venv" not in page.parts
)


def read(page: str) -> str:
    """The text of a page."""
    return (ROOT / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link names a file of the repository."""
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    missing = [t for t in targets if not (page.parent / t).exists()]

    assert [] == missing


def test_every_hook_has_a_section() -> None:
    """Its heading has the exact argument list."""
    page = read("docs/plugins.md")
    for name, function in inspect.getmembers(hookspecs, inspect.isfunction):
        if not hasattr(function, f"{hookspecs.PROJECT}_spec"):
            continue
        arguments = ", ".join(inspect.signature(function).parameters)

        assert f"## Hook `{name}({arguments})`" in page


def test_every_built_in_scorer_is_described() -> None:
    """With each of its parameters."""
    page = read("docs/rubrics.md")
    registry = PluginRegistry()
    for scorer_id in registry.report()[0].scorers:
        row = next(line for line in page.splitlines() if f"| `{scorer_id}` |" in line)
        for attribute in registry.find(scorer_id).cls.__attrs_attrs__:
            assert f"`{attribute.name}`" in row


def test_every_command_is_in_the_readme() -> None:
    """Groups with their subcommands."""
    readme = read("README.md")
    for name, subcommand in command.commands.items():
        line = next(x for x in readme.splitlines() if f"`support-queue {name}" in x)
        if isinstance(subcommand, click.Group):
            assert all(inner in line for inner in subcommand.commands)


def test_every_reset_option_is_in_the_readme() -> None:
    """What a trainer may pass to `reset` is written where he looks first."""
    readme = read("README.md")

    assert all(f"`{a.name}`" in readme for a in ResetOptions.__attrs_attrs__)


def test_the_readme_shows_what_make_run_prints() -> None:
    """Digest and scores of the sample are those of the code."""
    environment = load_environment()
    readme = read("README.md")
    policy = HeuristicPolicy()

    assert environment.find_rubric(None).digest[:12] in readme
    for task in environment.tasks:
        session = Session(environment)
        observation = session.reset(ResetOptions(task_id=task.task_id))
        rewards = []
        while not observation.done:
            observation = session.step(policy.act(observation))
            rewards.append(f"{observation.reward:.2f}")
        shown = f"{session.state.average_reward:.2f}  {' '.join(rewards)}"
        line = next(x for x in readme.splitlines() if x.startswith(task.task_id))

        assert line.endswith(shown)
