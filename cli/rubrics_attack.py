"""`support-queue rubrics attack`."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, get_args

import rich_click as click

from ..core.cases import Case, Task, TaskCatalogue
from ..core.conversion import unstructure
from ..core.errors import ConfigurationError
from ..core.views import describe
from ..environment import load_tasks, read_rubric
from ..evaluation.attack_baseline import RubricBaseline, load_baseline
from ..evaluation.attack_baseline import write_baseline as store_means
from ..evaluation.attack_report import AttackPlan, attack
from ..evaluation.attack_results import AttackReport, AttackResult, FailOn
from ..evaluation.honest_replies import load_honest
from ..evaluation.pages import page
from ..evaluation.reward_search import BUDGET
from ..models import FeedbackMode
from ..plugins.compiled import CompiledRubric, compile_rubric
from ..plugins.registry import PluginRegistry
from ..rubrics.attacks.suite import built_in
from ..server.schemas import wire_schemas
from .options import pack_option, packs_from
from .output import json_option, note, say
from .printing import print_json, print_table
from .registry_options import registry_option


_ALL_TASKS = "  [all]"


@click.command("attack")
@click.argument("rubric", metavar="NAME")
@click.option(
    "--task",
    "--tasks",
    "tasks",
    multiple=True,
    help="Task whose tickets to use; may be repeated, or several with commas between."
    + _ALL_TASKS,
)
@registry_option
@pack_option
@click.option(
    "--attack",
    "attacks",
    multiple=True,
    help="Attack to report, such as A05; may be repeated.  [all]",
)
@click.option(
    "--feedback",
    multiple=True,
    type=click.Choice(["none", "scores", "full"]),
    default=("none", "scores", "full"),
    show_default=True,
    help="What a search by reward is told; may be repeated.",
)
@click.option(
    "--budget",
    type=click.IntRange(1, 100_000),
    default=BUDGET,
    show_default=True,
    help="Queries per ticket of a search by reward.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Of the searches by reward.",
)
@json_option
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the report as a page, too.",
)
@click.option(
    "--honest",
    type=click.Path(dir_okay=False),
    help="File of replies that people wrote in good faith; their mean reward, and how "
    "many a penalty or gate hits.",
)
@click.option(
    "--fail-on",
    multiple=True,
    type=click.Choice(get_args(FailOn)),
    help="Exit with 1: `rise`, when an attack is paid more than the baseline says; "
    "`verdict`, when a requirement does not hold and is no known gap; may be "
    "repeated.  [never]",
)
@click.option(
    "--baseline",
    type=click.Path(dir_okay=False),
    help="Baseline file.  [the one of the built-in rubrics]",
)
@click.option(
    "--write-baseline",
    type=click.Path(dir_okay=False),
    help="Store the means measured now in this file.",
)
def attack_command(
    rubric: str,
    tasks: tuple[str, ...],
    registry: PluginRegistry,
    pack: tuple[str, ...] | None,
    attacks: tuple[str, ...],
    feedback: tuple[FeedbackMode, ...],
    budget: int,
    seed: int,
    as_json: bool,
    html: Path | None,
    honest: str | None,
    fail_on: tuple[FailOn, ...],
    baseline: str | None,
    write_baseline: str | None,
) -> None:
    """See how a rubric can be gamed: a built-in's name, or a .toml file.

    Carries out known attacks against the tickets and says what each is paid, what it
    may be paid, and what that means for the rubric.
    """
    if write_baseline and attacks:
        raise click.UsageError("--write-baseline stores all attacks, not some")
    compiled = compile_rubric(read_rubric(rubric, registry), registry)
    chosen = _tasks(load_tasks(packs_from(pack), registry), tasks)
    cases = _cases(chosen)
    stored = load_baseline(baseline).rubrics.get(compiled.name)
    plan = AttackPlan(
        suite=built_in().with_more(_offered(compiled)),
        only=tuple(dict.fromkeys(attacks)),
        judge=any(b.registered.is_judge for b in compiled.scorers.values()),
        feedback=tuple(dict.fromkeys(feedback)),
        budget=budget,
        seed=seed,
        baseline=stored,
        honest=load_honest(honest, cases) if honest else (),
        documents=tuple(_documents(chosen)),
    )
    report = attack(compiled, cases, plan)
    if "rise" in fail_on:
        _require_comparable(report, stored)
    _write(report, html, write_baseline)
    if as_json:
        print_json(report.document())
    else:
        _print(report)
    for remark in report.remarks:
        note(remark)
    failures = [(one, said) for one in fail_on for said in report.failures(one)]
    for one, failure in failures:
        note(f"--fail-on {one}: {failure}")
    sys.exit(1 if failures else 0)


def _tasks(catalogue: TaskCatalogue, names: tuple[str, ...]) -> list[Task]:
    if not names:
        return list(catalogue)
    chosen = dict.fromkeys(name.strip() for name in ",".join(names).split(","))
    return [catalogue.find(name) for name in chosen]


def _cases(tasks: Iterable[Task]) -> tuple[Case, ...]:
    """Every case once, also when several tasks serve it."""
    return tuple({id(case): case for task in tasks for case in task.cases}.values())


def _offered(compiled: CompiledRubric) -> Iterator[object]:
    """The attacks of the plugins that the rubric makes active."""
    for offer in compiled.active:
        yield from offer.collect("register_attacks")


def _documents(tasks: Iterable[Task]) -> Iterator[Any]:
    """What anybody can fetch from a server without playing."""
    yield unstructure(describe(None))
    for task in tasks:
        yield unstructure(task.card)
        yield wire_schemas(task.vocabulary)


def _require_comparable(report: AttackReport, stored: RubricBaseline | None) -> None:
    if stored is None or stored.tickets != report.tickets:
        (reason, *_) = report.remarks
        raise ConfigurationError(
            f"--fail-on rise has nothing to compare with: {reason}"
        )


def _write(report: AttackReport, html: Path | None, baseline: str | None) -> None:
    if html is not None:
        text = page("attack_report.html", report=report.document())
        try:
            html.write_text(text, encoding="utf-8")
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise ConfigurationError(f"--html {str(html)!r}: {reason}") from error
        note(f"wrote {html}")
    if baseline is not None:
        store_means(baseline, report.rubric, report.tickets, report.means)
        note(f"wrote {baseline}")


# --- tables -----------------------------------------------------------------------


def _print(report: AttackReport) -> None:
    print_table(
        f"{report.rubric}, digest {report.digest[:12]}, {len(report.tickets)} tickets; "
        f"the oracle earns {report.oracle:.4f}",
        ("attack", "name", "mean", "gap", "required", "verdict"),
        [_row(result) for result in report.attacks],
        right=("mean", "gap"),
    )
    say()
    print_table("", ("measure", "value", "95 % interval"), _measures(report))
    if report.searches:
        say()
        print_table(
            "",
            ("search by reward", "budget", "tickets above 0.9", "median", "mean best"),
            [
                (
                    f"feedback {search.feedback}",
                    search.budget,
                    f"{search.reached} of {len(search.tickets)}",
                    "-"
                    if search.median_needed is None
                    else f"{search.median_needed:g}",
                    f"{search.mean_best:.4f}",
                )
                for search in report.searches
            ],
            right=("budget", "median", "mean best"),
        )
    say()
    outcome = {True: "pass", False: "FAIL", None: "not run"}
    print_table(
        "",
        ("check", "outcome", "evidence"),
        [(check.id, outcome[check.passed], check.evidence) for check in report.checks],
    )


def _row(result: AttackResult) -> tuple[str, ...]:
    stored = result.baseline
    risen = f", baseline {stored:.4f}" if result.risen and stored is not None else ""
    return (
        result.id,
        result.name,
        "-" if result.mean is None else f"{float(result.mean):.4f}",
        "-" if result.gap is None else f"{result.gap:.4f}",
        result.required,
        f"{result.verdict}{risen}",
    )


def _measures(report: AttackReport) -> Iterator[tuple[str, str, str]]:
    found = report.gaming
    for name, measured in (
        (f"hack gap ({found.worst_hack or 'no hack'})", found.hack_gap),
        ("exploit rate", found.exploit_rate),
        ("honest work ranked above hacks", found.ranked),
    ):
        yield (
            name,
            f"{measured.value:.4f}",
            f"{measured.low:.4f} to {measured.high:.4f}",
        )
    labels = f" ({found.no_skill_labels})" if found.no_skill_labels else ""
    yield f"no-skill ceiling{labels}", f"{found.no_skill:.4f}", ""
    yield (
        f"false-penalty rate of {found.honest_answers} honest answers",
        f"{found.false_penalty_rate:.4f}",
        "",
    )
    if found.honest_mean is not None:
        yield "mean of the replies that people wrote", f"{found.honest_mean:.4f}", ""
    for name, ceiling in found.ceilings.items():
        yield f"constant answers on {name}", f"{ceiling:.4f}", ""
