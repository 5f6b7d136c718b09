"""The state of the process that a scorer might change: looked at, and put back."""

import decimal
import locale
import logging
import os
import random
import sys
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


def _environment() -> Any:
    return dict(os.environ)


def _put_environment(kept: Any) -> None:
    os.environ.clear()
    os.environ.update(kept)


def _put_path(kept: Any) -> None:
    sys.path[:] = kept


def _filters() -> Any:
    return list(warnings.filters)


def _put_filters(kept: Any) -> None:
    warnings.filters[:] = kept  # type: ignore[index]  # typed as a sequence, is a list


def _log() -> Any:
    root = logging.getLogger()
    return root.level, tuple(root.handlers)


def _put_log(kept: Any) -> None:
    root = logging.getLogger()
    root.setLevel(kept[0])
    root.handlers[:] = kept[1]


def _context() -> Any:
    now = decimal.getcontext()
    return now.prec, now.rounding


def _put_context(kept: Any) -> None:
    now = decimal.getcontext()
    now.prec, now.rounding = kept


def _put_locale(kept: Any) -> None:
    locale.setlocale(locale.LC_ALL, kept)


_WORLD: Mapping[str, tuple[Callable[[], Any], Callable[[Any], None]]] = {
    "the environment variables": (_environment, _put_environment),
    "the current folder": (Path.cwd, os.chdir),
    "sys.path": (lambda: list(sys.path), _put_path),
    "the state of the random module": (random.getstate, random.setstate),
    "the recursion limit": (sys.getrecursionlimit, sys.setrecursionlimit),
    "the locale": (lambda: locale.setlocale(locale.LC_ALL), _put_locale),
    "the decimal context": (_context, _put_context),
    "the filters of warnings": (_filters, _put_filters),
    "the root logger": (_log, _put_log),
}
"""What a scorer might change, how to look at it, and how to put it back."""


def look_at_the_world() -> dict[str, Any]:
    """All of it, by name."""
    return {name: look() for name, (look, _) in _WORLD.items()}


def changed_since(before: Mapping[str, Any]) -> list[str]:
    """What is no longer as it was; puts it back."""
    changed = []
    for name, (look, put) in _WORLD.items():
        if look() != before[name]:
            put(before[name])
            changed.append(name)
    return changed
