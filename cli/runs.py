"""`support-queue runs`: what was played, a line for each server or evaluation."""

import rich_click as click

from ..core.conversion import unstructure
from ..store.listing import EpisodeFilter, RunSummary
from .archives import (
    find_run,
    limit_option,
    moment,
    opened,
    score_shown,
    store_option,
)
from .episodes import print_episodes
from .output import json_option, say
from .printing import print_json, print_table


@click.group()
def runs() -> None:
    """The runs in the store: servers and evaluations, from start to end."""


@runs.command("list")
@store_option
@limit_option
@json_option
def list_(database_url: str | None, limit: int | None, as_json: bool) -> None:
    """Every run, the newest first."""
    with opened(database_url) as archive:
        found = list(archive.runs(limit))
    if as_json:
        print_json([unstructure(run) for run in found])
        return
    print_table(
        "",
        ("run", "started", "command", "rubric", "episodes", "steps", "mean score"),
        [
            (
                run.run_id,
                moment(run.started_at),
                run.command,
                run.rubric,
                run.episodes,
                run.steps,
                _mean(run),
            )
            for run in found
        ],
        right=("episodes", "steps", "mean score"),
    )


@runs.command()
@click.argument("run")
@store_option
@limit_option
@json_option
def show(run: str, database_url: str | None, limit: int | None, as_json: bool) -> None:
    """One run with its episodes, the newest first.

    RUN is its id, the beginning of it, or `last`.
    """
    with opened(database_url) as archive:
        found = find_run(archive, run)
        played = list(archive.episodes(EpisodeFilter(run_id=found.run_id), limit))
    if as_json:
        episodes = [unstructure(item) for item in played]
        print_json({**unstructure(found), "played": episodes})
        return
    say(f"Run {found.run_id}")
    say(f"{found.command} of version {found.version} on {found.host}")
    say(f"started {moment(found.started_at)}")
    say()
    for totals in found.rubrics:
        say(
            f"{totals.rubric} ({totals.rubric_digest[:12]}): {totals.finished} of "
            f"{totals.episodes} episodes finished, {totals.steps} steps, mean score "
            f"{score_shown(totals.mean_score)}"
        )
    say()
    print_episodes(played)


def _mean(run: RunSummary) -> str:
    """The mean of all; scores of several rubrics have none."""
    means = [totals.mean_score for totals in run.rubrics]
    return score_shown(means[0]) if len(means) == 1 else "-"
