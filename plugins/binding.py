"""From a scorer and the wrappers around it to one function of case and action."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pluggy
from attrs import frozen

from ..core.cases import Case
from ..core.errors import PluginError
from ..models import SupportQueueAction
from . import hookspecs
from .hookspecs import PROJECT, hookimpl


ScoreFunction = Callable[[Case, SupportQueueAction], Any]


@frozen
class Bound:
    """A scorer's own hook as a function; what it returns is awaitable if `is_async`."""

    call: ScoreFunction
    is_async: bool


def bound(scorer: object) -> Bound:
    """The one `score` of a scorer.

    Calling a hook that has one plain implementation is calling that implementation,
    at a tenth of the cost.

    Raises:
        PluginError: it asks for something that no scorer gets.
    """
    manager = new_manager()
    register(manager, scorer)
    (implementation,) = manager.hook.score.get_hookimpls()
    function, names = implementation.function, implementation.argnames
    if implementation.wrapper or implementation.hookwrapper:
        raise PluginError("a scorer's own `score` is no wrapper")
    if "component" in names:
        raise PluginError("only a wrapper's `score` may ask for `component`")
    is_async = inspect.iscoroutinefunction(function)
    if names == ("case", "action"):
        return Bound(function, is_async)
    positions = [("case", "action").index(name) for name in names]
    return Bound(
        lambda *given: function(*(given[position] for position in positions)), is_async
    )


def wrapped(
    call: ScoreFunction, wrappers: Sequence[object], component: str
) -> ScoreFunction:
    """`call` with the wrappers of those plugins around it, the first one outermost."""
    manager = new_manager()
    manager.register(_Inner(call))
    for plugin in reversed(wrappers):  # the one registered last is called first
        manager.register(plugin)
    hook = manager.hook.score
    return lambda case, action: hook(case=case, action=action, component=component)


class _Inner:
    """What the wrappers go around."""

    def __init__(self, call: ScoreFunction) -> None:
        self._call = call

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Any:
        """The scorer's result."""
        return self._call(case, action)


def new_manager(plugins: Iterable[object] = ()) -> pluggy.PluginManager:
    """A manager that knows our hooks, with those plugins."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    for plugin in plugins:
        register(manager, plugin)
    return manager


def register(manager: pluggy.PluginManager, plugin: object) -> None:
    """Register a plugin.

    Raises:
        PluginError: a hook of its does not fit ours.
    """
    try:
        manager.register(plugin)
    except pluggy.PluginValidationError as error:
        words = " ".join(str(error).split()).partition("hookimpl definition: ")[2]
        raise PluginError(f"a hook does not fit: {words or error}") from error
