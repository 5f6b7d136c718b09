"""`support-queue plugins`: what is installed; `new` and `check` for authors."""

import rich_click as click

from ..core.conversion import unstructure
from ..environment import read_rubric
from .later import Later
from .options import plugin_option
from .output import json_option, note
from .printing import print_json, print_table
from .registry_options import registry_from


@click.group(invoke_without_command=True)
@click.option("--rubric", help="Show which plugins this rubric makes active.")
@plugin_option
@json_option
@click.pass_context
def plugins(
    context: click.Context,
    rubric: str | None,
    plugin: tuple[str, ...] | None,
    plugins: bool | None,
    as_json: bool,
) -> None:
    """The plugins that are installed, and what they offer.

    Listing imports all of them. One that does not import is listed as broken, and
    hurts only rubrics that name it.
    """
    if context.invoked_subcommand is not None:
        return
    registry = registry_from(plugin, plugins)
    named: tuple[str, ...] = ()
    if rubric is not None:
        found = read_rubric(rubric, registry)
        scorers = (c.source for _, c in found.walk())
        owners = (getattr(s, "scorer", "").partition(".") for s in scorers)
        named = (*found.plugins, *(name for name, dot, _ in owners if dot))
    reports = registry.report(named)
    if as_json:
        print_json([unstructure(report) for report in reports])
        return
    print_table(
        "",
        ("plugin", "distribution", "version", "state", "hooks", "scorers"),
        [
            (
                report.name,
                report.distribution,
                report.version,
                report.state,
                ", ".join(report.hooks),
                ", ".join(report.scorers),
            )
            for report in reports
        ],
    )
    for report in reports:
        if report.reason:
            note(f"{report.name}: {report.reason}")


plugins.add_command(
    Later(
        "new",
        "plugins_new",
        "Write a package with a scorer, its tests and a rubric that uses it.",
    )
)
plugins.add_command(
    Later(
        "check",
        "plugins_check",
        "Check that scorers keep the rules that every reward relies on.",
    )
)
