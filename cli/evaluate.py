"""`support-queue eval`: a policy plays tasks on a server, over the real protocol."""

import math
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import rich_click as click
from attrs import evolve
from click.core import ParameterSource

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
from ..server.settings import Settings, settings_from
from ..server.stores import stored_environment_of
from .archives import NEWEST, opened
from .evaluation_plan import COMMAND, Interrupted, Plan, interrupted, plan_from
from .options import ENVIRONMENT_SETTINGS, setting_options
from .output import json_option, note
from .printing import print_json, print_table
from .steps import written_steps


POLICIES = ("heuristic", "random", "constant")

_BESIDE_RESUME = {"resume", "database_url", "durability", "fail_under", "as_json"}


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
@click.option(
    "--resume",
    metavar="RUN",
    help="Go on with an evaluation in the store: the id of its run, the beginning of "
    f"that, or {NEWEST}. Tasks that it has finished are not played again.",
)
@json_option
def evaluate(
    policy: str,
    tasks: tuple[str, ...],
    url: str | None,
    seed: int,
    fail_under: float | None,
    episodes: str | None,
    resume: str | None,
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
    # A free port on this machine, wherever a server of the same variables listens.
    settings = settings_from(os.environ, **own, host="127.0.0.1", port=0)
    plan, earlier = plan_from(policy, tasks, seed, settings), None
    if resume is not None:
        _require_alone(click.get_current_context())
        with opened(own["database_url"]) as archive:
            earlier = interrupted(archive, resume)
        plan = earlier.plan
        settings = evolve(settings, **plan.settings)
    summary = _played(plan, earlier, settings, url=url, episodes=episodes)
    if as_json:
        print_json(_document(summary))
    else:
        _print(summary)
    _remark(summary)
    sys.exit(_exit_code(summary, fail_under))


def _played(
    plan: Plan,
    earlier: Interrupted | None,
    settings: Settings,
    *,
    url: str | None,
    episodes: str | None,
) -> Summary:
    """The whole evaluation, with what was finished before."""
    headers = authorization(os.environ)
    with (
        _server(url, settings, plan, earlier) as base_url,
        Connection(base_url, headers=headers) as played,
    ):
        offered = tuple(card.task_id for card in list_tasks(base_url, headers=headers))
        for task in plan.tasks:
            if task not in offered:
                raise UnknownName("task", task, offered)
        chosen = plan.tasks or offered
        with written_steps(episodes, database_url=settings.database_url) as keep:
            summary = play_all(
                played,
                _policy(plan, earlier),
                earlier.left(chosen) if earlier else chosen,
                seed=plan.seed,
                keep=keep,
            )
    if earlier is not None:
        note(f"{len(earlier.finished)} of {len(chosen)} tasks were finished before")
        summary = earlier.joined(summary, chosen)
    return summary


def _remark(summary: Summary) -> None:
    """Say what a table of scores does not."""
    for episode in summary.episodes:
        for component, times in episode.unscored.items():
            note(
                f"{episode.task_id}: component {component!r} was left unscored on "
                f"{times} of {episode.total_tickets} tickets, and earned nothing there"
            )
        if episode.error:
            note(f"{episode.task_id}: {episode.error}")


def _exit_code(summary: Summary, fail_under: float | None) -> int:
    if any(episode.error for episode in summary.episodes):
        return 3
    average = summary.average_score
    if average is None:
        note(f"no average: several rubrics scored ({', '.join(summary.digests)})")
    if fail_under is None:
        return 0
    if average is not None and average < fail_under:
        note(f"average score {average:.4f} is under {fail_under}")
    return 1 if average is None or average < fail_under else 0


@contextmanager
def _server(
    url: str | None, settings: Settings, plan: Plan, earlier: Interrupted | None
) -> Iterator[str]:
    if url:
        yield url
        return
    environment = stored_environment_of(
        settings,
        COMMAND,
        earlier.run_id if earlier else None,
        config=plan.document,
    )
    try:
        if earlier is not None:
            earlier.require_same(environment)
        with embedded(create_application(environment, settings), settings) as base_url:
            yield base_url
    finally:
        environment.close()


def _require_alone(context: click.Context | None) -> None:
    """Refuse whatever would make it another evaluation than it was."""
    assert context is not None  # noqa: S101 - a command is being carried out
    others = [
        f"--{parameter.name.replace('_', '-')}"
        for parameter in context.command.params
        if parameter.name
        and parameter.name not in _BESIDE_RESUME
        and context.get_parameter_source(parameter.name) is ParameterSource.COMMANDLINE
    ]
    if others:
        raise click.UsageError(
            f"--resume goes on with what its run was asked to do; leave out "
            f"{', '.join(others)}"
        )


def _policy(plan: Plan, earlier: Interrupted | None) -> Policy:
    match plan.policy:
        case "random":
            return RandomPolicy(plan.seed, earlier.played if earlier else {})
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
