"""Commands whose modules are imported when they are called.

What one command needs (a web server, a database, a model's client) would otherwise be
loaded for all of them, and for `--help`.
"""

from functools import cached_property
from importlib import import_module
from typing import Any

import rich_click as click


class Later(click.RichCommand):
    """Stands for a command in a list of commands, and makes way for it when called.

    Args:
        name: what it is called by.
        module: where it is, in this package.
        summary: the first paragraph of its help text, for the list.
        function: its name in the module; `name` by default.
    """

    def __init__(
        self, name: str, module: str, summary: str, function: str | None = None
    ) -> None:
        super().__init__(name=name, help=summary)
        self._module = module
        self._function = function or name

    @cached_property
    def loaded(self) -> click.Command:
        """The command itself."""
        module = import_module(f".{self._module}", __package__)
        command: click.Command = getattr(module, self._function)
        return command

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        """A context of the command itself, which click then invokes."""
        return self.loaded.make_context(*arguments, **options)
