"""`support-queue plugins`."""

import rich_click as click

from ..core.conversion import unstructure
from ..plugins.registry import PluginRegistry
from .options import plugin_option, plugins_from
from .output import json_option, note, print_json, print_table


@click.command()
@plugin_option
@json_option
def plugins(plugin: tuple[str, ...] | None, as_json: bool) -> None:
    """The plugins that are installed and the scorers they offer.

    A plugin that does not import is listed as broken, and hurts only rubrics that
    name it.
    """
    found = PluginRegistry(plugins_from(plugin)).report()
    if as_json:
        print_json([unstructure(report) for report in found])
        return
    print_table(
        "",
        ("plugin", "from", "version", "state", "scorers"),
        [(r.name, r.source, r.version, r.state, ", ".join(r.scorers)) for r in found],
    )
    for report in found:
        if report.reason:
            note(report.reason)
