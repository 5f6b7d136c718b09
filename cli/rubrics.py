"""`support-queue rubrics`."""

import sys
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import rich_click as click
from attrs import frozen

from ..core.cases import Case
from ..core.conversion import unstructure
from ..core.errors import ConfigurationError, RubricError, ScoringError, UnknownName
from ..environment import load_tasks, read_rubric, read_rubric_source
from ..plugins.compiled import CompiledRubric, compile_rubric
from ..plugins.lock import drift, lock_of, lock_path, lock_text, read_lock
from ..plugins.registry import PluginRegistry
from ..rubrics.files import BUILT_IN, load_rubric
from ..rubrics.rubric import Component, Rubric
from .later import Later
from .options import pack_option, packs_from
from .output import json_option, note, say
from .printing import print_json, print_table
from .registry_options import registry_option


@click.group()
def rubrics() -> None:
    """The rubrics there are, and checks of your own."""


rubrics.add_command(
    Later(
        "attack",
        "rubrics_attack",
        "See how a rubric can be gamed: a built-in's name, or a .toml file.",
        function="attack_command",
    )
)


@rubrics.command("list")
@json_option
def list_(as_json: bool) -> None:
    """The built-in rubrics, a line each."""
    registry = PluginRegistry()
    found = [compile_rubric(load_rubric(name), registry) for name in BUILT_IN]
    if as_json:
        print_json([compiled.description for compiled in found])
        return
    print_table(
        "",
        ("rubric", "version", "components", "digest", "description"),
        [
            (
                c.name,
                c.rubric.version,
                len(c.rubric.components),
                c.digest[:12],
                c.rubric.description,
            )
            for c in found
        ],
        right=("components",),
    )


@rubrics.command()
@click.argument("rubric")
@registry_option
@click.option("--source", is_flag=True, help="The TOML itself, to start your own from.")
@json_option
def show(
    rubric: str,
    registry: PluginRegistry,
    source: bool,
    as_json: bool,
) -> None:
    """One rubric: a built-in's name, <plugin>.<rubric>, or a .toml file."""
    if source and as_json:
        raise click.UsageError("--source prints TOML; it does not go with --json")
    if source:
        say(read_rubric_source(rubric, registry), nl=False)
        return
    compiled = compile_rubric(read_rubric(rubric, registry), registry)
    if as_json:
        print_json(compiled.description)
        return
    rows = [
        (path, str(component.kind), str(component.amount), _scorer(component))
        for path, component in compiled.rubric.walk()
    ]
    print_table(
        f"{compiled.name} {compiled.rubric.version}, digest {compiled.digest}\n"
        f"{compiled.signature}",
        ("component", "kind", "amount", "scorer"),
        rows,
        right=("amount",),
    )


@rubrics.command()
@click.argument("files", nargs=-1, required=True, metavar="RUBRIC...")
@registry_option
@pack_option
@json_option
def check(
    files: tuple[str, ...],
    registry: PluginRegistry,
    pack: tuple[str, ...] | None,
    as_json: bool,
) -> None:
    """Compile rubrics, and score the oracle's answers to every ticket.

    Exit code 1 when a rubric does not compile or a scorer fails. A ticket on which
    the oracle earns less than 1 is only a remark: your rubric may want more.
    """
    tasks = load_tasks(packs_from(pack), registry)
    cases = [case for task in tasks for case in task.cases]
    checks = [_check(reference, registry, cases) for reference in files]
    if as_json:
        print_json([unstructure(checked) for checked in checks])
    else:
        for checked in checks:
            outcome = "FAILED" if checked.error else f"ok, digest {checked.digest}"
            say(f"{checked.rubric}: {outcome}")
            for remark in filter(None, (checked.error, *checked.remarks)):
                note(f"{checked.rubric}: {remark}")
    sys.exit(1 if any(checked.error for checked in checks) else 0)


@rubrics.command()
@click.argument("rubric", default="classic")
@registry_option
@click.option(
    "-o",
    "--output",
    help="File to write, - for standard output.  [RUBRIC.lock, beside a rubric file]",
)
@click.option(
    "--check", is_flag=True, help="Only compare; exit 1 when something moved."
)
def lock(
    rubric: str,
    registry: PluginRegistry,
    output: str | None,
    check: bool,
) -> None:
    """Write down what a rubric is made of, for `serve --locked` and `eval --locked`.

    Distributions, versions and hashes of its plugins, and version, source and
    parameters of every scorer.
    """
    compiled = compile_rubric(read_rubric(rubric, registry), registry)
    path = lock_path(rubric) if output in {None, "-"} else Path(str(output))
    if check:
        moved = list(drift(read_lock(path), lock_of(compiled)))
        for change in moved:
            say(change)
        note(f"{path}: {len(moved)} changes" if moved else f"{path}: nothing moved")
        sys.exit(1 if moved else 0)
    text = lock_text(lock_of(compiled))
    if output == "-":
        say(text, nl=False)
        return
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise RubricError(f"lock file {str(path)!r}: {reason}") from error
    note(f"{path}: rubric {compiled.name}, digest {compiled.digest[:12]}")


@frozen
class _Check:
    """What came of checking one rubric."""

    rubric: str
    digest: str | None = None
    error: str | None = None
    remarks: tuple[str, ...] = ()


def _check(reference: str, registry: PluginRegistry, cases: Iterable[Case]) -> _Check:
    try:
        compiled = compile_rubric(read_rubric(reference, registry), registry)
        remarks = tuple(_oracle_remarks(compiled, cases))
    except (ConfigurationError, ScoringError, UnknownName) as error:
        return _Check(reference, error=str(error))
    return _Check(reference, compiled.digest, remarks=remarks)


def _oracle_remarks(compiled: CompiledRubric, cases: Iterable[Case]) -> Iterator[str]:
    for case in cases:
        reward = compiled.score(case, case.gold.oracle()).reward
        if reward != Fraction(1):
            yield f"the oracle earns {float(reward):.4f} on {case.ticket.ticket_id}"


def _scorer(component: Component) -> str:
    if isinstance(component.source, Rubric):
        return "(criteria of its own)"
    given = ", ".join(f"{k}={v}" for k, v in component.source.parameters.items())
    return f"{component.source.scorer}({given})"
