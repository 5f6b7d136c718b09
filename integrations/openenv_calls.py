"""Calling an OpenEnv rubric safely.

Openenv itself is not needed: a rubric is any callable of an action and an observation,
with OpenEnv's methods where it has them.
"""

import asyncio
import inspect
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from fractions import Fraction
from importlib import import_module
from numbers import Real
from types import SimpleNamespace
from typing import Any

from attrs import define, field

from ..core.cases import Case
from ..core.conversion import kind_of, unstructure
from ..core.errors import PluginError, said


OpenEnvRubric = Callable[[Any, Any], Any]

_BREAKDOWN_SHOWN = 1000
"""Characters of the children's scores that an explanation has room for."""


@define(eq=False)
class Instances:
    """The rubrics that a factory makes; none is ever in two calls at once.

    OpenEnv's rubrics keep things between calls, and a scorer serves many sessions. So
    each call has a new instance, or with `reuse` one that no other call is using.

    Args:
        factory: `module:callable`.
        reuse: whether an instance may serve another call afterwards.

    Raises:
        PluginError: the factory does not import, or makes nothing that can be called.
    """

    factory: str
    reuse: bool
    _make: Callable[[], Any] = field(init=False)
    _idle: deque[OpenEnvRubric] = field(init=False, factory=deque)

    def __attrs_post_init__(self) -> None:
        self._make = _imported(self.factory)
        first = self._new()  # a factory that does not work is refused now
        if self.reuse:
            self._idle.append(first)

    @contextmanager
    def borrowed(self) -> Iterator[OpenEnvRubric]:
        """An instance that remembers nothing, for one call.

        After a call that failed or was given up it is not used again.
        """
        try:
            rubric = self._idle.pop()
        except IndexError:
            rubric = self._new()
        forget(rubric)
        yield rubric
        if self.reuse:
            self._idle.append(rubric)

    def _new(self) -> OpenEnvRubric:
        try:
            rubric = self._make()
        except (Exception, SystemExit) as error:
            raise PluginError(
                f"factory {self.factory!r} failed: {said(error)}"
            ) from error
        if not callable(rubric):
            raise PluginError(
                f"factory {self.factory!r} made a {type(rubric).__name__}, and a rubric "
                "is called with an action and an observation"
            )
        made: OpenEnvRubric = rubric
        return made


def _imported(reference: str) -> Callable[[], Any]:
    module, _, path = reference.partition(":")
    parts = [*module.split("."), *path.split(".")]
    if not all(part.isidentifier() for part in parts):
        raise PluginError(
            f"factory {reference!r}: expected module:callable, as in my_rubrics:Tone"
        )
    try:
        found: Any = import_module(module)
        for name in path.split("."):
            found = getattr(found, name)
    except (Exception, SystemExit) as error:
        raise PluginError(
            f"factory {reference!r} does not import: {said(error)}"
        ) from error
    if not callable(found):
        raise PluginError(
            f"factory {reference!r} is a {type(found).__name__}: expected a class or a "
            "function without arguments that makes a rubric"
        )
    return found  # type: ignore[no-any-return]  # callable, as was just seen


def forget(rubric: OpenEnvRubric) -> None:
    """Reset a rubric and all of its children, and clear what they last said.

    OpenEnv's own `reset` reaches no children, and a child that is not called keeps
    its old score.
    """
    for node in _nodes(rubric):
        reset = getattr(node, "reset", None)
        if callable(reset):
            reset()
        if hasattr(node, "last_score"):
            node.last_score = None


def _nodes(rubric: Any) -> list[Any]:
    inner = getattr(rubric, "rubrics", None)
    return [rubric, *(inner() if callable(inner) else ())]


def observed(case: Case, *, truth: bool) -> SimpleNamespace:
    """What a rubric gets to see: the ticket as the agent saw it.

    It is the last observation of an episode of its own, so `done` is true and a rubric
    of trajectories gives its score. With `truth`, `metadata["gold"]` holds the gold.
    """
    vocabulary = case.vocabulary
    return SimpleNamespace(
        ticket=case.ticket,
        allowed_priorities=vocabulary.priorities,
        allowed_queues=vocabulary.queues,
        allowed_dispositions=vocabulary.dispositions,
        done=True,
        reward=None,
        metadata={"gold": unstructure(case.gold)} if truth else {},
    )


def finished(result: Any) -> Any:
    """A rubric's result; of an async one, after waiting for it.

    On a thread with a running event loop another thread waits, because that loop
    cannot be entered again.
    """
    if not inspect.isawaitable(result):
        return result
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(_awaited(result))
    with ThreadPoolExecutor(1) as thread:
        run = copy_context().run
        return thread.submit(run, asyncio.run, _awaited(result)).result()


async def _awaited(result: Awaitable[Any]) -> Any:
    return await result


def number(result: Any) -> Fraction:
    """What a rubric returned, as an exact number in [0, 1].

    Raises:
        TypeError: it is no number; a boolean is none either.
        ValueError: it is NaN or outside [0, 1]. Nothing is clamped: OpenEnv's own
            containers let NaN through, and the usual clamp makes a full reward of it.
    """
    if isinstance(result, bool) or not isinstance(result, Real):
        raise TypeError(f"the rubric returned {kind_of(result)}, not a number")
    value = result if isinstance(result, int | Fraction) else float(result)
    if not 0 <= value <= 1:  # nor is NaN
        raise ValueError(f"the rubric returned {value!s:.40}, not a number in [0, 1]")
    return Fraction(value)


def breakdown(rubric: OpenEnvRubric) -> str:
    """The children's last scores in one line: `tone 0.5, facts.amount not called`."""
    named = getattr(rubric, "named_rubrics", None)
    if not callable(named):
        return ""
    told = (f"{name} {_told(child)}" for name, child in named())
    return ", ".join(told)[:_BREAKDOWN_SHOWN]


def _told(child: Any) -> str:
    score = getattr(child, "last_score", None)
    if score is None:
        return "not called"
    try:
        return f"{float(score):.6g}"
    except (ArithmeticError, TypeError, ValueError):
        return kind_of(score)
