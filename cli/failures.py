"""How a command ends when something is wrong with it, or with what it was given."""

import os
import sys
from typing import NoReturn

import rich_click as click

from ..core.errors import (
    ConfigurationError,
    InvalidInput,
    SupportQueueError,
    UnknownName,
)
from ..server.settings import VARIABLES
from .output import is_text


def end_with(error: Exception) -> NoReturn:
    """Say it in one sentence and exit, if it is an error of ours; raise any other."""
    if not isinstance(error, SupportQueueError):
        raise error
    click.echo(f"support-queue: {error}", err=True)
    wrong_call = isinstance(error, ConfigurationError | InvalidInput | UnknownName)
    sys.exit(2 if wrong_call else 3)


def require_text() -> None:
    """Refuse bytes that are no text: no store or JSON document could hold them.

    Raises:
        ConfigurationError: an argument, or the variable of a setting, has some.
    """
    words = [("argument", word) for word in sys.argv[1:]]
    variables = [(name, os.environ.get(name, "")) for name in VARIABLES]
    for name, text in words + variables:
        if not is_text(text):
            raise ConfigurationError(
                f"{name}: expected text in UTF-8, found {text!a:.60}"
            )
