"""The store as commands read it: which one is meant, and which run or episode of it."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import rich_click as click
from sqlalchemy import URL

from ..core.errors import StoreError, UnknownName
from ..core.log import StoredEpisode
from ..server.settings import settings_from
from ..store.archive import Archive, open_archive
from ..store.listing import EpisodeFilter, RunSummary
from ..store.sqlite_file import files_of
from ..store.urls import resolve_url
from .options import setting_options
from .output import plain


Command = TypeVar("Command", bound=Callable[..., Any])

NEWEST = "last"
"""Stands for the newest run or episode."""

STORE = "store:"
"""Before a run's id, where a file of stored steps is expected."""

MOST = 1_000_000_000
"""Rows that a command may be told to stop after; any store has fewer."""

store_option = setting_options("database_url")

limit_option = click.option(
    "--limit",
    type=click.IntRange(min=1, max=MOST),
    help="Not more than so many.  [all]",
)


def store_url(flag: str | None) -> URL:
    """The store that the flag or the variable names.

    Raises:
        StoreError: they name none.
    """
    url = resolve_url(settings_from(os.environ, database_url=flag).database_url)
    if url is None:
        raise StoreError(
            "--database-url (SUPPORT_QUEUE_DATABASE_URL): expected a store to read, "
            "found none"
        )
    return url


def store_files(flag: str | None) -> tuple[Path, ...]:
    """The files of the store that the flag or the variable names, if it has any."""
    try:
        url = store_url(flag)
    except StoreError:
        return ()
    sqlite = url.get_backend_name() == "sqlite"
    return files_of(Path(url.database or "")) if sqlite else ()


def filter_options(command: Command) -> Command:
    """Flags that choose episodes; the command gets a function in place of them.

    It makes the `EpisodeFilter` once there is an archive, which knows what `--run last`
    means.
    """

    @wraps(command)
    def with_filter(
        *arguments: Any,
        run: str | None,
        task: str | None,
        rubric: str | None,
        finished: bool | None,
        **options: Any,
    ) -> Any:
        def wanted(archive: Archive) -> EpisodeFilter:
            return EpisodeFilter(
                run_id=None if run is None else find_run(archive, run).run_id,
                task_id=task,
                rubric=rubric,
                finished=finished,
            )

        return command(*arguments, wanted=wanted, **options)

    for option in (
        click.option(
            "--finished/--unfinished",
            default=None,
            help="Only those whose every ticket was graded, or only the others.",
        ),
        click.option("--rubric", help="Only those under a rubric: its name or digest."),
        click.option("--task", help="Only those of a task."),
        click.option(
            "--run", help=f"Only those of a run: its id, its beginning, or {NEWEST}."
        ),
    ):
        with_filter = option(with_filter)
    return with_filter  # type: ignore[return-value]  # click keeps what it decorates


def find_run(archive: Archive, reference: str) -> RunSummary:
    """The run of an id, of the beginning of one, or the newest for `last`.

    Raises:
        StoreError: there is none; or several begin like that.
    """
    if reference == NEWEST:
        for run in archive.runs(1):
            return run
        raise StoreError(f"the store {archive.place}: it holds no runs")
    exact = archive.run(reference)
    if exact is not None:
        return exact
    found = [run for run in archive.runs() if run.run_id.startswith(reference)]
    if not found or not reference:
        recent = [run.run_id for run in archive.runs(5)]
        raise UnknownName("run", reference, (*recent, NEWEST))
    if len(found) > 1:
        raise StoreError(f"run {reference!r:.60}: {len(found)} runs begin like that")
    return found[0]


def find_episode(archive: Archive, reference: str) -> StoredEpisode:
    """The episode of a key, or the newest of an id; `last` is the newest of all.

    Raises:
        UnknownName: there is none; it lists the newest.
    """
    found = archive.episode(reference)
    recent = [item.episode for item in archive.episodes(limit=5)]
    if found is None and reference == NEWEST and recent:
        found = archive.episode(recent[0].key)
    if found is None:
        names = [plain(episode.episode_id[:64]) for episode in recent]
        raise UnknownName("episode", reference, (*names, NEWEST))
    return found


@contextmanager
def opened(flag: str | None) -> Iterator[Archive]:
    """The store that the flag or the variable names, for reading."""
    with open_archive(store_url(flag)) as archive:
        yield archive


def moment(at: float) -> str:
    """Seconds since 1970 as a date and time of UTC, to the second."""
    return time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(at))


def score_shown(score: float | None) -> str:
    """A score in a table."""
    return "-" if score is None else f"{score:.4f}"
