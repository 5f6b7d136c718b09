"""What commands print: data on standard output, everything else on standard error."""

import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import rich_click as click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..core.documents import encode_document


_WIDE = 10_000
"""Columns of a pipe: no line is folded there."""

json_option = click.option(
    "--json", "as_json", is_flag=True, help="One JSON document instead of a table."
)


def print_json(document: Any) -> None:
    """A JSON document and a newline."""
    say(encode_document(document).decode())


def print_table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    right: Iterable[str] = (),
    footer: Sequence[object] | None = None,
) -> None:
    """A table: ruled on a terminal, plain columns in a pipe."""
    piped = not sys.stdout.isatty()
    console = Console(width=_WIDE if piped else None, highlight=False)
    numbers = set(right)
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in numbers else "left")
    for row in rows:
        table.add_row(*(escape(str(cell)) for cell in row))
    if footer is not None:
        table.add_section()
        table.add_row(*(escape(str(cell)) for cell in footer), style="bold")
    if title:
        say(title)
    with console.capture() as drawn:
        console.print(table)
    # Without the blanks that fill the last column.
    say("\n".join(line.rstrip() for line in drawn.get().splitlines()))


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
