"""What a plugin offers, and whether what it offers are scorers."""

import inspect
import re
from collections.abc import Iterable
from typing import Any

import attrs
import pluggy
from attrs import frozen

from ..core.errors import PluginError, said
from . import hookspecs
from .hookspecs import PROJECT


_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}")
_HOOKS = ("register_scorers", "score")


@frozen
class RegisteredScorer:
    """A scorer class under the id that rubrics use for it.

    `version` is the class's own; a change of behaviour must change it.
    """

    id: str
    cls: type[Any]
    version: int


def scorers_of(name: str, plugin: object) -> dict[str, RegisteredScorer]:
    """The scorers of a plugin by id: through its hook, or by being one.

    Args:
        name: stands before the scorers' own names; empty for the built-ins.
        plugin: a module, an object, a class with the hook, or a scorer class.

    Raises:
        PluginError: naming the plugin and what is wrong with it.
    """
    try:
        return _by_id(_registered(name, cls) for cls in _offered(plugin))
    except PluginError as error:
        raise PluginError(f"plugin {name!r}: {error}") from error
    except (Exception, SystemExit) as error:
        raise PluginError(f"plugin {name!r}: {said(error)}") from error


def _by_id(scorers: Iterable[RegisteredScorer]) -> dict[str, RegisteredScorer]:
    offered: dict[str, RegisteredScorer] = {}
    for scorer in scorers:
        if scorer.id in offered:
            raise PluginError(f"it offers scorer {scorer.id!r} twice")
        offered[scorer.id] = scorer
    return offered


def _offered(plugin: object) -> list[object]:
    hooks = marked(plugin)
    if unknown := sorted(hooks - set(_HOOKS)):
        raise PluginError(
            f"unknown hook {', '.join(map(repr, unknown))}; "
            f"there are {' and '.join(_HOOKS)}"
        )
    if isinstance(plugin, type) and "score" in hooks:
        return [plugin]
    if "register_scorers" not in hooks:
        raise PluginError(
            f"{_called(plugin)} offers no scorer: it has neither a `score` nor a "
            "`register_scorers` marked @hookimpl"
        )
    return _asked(plugin() if isinstance(plugin, type) else plugin)


def _asked(plugin: object) -> list[object]:
    """What the plugin's `register_scorers` returns."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(plugin, "plugin")
    classes: list[object] = []
    for group in manager.hook.register_scorers():
        if not isinstance(group, Iterable):
            raise PluginError(
                f"register_scorers returned {_called(group)}, not a list of classes"
            )
        classes.extend(group)
    if not classes:
        raise PluginError("register_scorers returned no scorer")
    return classes


def _registered(plugin: str, cls: object) -> RegisteredScorer:
    if not isinstance(cls, type):
        raise PluginError(f"{_called(cls)} is no class")
    if problems := list(_problems(cls)):
        raise PluginError(f"{cls.__name__} is no scorer: {'; '.join(problems)}")
    slug = vars_of(cls, "name")
    scorer_id = f"{plugin}.{slug}" if plugin else slug
    return RegisteredScorer(scorer_id, cls, getattr(cls, "version", 1))


def _problems(cls: type) -> Iterable[str]:
    if not attrs.has(cls):
        yield "it is no attrs class (its parameters are the fields)"
    name = vars_of(cls, "name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        yield (
            "it needs a class variable `name` of lower-case letters, digits and hyphens"
        )
    version = getattr(cls, "version", 1)
    if isinstance(version, bool) or not isinstance(version, int):
        yield "its class variable `version` is no whole number"
    hooks = marked(cls)
    if "score" not in hooks:
        yield "it needs a `score` marked @hookimpl"
    if unknown := sorted(hooks - {"score"}):
        yield f"unknown hook {', '.join(map(repr, unknown))}"
    if inspect.iscoroutinefunction(getattr(cls, "score", None)):
        yield "its `score` is async, and this version has no async scorers"


def vars_of(cls: type, name: str) -> Any:
    """A class variable; None for a field of that name, which attrs makes a member."""
    value = getattr(cls, name, None)
    return None if inspect.isdatadescriptor(value) else value


def marked(plugin: object) -> set[str]:
    """The names of a plugin's members that are marked @hookimpl."""
    found = set()
    for name in dir(plugin):
        # Static, so that no property of a stranger's runs.
        member = inspect.getattr_static(plugin, name, None)
        if hasattr(getattr(member, "__func__", member), f"{PROJECT}_impl"):
            found.add(name)
    return found


def _called(thing: object) -> str:
    return getattr(thing, "__name__", None) or f"a {type(thing).__name__}"
