"""`support-queue episodes`: what was played, episode by episode."""

import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext

import rich_click as click

from ..core.conversion import unstructure
from ..core.log import StoredEpisode, StoredStep
from ..core.score_documents import read_score
from ..environment import load_tasks
from ..evaluation.rescoring import StoredCases
from ..plugins.registry import PluginRegistry
from ..store.archive import Archive
from ..store.export import Exported, Form, Format, export
from ..store.listing import EpisodeFilter, EpisodeSummary
from .archives import (
    filter_options,
    find_episode,
    limit_option,
    moment,
    opened,
    score_shown,
    store_option,
)
from .options import pack_option, packs_from
from .output import json_option, note, plain, say
from .printing import print_json, print_table
from .registry_options import registry_option
from .steps import written


Wanted = Callable[[Archive], EpisodeFilter]


@click.group()
def episodes() -> None:
    """The episodes in the store."""


@episodes.command("list")
@store_option
@filter_options
@limit_option
@json_option
def list_(
    database_url: str | None, wanted: Wanted, limit: int | None, as_json: bool
) -> None:
    """Episodes, the newest first."""
    with opened(database_url) as archive:
        found = list(archive.episodes(wanted(archive), limit))
    if as_json:
        print_json([unstructure(item) for item in found])
    else:
        print_episodes(found)


@episodes.command()
@click.argument("episode")
@store_option
@json_option
def show(episode: str, database_url: str | None, as_json: bool) -> None:
    """One episode: each answer, what it earned and why.

    EPISODE is its id (of several, the newest is meant), its key, or `last`.
    """
    with opened(database_url) as archive:
        found = find_episode(archive, episode)
    if as_json:
        print_json(unstructure(found))
        return
    say(f"Episode {plain(found.episode_id)}")
    say(f"key {found.key}, run {found.run_id}, over {found.source}")
    say(f"task {found.task_id}, rubric {found.rubric} ({found.rubric_digest[:12]})")
    say(f"reset {moment(found.at)}, {_progress(found)}")
    for step in found.steps:
        say()
        _print_step(step)


@episodes.command("export")
@store_option
@filter_options
@limit_option
@click.option(
    "--form",
    type=click.Choice(("lossless", "steps", "flat")),
    help="lossless: a line for each episode with all that is kept; steps: what rescore "
    "and diff read; flat: a row for each step with prompt, completion and rewards.  "
    "[lossless; flat for csv and parquet]",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(("jsonl", "csv", "parquet")),
    default="jsonl",
    show_default=True,
    help="csv and parquet hold the form flat; parquet needs the extra of that name.",
)
@click.option("-o", "--output", help="Where it goes.  [standard output]")
@registry_option
@pack_option
def export_(
    database_url: str | None,
    wanted: Wanted,
    limit: int | None,
    form: Form | None,
    format_: Format,
    output: str | None,
    registry: PluginRegistry,
    pack: tuple[str, ...] | None,
) -> None:
    """Write episodes out of the store, the oldest first.

    Prompts of flat rows come from the task packs that are given here. Exit code 1 when
    a stored step could not be read.
    """
    chosen: Form = form or ("lossless" if format_ == "jsonl" else "flat")
    if format_ != "jsonl" and chosen != "flat":
        raise click.UsageError(f"--format {format_} holds the form flat, not {chosen}")
    if format_ == "parquet" and output is None and sys.stdout.isatty():
        raise click.UsageError("--format parquet is nothing to look at: give --output")
    cases = StoredCases(load_tasks(packs_from(pack), registry))
    with opened(database_url) as archive:
        chosen_episodes = wanted(archive)
        with (
            written(output, database_url=database_url)
            if output
            else nullcontext(sys.stdout.buffer)
        ) as stream:
            done = export(
                archive,
                stream,
                chosen,
                format_,
                find_case=cases.of,
                wanted=chosen_episodes,
                limit=limit,
            )
    _report(done)


def _report(done: Exported) -> None:
    for (task_id, ticket_id), rows in done.missing.items():
        note(
            f"{rows} rows have no prompt: no task pack given here has ticket "
            f"{ticket_id!r:.60} of task {task_id!r:.60}"
        )
    for fault in done.faults:
        note(fault)
    more = done.failed - len(done.faults)
    if more > 0:
        note(f"and {more} more steps that cannot be read")
    note(f"{done.rows} written, {done.failed} failed")
    if done.failed:
        sys.exit(1)


def print_episodes(found: Sequence[EpisodeSummary]) -> None:
    """A table of episodes."""
    print_table(
        "",
        ("episode", "reset", "task", "rubric", "over", "graded", "score"),
        [
            (
                plain(item.episode.episode_id[:64]),
                moment(item.episode.at),
                item.episode.task_id,
                item.episode.rubric,
                item.episode.source,
                f"{item.graded}/{item.episode.total_tickets}",
                score_shown(item.score),
            )
            for item in found
        ],
        right=("graded", "score"),
    )


def _progress(episode: StoredEpisode) -> str:
    graded = f"{len(episode.steps)} of {episode.total_tickets} tickets graded"
    return graded if episode.done else f"{graded}, not finished"


def _print_step(step: StoredStep) -> None:
    action = step.action
    say(
        f"{step.index + 1}. ticket {step.ticket_id}: paid {step.paid:.4f} "
        f"({moment(step.at)})"
    )
    say(
        f"   {action['priority']}, {action['queue']}, {action['disposition']}, "
        f"confidence {action['confidence']}"
    )
    say(f"   summary: {plain(action['summary'])}")
    say(f"   reply: {plain(action['response'])}")
    for component in read_score(step.score).components:
        say(f"   {component.name}: {component.float_points:+.4f} ({component.reason})")
