"""The hooks, in the order of a program's life. `docs/plugins.md` has a section on each.

An implementation may leave out arguments it does not need; pluggy passes the rest
by name.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pluggy

from ..core.cases import Case
from ..core.episode import Episode, GradedTicket
from ..models import SupportQueueAction
from ..rubrics.attacks import Attack
from ..rubrics.score import Score, Unscored


PROJECT = "support_queue_env"
"""Name of the markers, and of the entry-point group that plugins declare."""

API_VERSION = 1
"""Bumped when a hook changes so that old plugins would misbehave.

A plugin may say which one it was written for: `support_queue_api = 1`.
"""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


# --- when a plugin is named ---------------------------------------------------


@hookspec
def register_scorers() -> Iterable[type[Any]]:  # type: ignore[empty-body]  # a specification
    """The scorer classes that a plugin offers.

    Called once per plugin, the first time a rubric names it. A scorer is an attrs
    class with a `name`, an optional integer `version` (both class variables), its
    parameters as fields, and a `score` hook. Rubrics know it as `<plugin>.<name>`.
    """


@hookspec
def register_rubrics() -> Iterable[Path]:  # type: ignore[empty-body]  # a specification
    """Rubric files that a plugin ships; a rubric is known as `<plugin>.<file stem>`.

    Called when somebody asks for a rubric of that plugin.
    """


@hookspec
def register_task_packs() -> Iterable[Path]:  # type: ignore[empty-body]  # a specification
    """Task pack files that a plugin ships, known as `<plugin>.<file stem>`.

    Called when somebody asks for a pack of that plugin.
    """


@hookspec
def register_attacks() -> Iterable[Attack]:  # type: ignore[empty-body]  # a specification
    """Known ways of gaming a rubric that a plugin wants measured.

    Called by `support-queue rubrics attack`, when the rubric lists the plugin or an
    option names it. An id must be no other attack's.
    """


# --- for every component of every ticket --------------------------------------


@hookspec(firstresult=True)
def score(
    case: Case, action: SupportQueueAction, component: str
) -> Score | Unscored | None:
    """How well `action` answers `case` in the one respect this scorer knows.

    Called once per component and ticket, on the instance built from the rubric's
    parameters. It must return a `Score` (or `Unscored`, if it cannot tell), or be a
    coroutine function that does. Same arguments, same result.

    With `wrapper=True`, in a plugin that the rubric lists, it goes around every
    scorer; only then it may ask for `component`, the dotted name in the rubric.
    """


# --- while episodes are played ------------------------------------------------


@hookspec
def episode_started(episode: Episode) -> None:
    """An episode was reset. What an observer raises is logged and goes no further."""


@hookspec
def ticket_scored(episode: Episode, ticket: GradedTicket) -> None:
    """A ticket was scored; it is the newest of `episode.graded`."""


@hookspec
def episode_finished(episode: Episode) -> None:
    """The last ticket of an episode was scored."""


HOOKS: tuple[str, ...] = tuple(
    name for name, value in globals().items() if hasattr(value, f"{PROJECT}_spec")
)
"""The names of all hooks, in the order above."""

OBSERVERS = ("episode_started", "ticket_scored", "episode_finished")
