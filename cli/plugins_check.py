"""`support-queue plugins check`: the conformance kit without writing a test."""

import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click
from attrs import fields, frozen

from ..core.cases import Case
from ..core.conversion import structure, unstructure
from ..core.documents import decode_document
from ..core.errors import (
    ConfigurationError,
    InvalidInput,
    PluginError,
    RubricError,
    UnknownName,
    said,
)
from ..environment import load_tasks, read_rubric
from ..plugins.offers import Origin, RegisteredScorer, offer_of
from ..plugins.registry import PluginRegistry
from ..rubrics.conversion import rubric_converter
from ..rubrics.quantities import decimal
from ..rubrics.rubric import Rubric, ScorerChoice
from .options import pack_option, packs_from
from .output import json_option, note
from .printing import print_json, print_table


if TYPE_CHECKING:
    from ..testing import ScorerReport


@frozen
class _Choice:
    """A scorer of the package and the parameters to check it with, if any are given."""

    scorer: RegisteredScorer
    parameters: Mapping[str, Any] | None


@click.command()
@click.argument("package")
@click.option(
    "--parameters",
    help="What to build the scorers with: JSON or TOML, or a file of either. Of "
    "several scorers each takes the table with its name.",
)
@click.option("--rubric", help="A rubric to take the parameters from.")
@pack_option
@click.option(
    "--examples",
    type=click.IntRange(1),
    default=60,
    show_default=True,
    help="How many questions are made up besides those about the tickets.",
)
@json_option
def check(
    package: str,
    parameters: str | None,
    rubric: str | None,
    pack: tuple[str, ...] | None,
    examples: int,
    as_json: bool,
) -> None:
    """Check that scorers keep the rules that every reward relies on.

    PACKAGE is an installed plugin, a scorer as rubrics name it, a module, or
    module:Class. Parameters that must be given and are not are guessed. Exit code 1
    when a scorer breaks a property; the sentence says which, and for what answer.
    """
    if parameters is not None and rubric is not None:
        raise click.UsageError("--parameters and --rubric do not go together")
    chosen = list(_chosen(package, parameters, rubric))
    cases = [
        case
        for task in load_tasks(packs_from(pack), PluginRegistry())
        for case in task.cases
    ]
    checked, refused = _all_checked(chosen, cases, examples)
    if refused and not checked:
        raise refused[0]
    if as_json:
        print_json([_document(name, report) for name, report in checked])
    else:
        for name, report in checked:
            _print(name, report)
    if refused:
        raise refused[0]
    sys.exit(0 if all(report.conforms for _, report in checked) else 1)


def _all_checked(
    chosen: Iterable[_Choice], cases: Sequence[Case], examples: int
) -> tuple[list[tuple[str, "ScorerReport"]], list[ConfigurationError]]:
    """What comes of each scorer that can be built, and why the others cannot."""
    checked, refused = [], []
    for choice in chosen:
        try:
            checked.append((choice.scorer.id, _check(choice, cases, examples)))
        except ConfigurationError as error:
            refused.append(error)
    return checked, refused


def _check(choice: _Choice, cases: Sequence[Case], examples: int) -> "ScorerReport":
    """What comes of checking one scorer.

    Raises:
        ConfigurationError: it cannot be built with these parameters, or with those
            that can be guessed; or the kit is not installed.
    """
    try:
        from ..testing import check_scorer, parameters_for  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"the conformance kit needs {error.name}: install the extra, "
            "openenv-support-queue-env[testing]"
        ) from error
    cls, given = choice.scorer.cls, choice.parameters
    parameters = parameters_for(cls) if given is None else given
    try:
        structure(parameters, cls, f"scorer {choice.scorer.id!r}", rubric_converter)
    except InvalidInput as error:
        advice = (
            "give --parameters or --rubric" if given is None else "see --parameters"
        )
        raise ConfigurationError(f"{error}; {advice}") from error
    report: ScorerReport = check_scorer(
        cls, parameters=given, cases=cases, examples=examples
    )
    return report


def scorers_in(package: str) -> dict[str, RegisteredScorer]:
    """The scorers that `package` stands for, by id.

    Raises:
        UnknownName: it is neither a plugin, nor a scorer, nor a module.
        PluginError: it does not import, or offers no scorer.
    """
    if ":" in package:
        registry = PluginRegistry((package,))
        name = package.partition(":")[0].partition(".")[0].replace("_", "-")
        return _offered_by(registry, name)
    registry = PluginRegistry()
    plugins = [report.name for report in registry.report()]
    if package in plugins:
        return _offered_by(registry, package)
    try:
        return {package: registry.find(package)}
    except UnknownName as unknown:
        known = (*plugins, *unknown.known)
        unknown = UnknownName("plugin, scorer or module", package, known)
        return _of_module(package, unknown)


def _offered_by(registry: PluginRegistry, name: str) -> dict[str, RegisteredScorer]:
    report = next(report for report in registry.report() if report.name == name)
    if not report.scorers:
        raise PluginError(report.reason or f"plugin {name!r} offers no scorer")
    return {scorer: registry.find(scorer) for scorer in report.scorers}


def _of_module(package: str, unknown: UnknownName) -> dict[str, RegisteredScorer]:
    """The scorers of a module; `unknown` is raised if there is no such module."""
    if not all(part.isidentifier() for part in package.split(".")):
        raise unknown
    try:
        module = import_module(package)
    except ModuleNotFoundError as error:
        if error.name and (
            package == error.name or package.startswith(f"{error.name}.")
        ):
            raise unknown from None
        raise PluginError(
            f"module {package!r} does not import: {said(error)}"
        ) from error
    except (Exception, SystemExit) as error:
        raise PluginError(
            f"module {package!r} does not import: {said(error)}"
        ) from error
    origin = Origin(package.partition(".")[0].replace("_", "-"))
    return dict(offer_of(origin, module).scorers)


def _chosen(
    package: str, parameters: str | None, rubric: str | None
) -> Iterator[_Choice]:
    scorers = scorers_in(package)
    if rubric is not None:
        return _named_by(rubric, scorers, package)
    if parameters is None:
        return (_Choice(scorer, None) for scorer in scorers.values())
    return _shared_out(_read(parameters), list(scorers.values()))


def _shared_out(
    given: Mapping[str, Any], scorers: Sequence[RegisteredScorer]
) -> Iterator[_Choice]:
    """To each scorer its own table, or of one table for all what it has a field for."""
    by_scorer = all(isinstance(table, Mapping) for table in given.values())
    if given and by_scorer and given.keys() <= {s.cls.name for s in scorers}:
        for scorer in scorers:
            yield _Choice(scorer, given.get(scorer.cls.name))
        return
    taken = {s.id: {f.name for f in fields(s.cls) if f.init} for s in scorers}
    if unknown := sorted(given.keys() - set().union(*taken.values())):
        raise ConfigurationError(
            f"--parameters: no scorer of {', '.join(taken)} takes {', '.join(unknown)}"
        )
    for scorer in scorers:
        yield _Choice(scorer, {k: v for k, v in given.items() if k in taken[scorer.id]})


def _named_by(
    rubric: str, scorers: Mapping[str, RegisteredScorer], package: str
) -> Iterator[_Choice]:
    """Each use of the scorers in a rubric, equal ones once."""
    seen: list[ScorerChoice] = []
    found = read_rubric(rubric, PluginRegistry())
    # A plugin that the rubric lists may be left out before its scorers' names.
    short = {
        scorer.cls.name: scorer
        for scorer in scorers.values()
        if scorer.origin.plugin in found.plugins
    }
    for _, component in found.walk():
        choice = component.source
        if isinstance(choice, Rubric) or choice in seen:
            continue
        scorer = scorers.get(choice.scorer) or short.get(choice.scorer)
        if scorer is not None:
            seen.append(choice)
            yield _Choice(scorer, choice.parameters)
    if not seen:
        known = ", ".join(scorers)
        raise RubricError(f"rubric {rubric!r} names no scorer of {package!r} ({known})")


def _read(parameters: str) -> dict[str, Any]:
    """The parameters that a text, or the file of that name, holds."""
    text, named = parameters, "--parameters"
    if parameters.endswith((".json", ".toml")):
        named = parameters
        try:
            text = Path(parameters).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"parameters {named!r}: {said(error)}") from error
    try:
        if text.lstrip().startswith("{"):
            document: dict[str, Any] = decode_document(text, "parameters")
            return document
        return tomllib.loads(text, parse_float=decimal)
    except (InvalidInput, ValueError, RecursionError) as error:
        raise ConfigurationError(f"parameters {named!r}: {error}") from error


def _document(name: str, report: "ScorerReport") -> dict[str, Any]:
    return {
        "scorer": name,
        "class": report.scorer,
        "parameters": unstructure(report.parameters),
        "conforms": report.conforms,
        "findings": [
            {
                "property": found.number,
                "title": found.title,
                "verdict": str(found.verdict),
                "sentence": found.sentence,
                "counterexample": found.counterexample,
            }
            for found in report.findings
        ],
        "remarks": list(report.remarks),
        "seconds": round(report.seconds, 3),
    }


def _print(name: str, report: "ScorerReport") -> None:
    outcome = "conforms" if report.conforms else "BROKEN"
    given = ", ".join(f"{key}={value}" for key, value in report.parameters.items())
    print_table(
        f"{name}({given}): {outcome}",
        ("property", "verdict", ""),
        [(f.number, str(f.verdict), f.sentence or f.title) for f in report.findings],
    )
    for finding in report.broken:
        note(f"{name}: {finding}")
    for remark in report.remarks:
        note(f"{name}: {remark}")
