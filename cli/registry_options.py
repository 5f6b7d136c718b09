"""Flags that choose plugins, for commands that look for scorers and packs in them."""

import os
from functools import wraps
from typing import Any, cast

from ..plugins.registry import PluginRegistry
from ..server.settings import settings_from
from .options import Command, plugin_option


def registry_option(command: Command) -> Command:
    """Flags for plugins; the command gets a `registry` in place of them."""

    @wraps(command)
    def with_registry(
        *arguments: Any,
        plugin: tuple[str, ...] | None,
        plugins: bool | None,
        **options: Any,
    ) -> Any:
        registry = registry_from(plugin, plugins)
        return command(*arguments, registry=registry, **options)

    return plugin_option(cast("Command", with_registry))


def registry_from(
    plugin: tuple[str, ...] | None, plugins: bool | None
) -> PluginRegistry:
    """The plugins that the flags or the variables allow.

    Raises:
        PluginError: one of those given by option cannot be used.
    """
    settings = settings_from(os.environ, plugin=plugin, plugins=plugins)
    return PluginRegistry(settings.plugin, settings.plugins)
