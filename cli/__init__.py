"""The `support-queue` command.

Exit codes: 0 all is well; 1 a check ran and failed; 2 the call or a file is wrong;
3 something did not work, such as a server that does not answer.
"""

import os
import sys
from pathlib import Path

import rich_click as click

from ..core.errors import (
    ConfigurationError,
    InvalidInput,
    SupportQueueError,
    UnknownName,
)
from ..core.version import __version__
from .later import Later
from .output import say_no_more


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
    Later(
        "serve",
        "serve",
        "Serve the environment over HTTP and WebSocket until interrupted.",
    ),
    Later(
        "eval",
        "evaluate",
        "Play tasks with a policy and print the scores.",
        function="evaluate",
    ),
    Later("score", "score", "Score rows of answers in bulk."),
    Later("rescore", "rescore", "Score stored steps again with another rubric."),
    Later("diff", "diff", "Compare two rubrics on the same stored steps."),
    Later(
        "runs",
        "runs",
        "The runs in the store: servers and evaluations, from start to end.",
    ),
    Later("episodes", "episodes", "The episodes in the store."),
    Later("store", "store", "The store itself: check it, prune it, give room back."),
    Later(
        "tasks",
        "tasks",
        "The tasks there are, and their tickets as an agent sees them.",
    ),
    Later("rubrics", "rubrics", "The rubrics there are, and checks of your own."),
    Later("plugins", "plugins", "The plugins that are installed, and what they offer."),
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
    for word in sys.argv[1:]:
        _require_readable("argument", word)
    if all(map(_is_text, os.environ.values())):
        return
    # Which variables are ours is the settings' to say; hardly ever is it asked.
    from ..server.settings import VARIABLES  # noqa: PLC0415

    for name in VARIABLES:
        _require_readable(name, os.environ.get(name, ""))


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _require_readable(name: str, text: str) -> None:
    if not _is_text(text):
        raise ConfigurationError(f"{name}: expected text in UTF-8, found {text!a:.60}")
