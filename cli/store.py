"""`support-queue store`: whether it is whole, and how large it may be."""

import re
import sys
from typing import Any

import rich_click as click

from ..core.conversion import unstructure
from ..store.checking import Checked
from ..store.checking import check as check_store
from ..store.retention import prune as prune_store
from ..store.retention import vacuum as vacuum_store
from .archives import MOST, store_option, store_url
from .output import json_option, note, say
from .printing import print_json


_AGE = re.compile(r"(\d+)([smhdw])")
_SIZE = re.compile(r"(\d+)([kmg]?)b?", re.IGNORECASE)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_BYTES = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30}

_LARGEST = 2**62
"""Seconds or bytes; what a database can compare with."""

_DIGITS = 30
"""Of a number that is looked at; Python reads none of several thousand."""


class _Amount(click.ParamType[int]):
    """A number with a unit."""

    def __init__(
        self, name: str, shape: re.Pattern[str], units: dict[str, int]
    ) -> None:
        self.name = name
        self._shape = shape
        self._units = units

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """The amount in the smallest unit."""
        if isinstance(value, int):
            return value
        found = self._shape.fullmatch(str(value))
        if found is None:
            units = ", ".join(unit for unit in self._units if unit)
            self.fail(f"expected a number and one of {units}, found {value!r:.40}")
        number, unit = found[1], self._units[found[2].lower()]
        if len(number) > _DIGITS or int(number) * unit > _LARGEST:
            self.fail(f"expected at most {_LARGEST // unit}, found {value!r:.40}")
        return int(number) * unit


@click.group()
def store() -> None:
    """The store itself: check it, prune it, give room back."""


@store.command()
@store_option
@json_option
def check(database_url: str | None, as_json: bool) -> None:
    """Look at every page, reference and document; nothing is changed.

    Exit code 1 when something is wrong.
    """
    found = check_store(store_url(database_url))
    if as_json:
        print_json({**unstructure(found), "whole": found.whole})
    else:
        _print(found)
    if not found.whole:
        sys.exit(1)


@store.command()
@store_option
@click.option(
    "--older-than",
    type=_Amount("age", _AGE, _SECONDS),
    help="Episodes that were reset longer ago go: 90d, 12h, ….",
)
@click.option(
    "--keep",
    type=click.IntRange(min=0, max=MOST),
    help="All but the newest so many go.",
)
@click.option(
    "--max-size",
    type=_Amount("size", _SIZE, _BYTES),
    help="The oldest go until the others take up no more: 500M, 2G, …; SQLite only.",
)
@json_option
def prune(
    database_url: str | None,
    older_than: int | None,
    keep: int | None,
    max_size: int | None,
    as_json: bool,
) -> None:
    """Remove old episodes, for any of the reasons given; servers may go on.

    The file stays as large as it is, and new episodes fill the room; `store vacuum`
    gives it back to the disk.
    """
    if older_than is None and keep is None and max_size is None:
        raise click.UsageError("say what may go: --older-than, --keep or --max-size")
    done = prune_store(
        store_url(database_url), older_than=older_than, keep=keep, max_bytes=max_size
    )
    if as_json:
        print_json(unstructure(done))
    else:
        note(f"{done.episodes} episodes with {done.steps} steps removed")


@store.command()
@store_option
@json_option
def vacuum(database_url: str | None, as_json: bool) -> None:
    """Give the room that pruning left back to the disk."""
    done = vacuum_store(store_url(database_url))
    if as_json:
        print_json(unstructure(done))
    else:
        note(f"{done.before:,} bytes before, {done.after:,} after")


def _print(found: Checked) -> None:
    say(f"{found.place} ({found.backend}, schema {found.version})")
    if found.size is not None:
        say(f"{found.size:,} bytes")
    for table, rows in found.rows.items():
        say(f"{table}: {rows:,}")
    for path in found.aside:
        say(f"set aside earlier, because it was damaged: {path}")
    for finding in found.findings:
        say(f"WRONG: {finding}")
    say("whole" if found.whole else f"{len(found.findings)} findings")
