"""Which plugins there are, and which scorers they offer.

Discovered is not active: the code of a third party is imported only when a rubric
names one of its scorers, because installing a package must not change a reward.
"""

from collections.abc import Iterable, Mapping
from importlib import metadata
from typing import Any

import pluggy
from attrs import define, field, frozen

from ..core.errors import PluginError, UnknownName
from . import disallowed_phrases, hookspecs, keyword_coverage, label, ordinal
from .hookspecs import PROJECT


BUILT_INS: tuple[object, ...] = (
    ordinal,
    label,
    keyword_coverage,
    disallowed_phrases,
)
"""The scorers that ship with the package: ordinary plugins, listed in one place."""

BUILT_IN = "built-in"


@frozen
class RegisteredScorer:
    """A scorer class under the id that rubrics use for it."""

    id: str
    cls: type[Any]
    plugin: str

    @property
    def version(self) -> int:
        """The class's own version; a change of behaviour must change it."""
        return int(getattr(self.cls, "version", 1))

    @property
    def summary(self) -> str:
        """First line of the class's docstring."""
        return (self.cls.__doc__ or "").strip().partition("\n")[0]


@frozen
class PluginReport:
    """A line of `support-queue plugins`."""

    name: str
    source: str
    version: str
    state: str
    scorers: tuple[str, ...]
    reason: str = ""


@define
class _Source:
    """A plugin that may not have been imported yet."""

    name: str
    origin: str
    version: str
    entry_point: metadata.EntryPoint | None = None
    scorers: dict[str, RegisteredScorer] | None = None

    def load(self) -> dict[str, RegisteredScorer]:
        if self.scorers is None:
            if self.entry_point is None:
                raise AssertionError(self.name)
            self.scorers = _scorers_of(self.name, _import(self.name, self.entry_point))
        return self.scorers


@define
class PluginRegistry:
    """The scorers that rubrics may name.

    Args:
        options: `module:Class` references, as given with `--plugin`.

    Raises:
        PluginError: an option cannot be imported or offers no scorer, or two
            plugins claim one name; the message names the culprits.
    """

    options: tuple[str, ...] = ()
    _sources: dict[str, _Source] = field(init=False, factory=dict)
    _built_in: dict[str, RegisteredScorer] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        for plugin in BUILT_INS:
            self._built_in |= _scorers_of("", plugin)
        for reference in self.options:
            self._add_option(reference)
        self._add_entry_points()

    def find(self, scorer_id: str) -> RegisteredScorer:
        """The scorer that a rubric calls `scorer_id`, importing its plugin.

        Raises:
            UnknownName: nothing offers it; lists what there is.
            PluginError: the plugin it belongs to does not import.
        """
        if scorer_id in self._built_in:
            return self._built_in[scorer_id]
        source = self._sources.get(scorer_id.partition(".")[0])
        offered = source.load() if source else {}
        if scorer_id not in offered:
            raise UnknownName("scorer", scorer_id, (*self._built_in, *self._known()))
        return offered[scorer_id]

    @property
    def built_in(self) -> tuple[RegisteredScorer, ...]:
        """The scorers that ship with the package."""
        return tuple(self._built_in.values())

    def report(self) -> tuple[PluginReport, ...]:
        """What is installed and what works, importing everything to find out."""
        built_in = PluginReport(BUILT_IN, BUILT_IN, "", "active", tuple(self._built_in))
        return (built_in, *map(_report, self._sources.values()))

    def _known(self) -> Iterable[str]:
        for source in self._sources.values():
            yield from source.scorers or (f"{source.name}.…",)

    def _add_option(self, reference: str) -> None:
        module_name, _, attribute = reference.partition(":")
        if not module_name or not attribute:
            raise PluginError(
                f"plugin {reference!r}: expected module:Class, for example acme:Tone"
            )
        name = module_name.partition(".")[0].replace("_", "-")
        entry_point = metadata.EntryPoint(name, reference, PROJECT)
        loaded = _scorers_of(name, _import(reference, entry_point))
        source = self._sources.setdefault(
            name, _Source(name, "--plugin", "", scorers={})
        )
        offered = source.load()
        for scorer_id, scorer in loaded.items():
            if scorer_id in offered and offered[scorer_id].cls is not scorer.cls:
                raise PluginError(f"two --plugin options offer scorer {scorer_id!r}")
            offered[scorer_id] = scorer

    def _add_entry_points(self) -> None:
        for entry_point in sorted(
            metadata.entry_points(group=PROJECT), key=lambda e: (e.name, e.value)
        ):
            name = entry_point.name
            distribution = entry_point.dist
            origin = distribution.name if distribution else "unknown distribution"
            taken = self._sources.get(name)
            if taken and taken.origin == "--plugin":
                continue  # the developer's working copy stands in for the installed one
            if taken:
                raise PluginError(
                    f"distributions {taken.origin!r} and {origin!r} both declare "
                    f"plugin {name!r}; uninstall one of them"
                )
            version = distribution.version if distribution else ""
            self._sources[name] = _Source(name, origin, version, entry_point)


def _import(name: str, entry_point: metadata.EntryPoint) -> object:
    try:
        return entry_point.load()
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise PluginError(f"plugin {name!r} does not import: {reason}") from error


def _scorers_of(prefix: str, plugin: object) -> dict[str, RegisteredScorer]:
    """The scorers that a plugin offers: through its hook, or by being one."""
    label_ = prefix or BUILT_IN
    if isinstance(plugin, type) and _is_hook(getattr(plugin, "score", None)):
        classes: list[type[Any]] = [plugin]
    else:
        instance = plugin() if isinstance(plugin, type) else plugin
        classes = _ask(label_, instance)
    offered: dict[str, RegisteredScorer] = {}
    for cls in classes:
        slug = getattr(cls, "name", None)
        if not isinstance(slug, str) or not _is_hook(getattr(cls, "score", None)):
            raise PluginError(
                f"plugin {label_!r}: {getattr(cls, '__name__', cls)!r} is no scorer: "
                "it needs a class variable `name` and a `score` marked @hookimpl"
            )
        scorer_id = f"{prefix}.{slug}" if prefix else slug
        if scorer_id in offered:
            raise PluginError(f"plugin {label_!r} offers scorer {scorer_id!r} twice")
        offered[scorer_id] = RegisteredScorer(scorer_id, cls, label_)
    if not offered:
        raise PluginError(f"plugin {label_!r} offers no scorer")
    return offered


def _ask(name: str, plugin: object) -> list[type[Any]]:
    """What the plugin's `register_scorers` returns; misspelt hooks are errors."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(plugin, name)
        manager.check_pending()
        groups = manager.hook.register_scorers()
        return [cls for group in groups for cls in group]
    except Exception as error:
        reason = " ".join(str(error).split())
        raise PluginError(f"plugin {name!r}: {reason}") from error


def _is_hook(function: object) -> bool:
    return hasattr(function, f"{PROJECT}_impl")


def _report(source: _Source) -> PluginReport:
    try:
        scorers: Mapping[str, RegisteredScorer] = source.load()
    except PluginError as error:
        return PluginReport(
            source.name, source.origin, source.version, "broken", (), str(error)
        )
    return PluginReport(
        source.name, source.origin, source.version, "available", tuple(scorers)
    )
