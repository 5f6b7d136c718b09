"""The hooks, in the order of a program's life. `docs/plugins.md` has examples.

An implementation may leave out arguments it does not need; pluggy passes the rest
by name.
"""

from collections.abc import Iterable
from typing import Any

import pluggy

from ..core.cases import Case
from ..models import SupportQueueAction
from ..rubrics.score import Score


PROJECT = "support_queue_env"
"""Name of the markers, and of the entry-point group that plugins declare."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


# --- when a rubric is compiled ------------------------------------------------


@hookspec
def register_scorers() -> Iterable[type[Any]]:  # type: ignore[empty-body]  # a specification
    """The scorer classes that a plugin offers.

    Called once per plugin, the first time a rubric names one of its scorers. A
    scorer is an attrs class with a `name`, an optional integer `version` (both
    class variables), its parameters as fields, and a `score` hook. Rubrics know it
    as `<plugin>.<name>`.
    """


# --- for every component of every ticket --------------------------------------


@hookspec(firstresult=True)
def score(case: Case, action: SupportQueueAction) -> Score | None:
    """How well `action` answers `case` in the one respect this scorer knows.

    Called once per component and ticket, on the instance built from the rubric's
    parameters. It must return a `Score`: raising, or returning anything else,
    refuses the step and leaves the ticket unanswered. Same arguments, same result.
    """
