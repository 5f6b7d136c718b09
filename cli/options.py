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


def _type(setting: "Attribute[Any]") -> click.ParamType | None:
    choices = setting.metadata.get("choices")
    return click.Choice(choices, case_sensitive=False) if choices else None


def setting_options(command: Command) -> Command:
    """One flag per field of `Settings`, with its variable and default in the help."""
    for setting in reversed(fields(Settings)):
        several = isinstance(setting.default, tuple)
        is_flag = isinstance(setting.default, bool)
        command = click.option(
            f"--{setting.name.replace('_', '-')}",
            default=() if several else setting.default,
            multiple=several,
            is_flag=is_flag,
            type=_type(setting),
            envvar=variable(setting),
            show_envvar=True,
            show_default=not several and not is_flag,
            help=setting.metadata["help"],
        )(command)
    return command
