"""Options that several commands share."""

import os
from collections.abc import Callable
from typing import Any, TypeVar

import rich_click as click
from attrs import Attribute, fields

from ..server.settings import Settings, settings_from, variable


Command = TypeVar("Command", bound=Callable[..., Any])


def setting_options(*names: str) -> Callable[[Command], Command]:
    """Flags for the settings of those names, or for all of them.

    A flag that is not given is None. Variables and defaults are for `settings_from`
    to apply, so that the server without flags reads them the same way.
    """

    def add(command: Command) -> Command:
        for setting in reversed(fields(Settings)):
            wanted = not names or setting.name in names
            if wanted and setting.metadata.get("flag", True):
                command = _option(setting)(command)
        return command

    return add


ENVIRONMENT_SETTINGS = (
    "rubric",
    "plugin",
    "plugins",
    "isolate_plugins",
    "locked",
    "record",
    "pack",
    "database_url",
    "durability",
)
"""The settings that make an environment, whoever serves it."""

plugin_option = setting_options("plugin", "plugins")
pack_option = setting_options("pack")


def packs_from(flag: tuple[str, ...] | None) -> tuple[str, ...]:
    """The task packs that the flag or the variable names."""
    return settings_from(os.environ, pack=flag).pack


def _option(setting: "Attribute[Any]") -> Callable[[Any], Any]:
    several = isinstance(setting.default, tuple)
    name = setting.name.replace("_", "-")
    is_flag = isinstance(setting.default, bool)
    return click.option(
        f"--{name}/--no-{name}" if is_flag else f"--{name}",
        type=_type(setting),
        default=None,
        multiple=several,
        callback=_none_if_empty if several else None,
        help=f"{setting.metadata['help']} [{_source(setting)}]",
    )


def _source(setting: "Attribute[Any]") -> str:
    plain = isinstance(setting.default, tuple | bool) or setting.default == ""
    return variable(setting) + ("" if plain else f"; default {setting.default}")


def _type(setting: "Attribute[Any]") -> Any:
    if choices := setting.metadata.get("choices"):
        return click.Choice(choices, case_sensitive=False)
    return str if isinstance(setting.default, tuple) else type(setting.default)


def _none_if_empty(
    _: click.Context, __: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...] | None:
    return value or None
