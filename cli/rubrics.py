"""`support-queue rubrics`."""

import sys
from collections.abc import Iterable
from fractions import Fraction

import rich_click as click

from ..core.cases import Case
from ..core.errors import RubricError
from ..environment import load_tasks
from ..plugins.compiled import CompiledRubric, compile_rubric
from ..plugins.registry import PluginRegistry
from ..rubrics.files import BUILT_IN, load_rubric, rubric_source
from ..rubrics.rubric import Component, Criterion, Penalty, Rubric
from .options import plugin_option
from .output import json_option, note, print_json, print_table


@click.group()
def rubrics() -> None:
    """The rubrics there are, and checks of your own."""


@rubrics.command("list")
@json_option
def list_(as_json: bool) -> None:
    """The built-in rubrics, a line each."""
    registry = PluginRegistry()
    found = [compile_rubric(load_rubric(name), registry) for name in BUILT_IN]
    if as_json:
        print_json([_document(compiled) for compiled in found])
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
@plugin_option
@click.option("--source", is_flag=True, help="The TOML itself, to start your own from.")
@json_option
def show(rubric: str, plugin: tuple[str, ...], source: bool, as_json: bool) -> None:
    """One rubric: a built-in's name, or a .toml file."""
    if source:
        click.echo(rubric_source(rubric), nl=False)
        return
    compiled = compile_rubric(load_rubric(rubric), PluginRegistry(plugin))
    if as_json:
        print_json(_document(compiled))
        return
    rows = [
        (path, _kind(component), _amount(component), _scorer(component))
        for path, component in _walk(compiled.rubric, "")
    ]
    print_table(
        f"{compiled.name} {compiled.rubric.version}, digest {compiled.digest}",
        ("component", "kind", "amount", "scorer"),
        rows,
        right=("amount",),
    )


@rubrics.command()
@click.argument("files", nargs=-1, required=True, metavar="RUBRIC...")
@plugin_option
def check(files: tuple[str, ...], plugin: tuple[str, ...]) -> None:
    """Compile rubrics and score the oracle's answers to the classic tickets.

    Exit code 1 when a rubric does not compile; a classic ticket on which the oracle
    earns less than 1 is only a remark, for a rubric of your own may want more.
    """
    registry = PluginRegistry(plugin)
    cases = [case for task in load_tasks() for case in task.cases]
    failed = False
    for reference in files:
        try:
            compiled = compile_rubric(load_rubric(reference), registry)
        except RubricError as error:
            failed = True
            click.echo(f"{reference}: FAILED")
            note(str(error))
            continue
        click.echo(f"{reference}: ok, digest {compiled.digest}")
        for remark in _oracle_remarks(compiled, cases):
            note(f"{reference}: {remark}")
    sys.exit(1 if failed else 0)


def _oracle_remarks(compiled: CompiledRubric, cases: Iterable[Case]) -> Iterable[str]:
    for case in cases:
        reward = compiled.score(case, case.gold.oracle()).reward
        if reward != Fraction(1):
            yield f"the oracle earns {float(reward):.4f} on {case.ticket.ticket_id}"


def _document(compiled: CompiledRubric) -> dict[str, object]:
    return {
        "name": compiled.name,
        "version": compiled.rubric.version,
        "digest": compiled.digest,
        "description": compiled.rubric.description,
        "components": [
            {
                "name": path,
                "kind": _kind(component),
                "amount": _amount(component),
                "scorer": _scorer(component),
            }
            for path, component in _walk(compiled.rubric, "")
        ],
    }


def _walk(rubric: Rubric, prefix: str) -> Iterable[tuple[str, Component]]:
    for component in rubric.components:
        path = f"{prefix}{component.name}"
        yield path, component
        if isinstance(component.source, Rubric):
            yield from _walk(component.source, f"{path}.")


def _kind(component: Component) -> str:
    return type(component).__name__.lower()


def _amount(component: Component) -> str:
    match component:
        case Criterion():
            return str(component.weight)
        case Penalty():
            return str(component.amount)
        case _:
            return str(component.cap)


def _scorer(component: Component) -> str:
    if isinstance(component.source, Rubric):
        return "(criteria of its own)"
    given = ", ".join(f"{k}={v}" for k, v in component.source.parameters.items())
    return f"{component.source.scorer}({given})"
