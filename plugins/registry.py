"""Which plugins there are, and what they offer.

Discovered is not active: the code of a third party is imported only when a rubric or
an option names it, because installing a package must not change a reward.
"""

from collections.abc import Collection, Iterable, Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

from attrs import define, field, frozen

from ..core.errors import PluginError, UnknownName
from .hookspecs import HOOKS, PROJECT
from .offering import BUILT_IN, Source, built_ins, imported, refuse_shadows
from .offers import Offer, Origin, RegisteredScorer, offer_of
from .running.pools import Pools


OPTION = "--plugin"


@frozen
class PluginReport:
    """A line of `support-queue plugins`.

    `state` is `active` (it takes part wherever it has something to do), `available`
    (once a rubric names it), `blocked` (safe mode) or `broken`, with the reason.
    """

    name: str
    distribution: str
    version: str
    state: str
    hooks: tuple[str, ...]
    scorers: tuple[str, ...]
    reason: str = ""


@define
class PluginRegistry:
    """The plugins that rubrics may name.

    Args:
        options: `module:Class` references, as given with `--plugin`; these are active
            in every rubric.
        third_party: False for safe mode, in which only the built-ins are there.
        isolate: whether scorers of third parties run in processes of their own.

    Raises:
        PluginError: an option cannot be imported or offers nothing, or two plugins
            claim one name; the message names the culprits.
    """

    options: tuple[str, ...] = ()
    third_party: bool = True
    isolate: bool = False
    pools: Pools = field(init=False, factory=Pools)
    _sources: dict[str, Source] = field(init=False, factory=dict)
    _blocked: dict[str, Source] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        self._sources[BUILT_IN] = built_ins()
        if self.options and not self.third_party:
            raise PluginError(
                f"safe mode allows no plugin, and --plugin names {self.options[0]!r}"
            )
        for reference in self.options:
            self._add_option(reference)
        self._add_entry_points()

    def find(self, scorer_id: str, named: Collection[str] = ()) -> RegisteredScorer:
        """The scorer that a rubric calls `scorer_id`, importing its plugin.

        Args:
            scorer_id: a built-in's name, `<plugin>.<name>`, or the name alone for a
                scorer of a plugin that is active.
            named: the plugins that the rubric lists.

        Raises:
            UnknownName: nothing offers it; lists what there is.
            PluginError: its plugin does not import, or two active plugins offer it.
        """
        plugin, dot, _ = scorer_id.partition(".")
        if dot:
            source = self._sources.get(plugin)
            if source is None and plugin in self._blocked:
                raise PluginError(f"plugin {plugin!r} is blocked by safe mode")
            found = source.find(scorer_id) if source else None
            if not found:
                raise UnknownName("scorer", scorer_id, self._known())
            return found
        built_in = self._sources[BUILT_IN].find(scorer_id)
        return built_in or self._by_short_name(scorer_id, named)

    def _by_short_name(self, name: str, named: Collection[str]) -> RegisteredScorer:
        offering = {
            f"{source.name}.{name}": source
            for source in self._active(named)
            if f"{source.name}.{name}" in source.scorers
        }
        if len(offering) > 1:
            raise PluginError(
                f"scorer {name!r} is offered by several plugins: say which one, "
                f"{' or '.join(sorted(offering))}"
            )
        for scorer_id, source in offering.items():
            return source.scorers[scorer_id]
        raise UnknownName("scorer", name, self._known())

    def active(self, named: Collection[str] = ()) -> list[Offer]:
        """What the plugins offer that a rubric lists, and those given by option.

        Those of the rubric come first, in its order.

        Raises:
            UnknownName: the rubric lists a plugin that is not there.
            PluginError: one does not import.
        """
        return [offer for source in self._active(named) for offer in source.offers]

    def _active(self, named: Collection[str]) -> list[Source]:
        sources = [self.source(name) for name in dict.fromkeys(named)]
        for source in sources:
            source.load()
        options = [s for s in self._sources.values() if s.where == OPTION]
        return sources + [source for source in options if source not in sources]

    def source(self, name: str) -> Source:
        """The plugin of that name.

        Raises:
            UnknownName: there is none; lists those there are.
            PluginError: safe mode blocks it.
        """
        if name in self._blocked:
            raise PluginError(f"plugin {name!r} is blocked by safe mode")
        others = {k: v for k, v in self._sources.items() if k != BUILT_IN}
        if name not in others:
            raise UnknownName("plugin", name, others)
        return others[name]

    def shipped(self, hook: str, reference: str) -> Path:
        """The file that a plugin ships under `<plugin>.<stem>`.

        Args:
            hook: `register_rubrics` or `register_task_packs`.
            reference: the plugin's name, a dot, the file's name without its ending.

        Raises:
            UnknownName: no such plugin, or it ships no such file.
            PluginError: it does not import, or returns something else than paths.
        """
        plugin, _, stem = reference.partition(".")
        files: dict[str, Path] = {}
        for offer in (source := self.source(plugin)).load():
            for path in offer.collect(hook):
                if not isinstance(path, Path):
                    raise PluginError(
                        f"plugin {source.name!r}: {hook} returned "
                        f"{type(path).__name__}, not paths"
                    )
                files[path.stem] = path
        if stem not in files:
            kind = {"register_rubrics": "rubric"}.get(hook, "task pack")
            raise UnknownName(kind, reference, [f"{plugin}.{name}" for name in files])
        return files[stem]

    def report(self, named: Collection[str] = ()) -> tuple[PluginReport, ...]:
        """What is installed and what works, importing everything to find out."""
        active = [
            source
            for source in self._sources.values()
            if source.where in {BUILT_IN, OPTION} or source.name in named
        ]
        shown = [
            _report(source, "active" if source in active else "available")
            for source in self._sources.values()
        ]
        blocked = [
            PluginReport(
                source.name,
                source.origin.distribution,
                source.origin.version,
                "blocked",
                (),
                (),
                "safe mode: not imported",
            )
            for source in self._blocked.values()
        ]
        return (*shown, *blocked)

    def _known(self) -> Iterator[str]:
        """Every scorer; of plugins not imported yet only the beginning of the name."""
        for source in self._sources.values():
            yield from source.known

    def _add_option(self, reference: str) -> None:
        module, colon, attribute = reference.partition(":")
        parts = [*module.split("."), *attribute.split(".")]
        if not colon or not all(part.isidentifier() for part in parts):
            raise PluginError(
                f"plugin {reference!r}: expected module:Class, for example acme:Tone"
            )
        name = parts[0].replace("_", "-").strip("-").lower()
        if name == BUILT_IN:
            raise PluginError(f"plugin {reference!r}: the name {name!r} is ours")
        entry_point = metadata.EntryPoint(name, reference, PROJECT)
        origin = _origin_of_module(name, parts[0])
        offer = offer_of(origin, imported(reference, entry_point))
        refuse_shadows(offer)
        source = self._sources.setdefault(name, Source(origin, OPTION))
        for scorer_id, scorer in offer.scorers.items():
            known = source.scorers.get(scorer_id)
            if known is not None and known.cls is not scorer.cls:
                raise PluginError(f"two --plugin options offer scorer {scorer_id!r}")
        source.offers.append(offer)

    def _add_entry_points(self) -> None:
        declared = metadata.entry_points(group=PROJECT)
        for entry_point in sorted(declared, key=lambda e: (e.name, e.value)):
            name, distribution = entry_point.name, entry_point.dist
            owner = distribution.name if distribution else "unknown distribution"
            taken = self._sources.get(name) or self._blocked.get(name)
            if taken and taken.where == OPTION:
                continue  # the developer's working copy stands in for the installed one
            if taken:
                raise PluginError(
                    f"{taken.where!r} and {owner!r} both declare plugin {name!r}; "
                    "uninstall one of them"
                )
            version = distribution.version if distribution else ""
            source = Source(Origin(name, owner, version), owner, entry_point)
            (self._sources if self.third_party else self._blocked)[name] = source


@cache
def _origin_of_module(name: str, module: str) -> Origin:
    """The distribution that brought a module, if one did."""
    for owner in metadata.packages_distributions().get(module, ()):
        return Origin(name, owner, metadata.version(owner))
    return Origin(name)


def _report(source: Source, state: str) -> PluginReport:
    origin = source.origin
    about = (source.name, origin.distribution or source.where, origin.version)
    try:
        offers = source.load()
    except PluginError as error:
        return PluginReport(*about, "broken", (), (), str(error))
    hooks = _in_order(hook for offer in offers for hook in offer.hooks)
    return PluginReport(*about, state, hooks, tuple(source.scorers))


def _in_order(hooks: Iterable[str]) -> tuple[str, ...]:
    found = set(hooks)
    return tuple(hook for hook in HOOKS if hook in found)
