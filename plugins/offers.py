"""What a plugin offers, and whether what it offers is right."""

import inspect
import re
from collections.abc import Iterable, Mapping
from typing import Any

import attrs
from attrs import field, frozen

from ..core.errors import PluginError, said
from .binding import new_manager
from .hookspecs import API_VERSION, HOOKS, OBSERVERS, PROJECT
from .sources import source_hash


_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}")
_API = "support_queue_api"


@frozen
class Origin:
    """Where a plugin comes from; only our own is trusted with our threads."""

    plugin: str
    distribution: str = ""
    version: str = ""
    trusted: bool = False


@frozen
class RegisteredScorer:
    """A scorer class under the id that rubrics use for it.

    `version` is the class's own; a change of behaviour must change it. `source` is a
    fingerprint of the file that defines it, None where there is none.
    """

    id: str
    cls: type[Any]
    version: int
    origin: Origin
    source: str | None = field(default=None, eq=False)

    @property
    def is_judge(self) -> bool:
        """Whether it asks a model, so that its share of a reward is limited."""
        return getattr(self.cls, "judge", False) is True


@frozen
class Offer:
    """Everything that one module, object or class offers under a plugin's name.

    `plugin` is what carries the hooks; None for a lone scorer class.
    """

    origin: Origin
    hooks: tuple[str, ...]
    scorers: Mapping[str, RegisteredScorer]
    plugin: object | None = field(default=None, eq=False)

    @property
    def wraps(self) -> bool:
        """Whether it goes around other plugins' scorers."""
        return self.plugin is not None and "score" in self.hooks

    @property
    def observes(self) -> bool:
        """Whether it wants to be told of episodes."""
        return any(hook in self.hooks for hook in OBSERVERS)

    def collect(self, hook: str) -> list[Any]:
        """What its implementation of a collecting hook returns, as one list.

        Raises:
            PluginError: it raises, or does not return a list.
        """
        if self.plugin is None or hook not in self.hooks:
            return []
        try:
            groups = getattr(new_manager([self.plugin]).hook, hook)()
            return [item for group in groups for item in _listed(hook, group)]
        except PluginError as error:
            raise PluginError(f"plugin {self.origin.plugin!r}: {error}") from error
        except (Exception, SystemExit) as error:
            raise PluginError(
                f"plugin {self.origin.plugin!r}: {hook}: {said(error)}"
            ) from error


def _listed(hook: str, group: object) -> Iterable[Any]:
    if not isinstance(group, Iterable) or isinstance(group, str):
        raise PluginError(f"{hook} returned {_called(group)}, not a list")
    return group


def offer_of(origin: Origin, thing: object) -> Offer:
    """What a module, an object, a class with hooks or a scorer class offers.

    Args:
        origin: its name stands before the scorers' own names, unless it is trusted.
        thing: what the entry point or the option named.

    Raises:
        PluginError: naming the plugin and what is wrong with it.
    """
    try:
        return _offer(origin, thing)
    except PluginError as error:
        raise PluginError(f"plugin {origin.plugin!r}: {error}") from error
    except (Exception, SystemExit) as error:
        raise PluginError(f"plugin {origin.plugin!r}: {said(error)}") from error


def _offer(origin: Origin, thing: object) -> Offer:
    wanted = getattr(thing, _API, API_VERSION)
    if wanted != API_VERSION:
        raise PluginError(
            f"it was written for {_API} {wanted!r:.40}, and this is {API_VERSION}"
        )
    hooks = marked(thing)
    if unknown := sorted(hooks - set(HOOKS)):
        raise PluginError(
            f"unknown hook {', '.join(map(repr, unknown))}; "
            f"there are {', '.join(HOOKS)}"
        )
    if not hooks:
        raise PluginError(
            f"{_called(thing)} offers no scorer and no other hook: none of its members "
            "is marked @hookimpl"
        )
    named = tuple(hook for hook in HOOKS if hook in hooks)
    if "score" in hooks and not _is_wrapper(thing):
        if not isinstance(thing, type):
            raise PluginError(
                f"the `score` of {_called(thing)} is neither a scorer class's nor a "
                "wrapper (@hookimpl(wrapper=True))"
            )
        return Offer(origin, named, _by_id([_registered(origin, thing)]))
    plugin = thing() if isinstance(thing, type) else thing
    new_manager([plugin])  # refuses a hook whose arguments do not fit
    offer = Offer(origin, named, {}, plugin)
    return attrs.evolve(offer, scorers=_offered(offer))


def _offered(offer: Offer) -> Mapping[str, RegisteredScorer]:
    if "register_scorers" not in offer.hooks:
        return {}
    groups = new_manager([offer.plugin]).hook.register_scorers()
    for group in groups:
        if not isinstance(group, Iterable):
            raise PluginError(
                f"register_scorers returned {_called(group)}, not a list of classes"
            )
    classes = [cls for group in groups for cls in group]
    if not classes:
        raise PluginError("register_scorers returned no scorer")
    return _by_id(_registered(offer.origin, cls) for cls in classes)


def _by_id(scorers: Iterable[RegisteredScorer]) -> Mapping[str, RegisteredScorer]:
    offered: dict[str, RegisteredScorer] = {}
    for scorer in scorers:
        if scorer.id in offered:
            raise PluginError(f"it offers scorer {scorer.id!r} twice")
        offered[scorer.id] = scorer
    return offered


def _registered(origin: Origin, cls: object) -> RegisteredScorer:
    if not isinstance(cls, type):
        raise PluginError(f"{_called(cls)} is no class")
    if problems := list(_problems(cls)):
        raise PluginError(f"{cls.__name__} is no scorer: {'; '.join(problems)}")
    slug = vars_of(cls, "name")
    scorer_id = slug if origin.trusted else f"{origin.plugin}.{slug}"
    version = getattr(cls, "version", 1)
    return RegisteredScorer(scorer_id, cls, version, origin, source_hash(cls))


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


def vars_of(cls: type, name: str) -> Any:
    """A class variable; None for a field of that name, which attrs makes a member."""
    value = getattr(cls, name, None)
    return None if inspect.isdatadescriptor(value) else value


def marked(plugin: object) -> set[str]:
    """The names of a plugin's members that are marked @hookimpl."""
    return {name for name in dir(plugin) if _options(plugin, name) is not None}


def _is_wrapper(plugin: object) -> bool:
    options = _options(plugin, "score") or {}
    return bool(options.get("wrapper") or options.get("hookwrapper"))


def _options(plugin: object, name: str) -> Mapping[str, Any] | None:
    """What @hookimpl was given for that member; None where it was not used."""
    # Static, so that no property of a stranger's runs.
    member = inspect.getattr_static(plugin, name, None)
    options = getattr(getattr(member, "__func__", member), f"{PROJECT}_impl", None)
    return options if isinstance(options, dict) else None


def _called(thing: object) -> str:
    return getattr(thing, "__name__", None) or f"a {type(thing).__name__}"
