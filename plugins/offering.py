"""Plugins by name, which may not have been imported yet; among them our own."""

from collections.abc import Collection
from functools import cache
from importlib import import_module, metadata

from attrs import define, field

from ..core.errors import PluginError, said
from .offers import Offer, Origin, RegisteredScorer, offer_of


BUILT_INS = (
    "ordinal",
    "label",
    "keyword-coverage",
    "disallowed-phrases",
    "fact-slots",
    "response-acts",
    "copy-guard",
    "length-window",
    "consistency",
    "calibration",
    "unsafe-acts",
    "llm-judge",
)
"""The scorers that ship with the package: ordinary plugins, listed in one place.

Each is the one scorer of the module of its name, and imported when a rubric names it:
what some of them know of texts takes as long to load as all the rest of a rubric.
"""

BUILT_IN = "built-in"
DISTRIBUTION = "openenv-support-queue-env"


@define
class Source:
    """A plugin that may not have been imported yet."""

    origin: Origin
    where: str
    entry_point: metadata.EntryPoint | None = None
    offers: list[Offer] = field(factory=list)

    @property
    def name(self) -> str:
        """The plugin's name."""
        return self.origin.plugin

    def load(self) -> list[Offer]:
        """What it offers, importing it the first time.

        Raises:
            PluginError: it does not import, or offers something wrong.
        """
        if self.entry_point is not None and not self.offers:
            offer = offer_of(self.origin, imported(self.name, self.entry_point))
            refuse_shadows(offer)
            self.offers = [offer]
        return self.offers

    def find(self, scorer_id: str) -> RegisteredScorer | None:
        """Its scorer of that id, importing what that takes; errors are as for `load`."""
        self.load()
        return self.scorers.get(scorer_id)

    @property
    def scorers(self) -> dict[str, RegisteredScorer]:
        """Its scorers by id, as far as it has been imported."""
        return {
            scorer_id: scorer
            for offer in self.offers
            for scorer_id, scorer in offer.scorers.items()
        }

    @property
    def known(self) -> Collection[str]:
        """The ids of its scorers; of a plugin not imported yet only their beginning."""
        return self.scorers or (f"{self.name}.…",)


@define
class BuiltIns(Source):
    """The plugin that all our own scorers are in."""

    def load(self) -> list[Offer]:
        """What all of them offer."""
        self.offers = [_built_in(self.origin, name) for name in BUILT_INS]
        return self.offers

    def find(self, scorer_id: str) -> RegisteredScorer | None:
        """The scorer of that name, importing its module only."""
        if scorer_id not in BUILT_INS:
            return None
        return _built_in(self.origin, scorer_id).scorers[scorer_id]

    @property
    def known(self) -> Collection[str]:
        """Their names."""
        return BUILT_INS


@cache
def _built_in(origin: Origin, name: str) -> Offer:
    module = import_module(f".{name.replace('-', '_')}", __package__)
    return offer_of(origin, module)


def built_ins() -> BuiltIns:
    """Our own scorers."""
    try:
        version = metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        version = ""
    return BuiltIns(Origin(BUILT_IN, DISTRIBUTION, version, trusted=True), BUILT_IN)


def refuse_shadows(offer: Offer) -> None:
    """A plugin's scorer may not look like one of ours in a rubric.

    Raises:
        PluginError: one does.
    """
    for scorer in offer.scorers.values():
        if scorer.cls.name in BUILT_INS:
            raise PluginError(
                f"plugin {offer.origin.plugin!r}: scorer {scorer.cls.name!r} has the "
                "name of a built-in scorer; give it another"
            )


def imported(name: str, entry_point: metadata.EntryPoint) -> object:
    """What an entry point names.

    Raises:
        PluginError: it does not import.
    """
    try:
        return entry_point.load()
    except (Exception, SystemExit) as error:
        raise PluginError(f"plugin {name!r} does not import: {said(error)}") from error
