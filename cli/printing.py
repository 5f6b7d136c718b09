"""Documents and tables on standard output."""

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..core.documents import encode_document
from .output import say


_WIDE = 10_000
"""Columns of a pipe: no line is folded there."""


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
