"""Options that several commands share."""

from collections.abc import Callable
from typing import Any, TypeVar

import rich_click as click
from attrs import Attribute, fields

from ..server.settings import PREFIX, Settings, variable


Command = TypeVar("Command", bound=Callable[..., Any])

rubric_option = click.option(
    "--rubric",
    default="classic",
    show_default=True,
    envvar=f"{PREFIX}RUBRIC",
    help="A built-in rubric's name, or a .toml file.",
)
plugin_option = click.option(
    "--plugin",
    multiple=True,
    metavar="MODULE:CLASS",
    help="Use this plugin beside the installed ones; may be repeated.",
)
pack_option = click.option(
    "--pack",
    multiple=True,
    metavar="FILE",
    help="Task pack file to add to the classic one; may be repeated.",
)


def setting_options(command: Command) -> Command:
    """One flag per field of `Settings`; a flag that is not given is None.

    Variables and defaults are for `settings_from` to apply, so that the server
    without flags reads them the same way.
    """
    for setting in reversed(fields(Settings)):
        several = isinstance(setting.default, tuple)
        command = click.option(
            f"--{setting.name.replace('_', '-')}",
            type=_type(setting),
            default=None,
            multiple=several,
            is_flag=isinstance(setting.default, bool),
            callback=_none_if_empty if several else None,
            help=f"{setting.metadata['help']} [{_source(setting)}]",
        )(command)
    return command


def _source(setting: "Attribute[Any]") -> str:
    plain = isinstance(setting.default, tuple | bool)
    return variable(setting) + ("" if plain else f"; default {setting.default}")


def _type(setting: "Attribute[Any]") -> Any:
    if choices := setting.metadata.get("choices"):
        return click.Choice(choices, case_sensitive=False)
    return str if isinstance(setting.default, tuple) else type(setting.default)


def _none_if_empty(
    _: click.Context, __: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...] | None:
    return value or None
