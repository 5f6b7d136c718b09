"""The `support-queue` command.

Exit codes: 0 all is well; 1 a check ran and failed; 2 the call or a file is wrong;
3 something did not work, such as a server that does not answer.
"""

import os
import sys
from pathlib import Path

import rich_click as click
from attrs import fields

from .. import __version__
from ..core.errors import (
    ConfigurationError,
    InvalidInput,
    SupportQueueError,
    UnknownName,
)
from ..server.settings import Settings, variable
from .diff import diff
from .episodes import episodes
from .evaluate import evaluate
from .output import say_no_more
from .plugins import plugins
from .rescore import rescore
from .rubrics import rubrics
from .runs import runs
from .serve import serve
from .store import store
from .tasks import tasks


class _Commands(click.RichGroup):
    """Ends well when nobody reads on; click itself would call that a failure."""

    def invoke(self, context: click.Context) -> object:
        """Run the command that the words name."""
        try:
            return super().invoke(context)
        except BrokenPipeError:
            say_no_more()
            sys.exit(0)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="support-queue")
def command() -> None:
    """Support-ticket triage for agents: serve it, play it, look inside."""


for subcommand in (
    *(serve, evaluate, rescore, diff),
    *(runs, episodes, store),
    *(tasks, rubrics, plugins),
):
    command.add_command(subcommand)


def main() -> None:
    """Run the command; our own errors are one sentence on standard error."""
    # As `python -m` does, so that --plugin finds a module in this folder; last, so
    # that nothing in the folder can stand in for a module of somebody else's.
    sys.path.append(str(Path.cwd()))
    try:
        _require_text()
        command()
    except SupportQueueError as error:
        click.echo(f"support-queue: {error}", err=True)
        wrong_call = isinstance(error, ConfigurationError | InvalidInput | UnknownName)
        sys.exit(2 if wrong_call else 3)


def _require_text() -> None:
    """Refuse bytes that are no text: no store or JSON document could hold them."""
    ours = [variable(setting) for setting in fields(Settings)]
    words = [("argument", word) for word in sys.argv[1:]]
    variables = [(name, os.environ.get(name, "")) for name in ours]
    for name, text in words + variables:
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ConfigurationError(
                f"{name}: expected text in UTF-8, found {text!a:.60}"
            ) from None
