"""Which case an observation is about: the truth that an OpenEnv rubric is not given.

OpenEnv calls a rubric with an action and an observation, and neither holds the gold.
So a rubric of ours has a function that finds the case, one of these.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ..core.cases import Case, TaskCatalogue
from ..core.errors import Fault, InvalidInput, UnknownName


CaseOf = Callable[[Any], Case]
"""An observation, of our class, of OpenEnv's or as plain values, to its case.

Raises:
    InvalidInput: the observation does not say which ticket it is about.
    UnknownName: nobody knows its task or ticket.
"""


def for_case(case: Case) -> CaseOf:
    """Always `case`, whatever the observation."""
    return lambda observation: case


def graded_case(tasks: TaskCatalogue) -> CaseOf:
    """The ticket that the last step answered.

    For observations that `step` returned, which is what OpenEnv's environments hand
    to their rubric: those show the next ticket, and name the answered one in
    `last_feedback`.
    """
    return lambda observation: _find(tasks, observation, "last_feedback")


def shown_case(tasks: TaskCatalogue) -> CaseOf:
    """The ticket that the observation shows.

    For rows of question and answer: the observation is what the agent saw when it
    gave the answer.
    """
    return lambda observation: _find(tasks, observation, "ticket")


def _find(tasks: TaskCatalogue, observation: Any, holder: str) -> Case:
    task_id = _text(observation, ("task_id",))
    ticket_id = _text(observation, (holder, "ticket_id"))
    cases = {case.ticket.ticket_id: case for case in tasks.find(task_id).cases}
    try:
        return cases[ticket_id]
    except KeyError:
        raise UnknownName("ticket", ticket_id, cases) from None


def _text(observation: Any, path: tuple[str, ...]) -> str:
    """The text at a path of attributes or keys."""
    found = observation
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else _of(found, name)
    if isinstance(found, str):
        return found
    fault = Fault(path, "missing", "it does not say which ticket it is about")
    raise InvalidInput("observation", [fault])


def _of(value: Any, name: str) -> Any:
    return getattr(value, name, None)
