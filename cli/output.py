"""The words of a command: data on standard output, all else on standard error."""

import os
import sys

import rich_click as click


json_option = click.option(
    "--json", "as_json", is_flag=True, help="One JSON document instead of a table."
)


def is_text(text: str) -> bool:
    """Whether it is that, and not bytes that were taken for some."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def plain(text: str) -> str:
    """Text of a stranger, in one line and without anything that drives a terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def note(message: str) -> None:
    """A line for the person, not for the pipe."""
    click.echo(message, err=True)


def say(text: object = "", *, nl: bool = True) -> None:
    """Text on standard output, and a newline.

    A reader that went away, as `head` does, ends the output and not the command: its
    exit code still tells.
    """
    try:
        click.echo(text, nl=nl)
    except BrokenPipeError:
        say_no_more()


def say_no_more() -> None:
    """Nobody reads standard output any more; what is still written goes nowhere.

    Python would complain at exit when it flushes that.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
