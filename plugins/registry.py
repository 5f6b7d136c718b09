"""Which plugins there are, and which scorers they offer.

Discovered is not active: the code of a third party is imported only when a rubric
names one of its scorers, because installing a package must not change a reward.
"""

from collections.abc import Iterable
from importlib import metadata

from attrs import define, field, frozen

from ..core.errors import PluginError, UnknownName, said
from . import (
    calibration,
    consistency,
    copy_guard,
    disallowed_phrases,
    fact_slots,
    keyword_coverage,
    label,
    length_window,
    ordinal,
    response_acts,
    unsafe_acts,
)
from .hookspecs import PROJECT
from .offers import RegisteredScorer, scorers_of


BUILT_INS: tuple[object, ...] = (
    ordinal,
    label,
    keyword_coverage,
    disallowed_phrases,
    fact_slots,
    response_acts,
    copy_guard,
    length_window,
    consistency,
    calibration,
    unsafe_acts,
)
"""The scorers that ship with the package: ordinary plugins, listed in one place."""

BUILT_IN = "built-in"
OPTION = "--plugin"


@frozen
class PluginReport:
    """A line of `support-queue plugins`; `reason` says why a broken one is."""

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
    version: str = ""
    entry_point: metadata.EntryPoint | None = None
    scorers: dict[str, RegisteredScorer] = field(factory=dict)

    def load(self) -> dict[str, RegisteredScorer]:
        """The scorers on offer, importing the plugin the first time."""
        if self.entry_point is not None and not self.scorers:
            plugin = _import(self.name, self.entry_point)
            self.scorers = scorers_of(self.name, plugin)
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

    def __attrs_post_init__(self) -> None:
        built_in = _Source(BUILT_IN, BUILT_IN)
        for plugin in BUILT_INS:
            built_in.scorers |= scorers_of("", plugin)
        self._sources[BUILT_IN] = built_in
        for reference in self.options:
            self._add_option(reference)
        self._add_entry_points()

    def find(self, scorer_id: str) -> RegisteredScorer:
        """The scorer that a rubric calls `scorer_id`, importing its plugin.

        Raises:
            UnknownName: nothing offers it; lists what there is.
            PluginError: the plugin it belongs to does not import.
        """
        plugin, dot, _ = scorer_id.partition(".")
        source = self._sources.get(plugin if dot else BUILT_IN)
        offered = source.load() if source else {}
        if scorer_id not in offered:
            raise UnknownName("scorer", scorer_id, self._known())
        return offered[scorer_id]

    def report(self) -> tuple[PluginReport, ...]:
        """What is installed and what works, importing everything to find out."""
        return tuple(map(_report, self._sources.values()))

    def _known(self) -> Iterable[str]:
        """Every scorer; of plugins not imported yet only the beginning of the name."""
        for source in self._sources.values():
            yield from source.scorers or (f"{source.name}.…",)

    def _add_option(self, reference: str) -> None:
        module, colon, attribute = reference.partition(":")
        parts = [*module.split("."), *attribute.split(".")]
        if not colon or not all(part.isidentifier() for part in parts):
            raise PluginError(
                f"plugin {reference!r}: expected module:Class, for example acme:Tone"
            )
        name = parts[0].replace("_", "-")
        entry_point = metadata.EntryPoint(name, reference, PROJECT)
        loaded = scorers_of(name, _import(reference, entry_point))
        offered = self._sources.setdefault(name, _Source(name, OPTION)).scorers
        for scorer_id, scorer in loaded.items():
            if offered.setdefault(scorer_id, scorer).cls is not scorer.cls:
                raise PluginError(f"two --plugin options offer scorer {scorer_id!r}")

    def _add_entry_points(self) -> None:
        declared = metadata.entry_points(group=PROJECT)
        for entry_point in sorted(declared, key=lambda e: (e.name, e.value)):
            name, distribution = entry_point.name, entry_point.dist
            origin = distribution.name if distribution else "unknown distribution"
            taken = self._sources.get(name)
            if taken and taken.origin == OPTION:
                continue  # the developer's working copy stands in for the installed one
            if taken:
                raise PluginError(
                    f"{taken.origin!r} and {origin!r} both declare plugin {name!r}; "
                    "uninstall one of them"
                )
            version = distribution.version if distribution else ""
            self._sources[name] = _Source(name, origin, version, entry_point)


def _import(name: str, entry_point: metadata.EntryPoint) -> object:
    try:
        return entry_point.load()
    except (Exception, SystemExit) as error:
        raise PluginError(f"plugin {name!r} does not import: {said(error)}") from error


def _report(source: _Source) -> PluginReport:
    try:
        scorers = tuple(source.load())
    except PluginError as error:
        broken = ("broken", (), str(error))
        return PluginReport(source.name, source.origin, source.version, *broken)
    return PluginReport(
        source.name, source.origin, source.version, "available", scorers
    )
