"""The `support-queue` command.

Exit codes: 0 all is well; 1 a check ran and failed; 2 the call or a file is wrong;
3 something did not work, such as a server that does not answer.
"""

import os
import sys
from pathlib import Path

import rich_click as click

from ..core.version import __version__
from .later import Later
from .output import is_text, say_no_more


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
    except Exception as error:  # noqa: BLE001 - what is not ours is raised again
        # What knows our errors takes as long to load as the rest of `--version`.
        from .failures import end_with  # noqa: PLC0415

        end_with(error)


def _require_text() -> None:
    if not all(map(is_text, (*sys.argv[1:], *os.environ.values()))):
        # Other people's variables may be what they like; which are ours is asked late.
        from .failures import require_text  # noqa: PLC0415

        require_text()
