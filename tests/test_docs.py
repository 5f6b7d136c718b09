"""The documentation is held to the code."""

import inspect
import re
import tomllib
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, get_args

import attrs
import pytest
import rich_click as click
from sqlalchemy import Table
from workbook import ROOT, blocks

from support_queue_env.cli import command
from support_queue_env.core.cases import Gold, Statement
from support_queue_env.core.errors import FaultKind
from support_queue_env.core.records import StepRecord
from support_queue_env.core.session import Session
from support_queue_env.environment import load_environment
from support_queue_env.evaluation.configuration import VARIABLES
from support_queue_env.evaluation.heuristic import HeuristicPolicy
from support_queue_env.models import ResetOptions
from support_queue_env.plugins import hookspecs
from support_queue_env.plugins.judge import settings as judge_settings
from support_queue_env.plugins.judge.failure import FailureCode
from support_queue_env.plugins.offers import Origin, marked, offer_of
from support_queue_env.plugins.registry import PluginRegistry
from support_queue_env.rubrics.attacks.suite import built_in
from support_queue_env.rubrics.files import (
    CriterionTable,
    GateTable,
    PenaltyTable,
    RubricTable,
)
from support_queue_env.rubrics.quantities import UnitQuantity
from support_queue_env.server.log_fields import FIELDS
from support_queue_env.server.metric_list import METRICS
from support_queue_env.server.settings import Settings, variable
from support_queue_env.store import schema
from support_queue_env.tickets.lint_statements import MATCHING_RULES, RULES


PAGES = sorted(
    str(page.relative_to(ROOT))
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    if ".venv" not in page.parts
)
FOREIGN_FLAGS = {
    "--confcutdir",
    "--hypothesis-profile",
    "--level",
    "--no-deps",
    "--skip-build",
}
"""Flags of other programs that pages speak of."""


def read(page: str) -> str:
    """The text of a page."""
    return (ROOT / page).read_text(encoding="utf-8")


def section(page: str, heading: str) -> str:
    """What stands under a heading, up to the next one of its level."""
    level = heading.partition(" ")[0]
    after = read(page).partition(f"\n{heading}\n")[2]
    return re.split(rf"^{level} ", after, flags=re.MULTILINE)[0]


def rows(text: str) -> dict[str, str]:
    """The rows of all tables, by every name in backticks of their first cell."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        first = re.match(r"\|([^|]+)\|", line)
        for name in re.findall("`([^`]+)`", first[1]) if first else ():
            found[name] = line
    return found


def slug(heading: str) -> str:
    """A heading as GitHub names it in links."""
    kept = re.sub(r"[^\w\- ]", "", heading.lower())
    return kept.replace(" ", "-")


# --- links and blocks -------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    """Every relative link names a file of the repository, and a heading of it."""
    missing = []
    for target, anchor in re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", read(page)):
        file = (ROOT / page).parent / target if target else ROOT / page
        if not file.exists():
            missing.append(target)
        elif anchor and anchor not in map(
            slug, re.findall("^#+ (.*)$", file.read_text("utf-8"), re.MULTILINE)
        ):
            missing.append(f"{target}#{anchor}")

    assert [] == missing


@pytest.mark.parametrize("page", PAGES)
def test_blocks_are_what_they_say(page: str) -> None:
    """Python compiles, TOML parses."""
    for block in blocks(page):
        if block.language == "python":
            compile(block.text, page, "exec")
        if block.language == "toml":
            tomllib.loads(block.text)


@pytest.mark.parametrize("page", PAGES)
def test_flags_exist(page: str) -> None:
    """A page speaks of no option that no command has."""
    known = {"--help", "--version", *FOREIGN_FLAGS}
    for _, subcommand in commands(command):
        for option in subcommand.params:
            known.update([*option.opts, *option.secondary_opts])
    named = re.findall(r"`[^`\n]*?(--[a-z][a-z-]+)", read(page))

    assert [] == [flag for flag in named if flag not in known]


# --- hooks ------------------------------------------------------------------------


@pytest.mark.parametrize("name", hookspecs.HOOKS)
def test_every_hook_has_a_section(name: str) -> None:
    """Its heading has the exact argument list; under it all that an author asks."""
    arguments = ", ".join(inspect.signature(getattr(hookspecs, name)).parameters)
    text = section("docs/plugins.md", f"## Hook `{name}({arguments})`")

    assert "**When**" in text
    assert "**Arguments**" in text
    assert "**Returns**" in text.replace("**returns**", "**Returns**")
    assert "xample" in text or "```python" in text


def test_every_hook_has_an_example() -> None:
    """Each is implemented by some file of the page, and each file is a plugin."""
    shown: set[str] = set()
    for plugin in example_plugins():
        shown.update(offer_of(Origin("acme"), plugin).hooks)

    assert set(hookspecs.HOOKS) == shown


@pytest.fixture(scope="module", autouse=True)
def _examples(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("examples")
    for block in blocks("docs/plugins.md"):
        if block.name.endswith(".py") and not block.name.startswith("test_"):
            (folder / block.name).write_text(block.text, encoding="utf-8")
    EXAMPLES[:] = sorted(folder.glob("*.py"))


EXAMPLES: list[Path] = []


def example_plugins() -> Iterator[object]:
    """The modules and classes with hooks in the files of the page."""
    for path in EXAMPLES:
        spec = spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        classes = [
            cls
            for _, cls in inspect.getmembers(module, inspect.isclass)
            if cls.__module__ == path.stem and marked(cls)
        ]
        yield from [module] if marked(module) else classes


def test_the_example_of_an_attack_is_one() -> None:
    """It joins the built-in ones, and what it is compared with exists."""
    offers = [offer_of(Origin("acme"), plugin) for plugin in example_plugins()]
    more = [a for offer in offers for a in offer.collect("register_attacks")]
    suite = built_in().with_more(more)
    attack = suite.attacks[-1]
    case = load_environment().tasks.find(None).cases[0]

    assert attack.policy is not None
    assert attack.policy(case, [case]).response.isupper()
    assert attack.must.reference in {known.id for known in suite.attacks}


@pytest.mark.parametrize("kind", FaultKind)
def test_every_fault_is_in_the_table(kind: FaultKind) -> None:
    """Whoever meets one in a log finds it."""
    assert str(kind) in rows(section("docs/plugins.md", "## Faults"))


# --- rubrics ----------------------------------------------------------------------


@pytest.mark.parametrize("scorer_id", PluginRegistry().report()[0].scorers)
def test_every_built_in_scorer_is_described(scorer_id: str) -> None:
    """With each of its parameters, and the value of those that may be left out."""
    row = rows(section("docs/rubrics.md", "## Built-in scorers"))[scorer_id]
    for parameter in attrs.fields(PluginRegistry().find(scorer_id).cls):
        if parameter.init:
            assert f"`{parameter.name}`" in row
            assert default_of(parameter) in row.partition(f"`{parameter.name}`")[2]


def default_of(parameter: "attrs.Attribute[Any]") -> str:
    """The default as the table writes it; nothing where there is none to speak of."""
    match parameter.default:
        case UnitQuantity() as quantity:
            return f'`"{quantity}"`'
        case str() as text if text:
            return f'`"{text}"`'
        case int() | float() as number:
            return f"{number:g}"
    return ""


def test_every_key_of_a_rubric_file_is_described() -> None:
    """Of the file in one table, of components in the other."""
    described = rows(section("docs/rubrics.md", "## The file"))
    for table in (RubricTable, CriterionTable, PenaltyTable, GateTable):
        for attribute in attrs.fields(table):
            assert attribute.name in described


def test_every_key_of_a_stored_step_is_described() -> None:
    """And no other, so that the table can be relied on."""
    described = rows(section("docs/rubrics.md", "## Stored steps"))

    assert {a.name for a in attrs.fields(StepRecord)} == set(described)


@pytest.mark.parametrize("code", get_args(FailureCode))
def test_every_failure_of_a_judge_is_named(code: str) -> None:
    """They are reasons in feedback and in stored steps."""
    assert f"`{code}`" in section("docs/rubrics.md", "## The judge")


def test_every_field_of_the_truth_is_described() -> None:
    """What the author of a task pack may write."""
    described = rows(read("docs/task-packs.md"))
    for table in (Gold, Statement):
        for attribute in attrs.fields(table):
            assert attribute.name in described


@pytest.mark.parametrize("rule", [*RULES, *MATCHING_RULES])
def test_every_rule_about_statements_is_described(rule: str) -> None:
    """What `tasks check` says can be looked up."""
    assert rule in rows(section("docs/task-packs.md", "## Lint"))


# --- settings and commands --------------------------------------------------------


@pytest.mark.parametrize("setting", attrs.fields(Settings), ids=lambda a: str(a.name))
def test_every_setting_is_described(setting: "attrs.Attribute[Any]") -> None:
    """Flag, variable and default in one row; keys have no flag."""
    flag = f"--{setting.name.replace('_', '-')}"
    has_flag = setting.metadata.get("flag", True)
    row = rows(read("docs/settings.md"))[flag if has_flag else variable(setting)]

    assert f"`{variable(setting)}`" in row
    assert (str(setting.default).lower() if setting.default else "") in row


@pytest.mark.parametrize(
    "name",
    [
        *VARIABLES,
        "HF_TOKEN",
        "MODEL_TIMEOUT",
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
        judge_settings.BASE_URL,
        judge_settings.API_KEY,
        judge_settings.MODEL,
        judge_settings.PRICES,
        judge_settings.AT_ONCE,
    ],
)
def test_every_other_variable_is_described(name: str) -> None:
    """Those of the judge and of `inference.py`."""
    assert name in rows(read("docs/settings.md"))


def commands(group: click.Group) -> Iterator[tuple[str, click.Command]]:
    """Every command below a group, by its words."""
    for name, subcommand in group.commands.items():
        loaded = getattr(subcommand, "loaded", subcommand)
        yield name, loaded
        if isinstance(loaded, click.Group):
            for inner, found in commands(loaded):
                yield f"{name} {inner}", found


@pytest.mark.parametrize("name", [name for name, _ in commands(command)])
def test_every_command_is_in_the_readme(name: str) -> None:
    """In the table of commands; subcommands in the row of their group."""
    group, _, inner = name.partition(" ")
    listed = section("README.md", "## Commands").splitlines()
    row = next(line for line in listed if line.startswith(f"| `support-queue {group}"))
    first_cell = row.replace("\\|", " ").split("|")[1]

    assert re.search(rf"\b{inner or group}\b", first_cell)


def test_every_reset_option_is_in_the_readme() -> None:
    """What a trainer may pass to `reset` is written where he looks first."""
    readme = read("README.md")

    assert all(f"`{a.name}`" in readme for a in ResetOptions.__attrs_attrs__)


def test_the_sample_of_a_signature_is_one() -> None:
    """As the classic rubric has it, with its middle left out."""
    page = read("docs/rubrics.md")
    sample = re.search(r"^    (support-queue\|.*)…(.*)$", page, re.MULTILINE)
    signature = load_environment().find_rubric(None).signature

    assert sample is not None
    assert signature.startswith(sample[1])
    assert signature.endswith(sample[2])


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


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_every_field_of_a_log_line_is_described(name: str) -> None:
    """Whoever searches logs knows what there is."""
    assert name in rows(section("docs/operations.md", "## Logs"))


def test_every_metric_is_described() -> None:
    """With its labels; and no other, so that the table can be relied on."""
    described = rows(section("docs/operations.md", "## Metrics"))

    assert {metric.shown for metric in METRICS.values()} == set(described)
    for metric in METRICS.values():
        _, _, kind, labels, meaning, _ = described[metric.shown].split("|")
        assert metric.kind == kind.strip()
        assert ", ".join(metric.labels) == labels.strip().replace("*", "")
        assert metric.help.rstrip(".") in meaning


def test_every_reason_of_a_refusal_is_described() -> None:
    """As a server counts them, wherever it does."""
    source = "".join(path.read_text("utf-8") for path in ROOT.glob("server/*.py"))
    counted = re.findall(r'Refusal\(\s*\d+,\s*"(\w+)"|\bcount\("(\w+)"\)', source)
    table = re.search(r"^_COUNTED_AS = {(.*)}$", source, re.MULTILINE)
    assert table is not None
    reasons = {a or b for a, b in counted} | {*re.findall(r'"(\w+)"', table[1])}

    assert reasons == set(rows(section("docs/operations.md", "## What is refused")))


# --- decisions and architecture -----------------------------------------------------


@pytest.mark.parametrize("page", [page for page in PAGES if "decisions/" in page])
def test_decisions_are_held_by_something(page: str) -> None:
    """The tests that a decision names exist."""
    held_by = read(page).partition("**Held by.**")[2]
    tests = "".join(path.read_text("utf-8") for path in ROOT.glob("tests/**/*.py"))
    named = re.findall(r"`(test_\w+)`", held_by)
    files = re.findall(r"`((?:tests|benchmarks)/[\w/.]+)`", held_by)

    assert held_by
    assert [] == [name for name in named if f"def {name}(" not in tests]
    assert [] == [file for file in files if not (ROOT / file).exists()]


def test_the_architecture_names_files_that_exist() -> None:
    """Every path in backticks."""
    paths = re.findall(r"`([\w/]+/(?:[\w.]+\.\w+)?)`", read("docs/architecture.md"))

    assert [] == [path for path in paths if not (ROOT / path).exists()]


# --- the store ----------------------------------------------------------------------


@pytest.mark.parametrize("table", schema.metadata.sorted_tables, ids=str)
def test_every_table_of_the_store_is_described(table: Table) -> None:
    """With each of its columns, and no other."""
    row = rows(section("docs/store.md", "## What is kept"))[table.name]
    described = row.split("|")[-2]

    assert {column.name for column in table.c} <= set(re.findall(r"`(\w+)`", described))
