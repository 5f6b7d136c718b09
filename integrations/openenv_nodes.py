"""The nodes of a rubric tree: a rubric of ours, and each of its components.

The engine scores a ticket as a whole, once. A node hands every child its part of that,
and calls it, so that OpenEnv's hooks run and every `last_score` is set.
"""

from collections.abc import Awaitable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction
from typing import Any, Protocol, cast

from attrs import frozen

from ..core.cases import Case
from ..core.conversion import structure
from ..core.errors import RubricError, ScoringError
from ..core.scoring import ComponentScore, TicketScore
from ..models import SupportQueueAction
from ..plugins.compiled import CompiledRubric
from ..rubrics.rubric import ZERO, Component, ScorerChoice
from ..rubrics.rubric import Rubric as Weighing
from .missing import MissingExtra
from .truth import CaseOf


try:
    from openenv.core.env_server.types import Action
    from openenv.core.rubrics import Rubric
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "openenv":
        raise
    raise MissingExtra("a rubric as a tree of OpenEnv rubrics", "openenv") from error


class _AsyncScorer(Protocol):
    def score_async(
        self, case: Case, action: SupportQueueAction
    ) -> Awaitable[TicketScore]: ...


@frozen
class _Handed:
    """What a rubric gives to the child it calls, so that nothing is scored twice."""

    child: "Node"
    part: ComponentScore


# A context variable and no attribute: calls that run at the same time, in threads or
# on an event loop, see only their own.
_handed: ContextVar[_Handed | None] = ContextVar("handed", default=None)


@contextmanager
def handing(child: "Node", part: ComponentScore) -> Iterator[None]:
    """Within, a call of `child` takes `part` instead of scoring the ticket."""
    token = _handed.set(_Handed(child, part))
    try:
        yield
    finally:
        _handed.reset(token)


@frozen
class Grader:
    """What a whole tree shares: the compiled rubric and the way to the truth."""

    compiled: CompiledRubric
    case_of: CaseOf

    def score(self, action: Any, observation: Any) -> TicketScore:
        """Score the ticket; raises `ScoringError`, `InvalidInput`, `UnknownName`."""
        return self.compiled.score(self.case_of(observation), _answer(action))

    async def score_async(self, action: Any, observation: Any) -> TicketScore:
        """The same without blocking the event loop it is awaited on."""
        engine = cast("_AsyncScorer", self.compiled)
        return await engine.score_async(self.case_of(observation), _answer(action))


class Node(Rubric):  # type: ignore[misc]  # Any without the extra
    """The root, or a component, with those inside it as children."""

    _components: frozenset[str] = frozenset()

    def __init__(
        self,
        grader: Grader,
        source: Weighing | ScorerChoice,
        kind: type["Node"],
        path: str = "",
    ) -> None:
        super().__init__()
        weighing = source if isinstance(source, Weighing) else None
        self._grader = grader
        self._path = path
        self._weighing = weighing
        self._scorer = "" if isinstance(source, Weighing) else source.scorer
        self._value: Fraction | None = None
        components = weighing.components if weighing else ()
        for component in components:
            self._grow(component, kind)
        self._components = frozenset(component.name for component in components)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self._components:
            raise AttributeError(
                f"{name!r} is a component of rubric {self._grader.compiled.name!r}; "
                "another scorer for it goes into the rubric file"
            )
        super().__setattr__(name, value)

    def reset(self) -> None:
        """Forget the last scores, here and in everything inside."""
        self._value = None
        self.last_score = None
        for child in self.children():
            child.reset()

    def _grow(self, component: Component, kind: type["Node"]) -> None:
        name = component.name
        path = f"{self._path}.{name}" if self._path else name
        if hasattr(self, name):
            raise RubricError(
                f"rubric {self._grader.compiled.name!r}: component {path!r} has the "
                "name of a member of OpenEnv's Rubric; call it something else"
            )
        setattr(self, name, kind(self._grader, component.source, kind, path))

    def _calls(
        self, parts: Iterable[ComponentScore]
    ) -> Iterator[tuple["Node", ComponentScore]]:
        """The children to call. One without a score is left out and forgets its last."""
        by_name = {part.terms.name: part for part in parts}
        for name, child in self.named_children():
            if name in by_name:
                yield child, by_name[name]
            else:
                child.reset()

    def _combined(self) -> float:
        """The reward of the children's exact scores."""
        if self._weighing:
            values = [child._value or ZERO for child in self.children()]  # noqa: SLF001 - its own kind
            _, self._value = self._weighing.combine(values)
        return float(self._value or ZERO)

    def _given(self) -> ComponentScore | None:
        handed = _handed.get()
        return handed.part if handed and handed.child is self else None

    def _part_of(self, ticket: TicketScore) -> ComponentScore:
        """The component's part of a ticket's score, when it was called by itself."""
        parts, found = ticket.components, None
        for name in self._path.split("."):
            found = next((part for part in parts if part.terms.name == name), None)
            if found is None:
                reason = "it gave no score, and the rubric leaves it out then"
                raise ScoringError(self._path, self._scorer, reason)
            parts = found.children
        return found  # type: ignore[return-value]  # a path has a name in it


class Part(Node):
    """A component of the rubric."""

    def forward(self, action: Any, observation: Any) -> float:
        """The scorer's value in [0, 1]; of criteria of its own, their reward."""
        part = self._given()
        if part is None:
            part = self._part_of(self._grader.score(action, observation))
        self._value = part.value
        for child, inner in self._calls(part.children):
            with handing(child, inner):
                child(action, observation)
        return self._combined()


class AsyncPart(Node):
    """The same in async code."""

    async def forward(self, action: Any, observation: Any) -> float:
        """The scorer's value in [0, 1]; of criteria of its own, their reward."""
        part = self._given()
        if part is None:
            part = self._part_of(await self._grader.score_async(action, observation))
        self._value = part.value
        for child, inner in self._calls(part.children):
            with handing(child, inner):
                await child(action, observation)
        return self._combined()


def _answer(action: Any) -> SupportQueueAction:
    """The action; labels that no task knows are for the scorers to judge."""
    if isinstance(action, SupportQueueAction):
        return action
    value = action.model_dump() if isinstance(action, Action) else action
    return structure(value, SupportQueueAction, "action")
