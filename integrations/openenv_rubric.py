"""A rubric of ours as a tree of OpenEnv rubrics.

    environment = load_environment()
    new_rubric = rubric_factory(environment, "classic")

    class Triage(openenv.core.env_server.Environment):
        def __init__(self):
            super().__init__(rubric=new_rubric())

The children are named as the rubric's components, so `named_rubrics()` gives
`priority`, `queue`, and so on; criteria with criteria of their own are rubrics with
children. The score of a child is what its scorer found, in [0, 1]: for penalties and
gates that is the severity, so more is worse. What the root returns is the library's
reward to the last bit, because its children hand up exact numbers beside the floats.

The engine scores a ticket as a whole, once: slow scorers side by side, each with its
deadline. Then every child is called, and hands out its part.

A tree keeps its last scores, so every session needs a tree of its own.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ..core.errors import RubricError
from ..core.session import Environment
from ..plugins.compiled import CompiledRubric
from .openenv_nodes import AsyncPart, Grader, Node, Part, handing
from .truth import CaseOf, graded_case


class _Root(Node):
    """What both roots share."""

    _parts: type[Node]

    def __init__(self, compiled: CompiledRubric, case_of: CaseOf) -> None:
        grader = Grader(compiled, case_of)
        super().__init__(grader, compiled.rubric, self._parts)

    def state_dict(self) -> dict[str, Any]:
        """Which rubric this is: name, digest, and the exact amounts by dotted path.

        `weights` holds the weight of a criterion, the amount of a penalty or the cap
        of a gate, each as a text such as `3/10`.
        """
        compiled = self._grader.compiled
        amounts = {path: str(item.amount) for path, item in compiled.rubric.walk()}
        return {
            "rubric": compiled.name,
            "digest": compiled.digest,
            "weights": amounts,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Make sure that `state` is of this very rubric.

        There is nothing to load: a rubric never changes. What could be loaded from
        another rubric would change the rewards without anybody noticing.

        Raises:
            RubricError: `state` is of another rubric, or of none.
        """
        own = self.state_dict()
        for key in ("digest", "weights"):
            found = state.get(key)
            if found != own[key]:
                raise RubricError(
                    f"rubric {own['rubric']!r} cannot load the state of another: "
                    f"its {key} is {own[key]}, that of the state {found!s:.400}"
                )


class SupportQueueRubric(_Root):
    """A compiled rubric as an OpenEnv rubric; one per session.

    Args:
        compiled: the rubric.
        case_of: how to find the case that an observation is about.

    Raises:
        RubricError: a component has the name of a member of OpenEnv's Rubric.
    """

    _parts = Part

    def forward(self, action: Any, observation: Any) -> float:
        """The library's reward, in [0, 1]. Waits for scorers that take their time.

        Args:
            action: ours, one of OpenEnv's, or plain values.
            observation: whatever `case_of` understands.

        Raises:
            ScoringError: a scorer gave no score; then there is no number.
            InvalidInput: the action breaks its rules, or no ticket is named.
            UnknownName: nobody knows the observation's task or ticket.
        """
        self.reset()
        ticket = self._grader.score(action, observation)
        for child, part in self._calls(ticket.components):
            with handing(child, part):
                child(action, observation)
        return self._combined()


class AsyncSupportQueueRubric(_Root):
    """The same for async code: `await rubric(action, observation)`.

    It is the one for rubrics with judges or other async scorers.
    """

    _parts = AsyncPart

    async def forward(self, action: Any, observation: Any) -> float:
        """The library's reward, in [0, 1], without blocking the event loop."""
        self.reset()
        ticket = await self._grader.score_async(action, observation)
        for child, part in self._calls(ticket.components):
            with handing(child, part):
                await child(action, observation)
        return self._combined()


def rubric_factory(
    environment: Environment,
    rubric: str | None = None,
    *,
    case_of: CaseOf | None = None,
    kind: type[SupportQueueRubric] | type[AsyncSupportQueueRubric] = SupportQueueRubric,
) -> Callable[[], SupportQueueRubric | AsyncSupportQueueRubric]:
    """A function that makes a tree for each session.

    Args:
        environment: where rubric and tasks come from.
        rubric: its name; the environment's default if not given.
        case_of: how to find the case; that of the step's `last_feedback` if not given.
        kind: the sync tree or the async one.

    Raises:
        UnknownName: the environment has no such rubric.
        RubricError: a component has the name of a member of OpenEnv's Rubric.
    """
    compiled = environment.find_rubric(rubric)
    if not isinstance(compiled, CompiledRubric):
        raise RubricError(f"rubric {compiled.name!r} was not compiled by this library")
    find = case_of or graded_case(environment.tasks)
    kind(compiled, find)  # a rubric that has no tree is refused now
    return lambda: kind(compiled, find)
