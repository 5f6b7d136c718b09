"""`support-queue eval`: a policy plays tasks on a server, over the real protocol."""

import math
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import rich_click as click

from .. import __version__
from ..core.api_keys import authorization
from ..core.conversion import unstructure
from ..core.errors import UnknownName
from ..evaluation.connection import Connection, list_tasks
from ..evaluation.heuristic import HeuristicPolicy
from ..evaluation.policy import ConstantPolicy, Policy, RandomPolicy
from ..evaluation.runner import Summary, play_all
from ..server.application import create_application
from ..server.running import embedded
from ..server.settings import environment_of, settings_from
from .options import ENVIRONMENT_SETTINGS, setting_options
from .output import json_option, note, print_json, print_table
from .steps import written_steps


POLICIES = ("heuristic", "random", "constant")


def _number(_: click.Context, __: click.Parameter, value: float | None) -> float | None:
    """Refuse NaN, which no comparison fails."""
    if value is not None and math.isnan(value):
        raise click.BadParameter("expected a number from 0 to 1, found nan")
    return value


@click.command("eval")
@click.option(
    "--policy",
    type=click.Choice(POLICIES),
    default="heuristic",
    show_default=True,
    help="Who answers the tickets.",
)
@click.option(
    "--task", "tasks", multiple=True, help="Task to play; may be repeated.  [all]"
)
@click.option("--url", help="A running server; without it one is embedded.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@setting_options(*ENVIRONMENT_SETTINGS)
@click.option(
    "--fail-under",
    type=click.FloatRange(0, 1),
    callback=_number,
    help="Exit with 1 when the average score is lower.",
)
@click.option("--episodes", help="Write the played steps there, as JSON lines.")
@json_option
def evaluate(
    policy: str,
    tasks: tuple[str, ...],
    url: str | None,
    seed: int,
    fail_under: float | None,
    episodes: str | None,
    as_json: bool,
    **own: Any,
) -> None:
    """Play tasks with a policy and print the scores.

    A task's score is the mean reward of its tickets. Exit code 3 when an episode
    ended in an error.
    """
    if url and any(value is not None for value in own.values()):
        flags = ", ".join(f"--{name.replace('_', '-')}" for name in own)
        raise click.UsageError(
            f"{flags} configure the embedded server; with --url, give them to that "
            "server"
        )
    headers = authorization(os.environ)
    # A free port on this machine, wherever a server of the same variables listens.
    with (
        _server(url, {**own, "host": "127.0.0.1", "port": 0}) as base_url,
        Connection(base_url, headers=headers) as played,
    ):
        offered = tuple(card.task_id for card in list_tasks(base_url, headers=headers))
        for task in tasks:
            if task not in offered:
                raise UnknownName("task", task, offered)
        chosen = tasks or offered
        with written_steps(episodes) as keep:
            summary = play_all(
                played, _policy(policy, seed), chosen, seed=seed, keep=keep
            )
    if as_json:
        print_json(_document(summary))
    else:
        _print(summary)
    for episode in summary.episodes:
        for component, times in episode.unscored.items():
            note(
                f"{episode.task_id}: component {component!r} was left unscored on "
                f"{times} of {episode.total_tickets} tickets, and earned nothing there"
            )
        if episode.error:
            note(f"{episode.task_id}: {episode.error}")
    if any(episode.error for episode in summary.episodes):
        sys.exit(3)
    average = summary.average_score
    if average is None:
        note(f"no average: several rubrics scored ({', '.join(summary.digests)})")
    if fail_under is not None and average is None:
        sys.exit(1)
    if fail_under is not None and average is not None and average < fail_under:
        note(f"average score {average:.4f} is under {fail_under}")
        sys.exit(1)


@contextmanager
def _server(url: str | None, flags: Mapping[str, Any]) -> Iterator[str]:
    if url:
        yield url
        return
    settings = settings_from(os.environ, **flags)
    environment = environment_of(settings)
    with embedded(create_application(environment, settings), settings) as base_url:
        yield base_url


def _policy(name: str, seed: int) -> Policy:
    match name:
        case "random":
            return RandomPolicy(seed)
        case "constant":
            return ConstantPolicy()
        case _:
            return HeuristicPolicy()


def _document(summary: Summary) -> dict[str, Any]:
    return {
        "schema": "support_queue_env/eval/v1",
        "version": __version__,
        "policy": summary.policy,
        "average_score": summary.average_score,
        "episodes": unstructure(summary.episodes),
    }


def _print(summary: Summary) -> None:
    first = summary.episodes[0]
    rows = [
        (
            episode.task_id,
            episode.total_tickets,
            _score(episode.score),
            " ".join(f"{reward:.2f}" for reward in episode.rewards),
        )
        for episode in summary.episodes
    ]
    print_table(
        f"Policy {summary.policy}, rubric {first.rubric} ({first.rubric_digest[:12]})",
        ("task", "tickets", "score", "rewards"),
        rows,
        right=("tickets", "score"),
        footer=("average", "", _score(summary.average_score), ""),
    )


def _score(score: float | None) -> str:
    return "-" if score is None else f"{score:.2f}"
