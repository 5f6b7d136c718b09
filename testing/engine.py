"""What the kit asks of the plugin layer: registering a class, compiling a rubric."""

from collections.abc import Collection

from attrs import define, field

from ..core.errors import PluginError
from ..plugins.compiled import CompiledRubric, compile_rubric
from ..plugins.offers import Origin, RegisteredScorer, offer_of
from ..plugins.registry import PluginRegistry
from ..rubrics.rubric import Rubric
from .findings import Broken


UNDER_TEST = "under-test"
"""The plugin that a scorer under test seems to come from."""


def registered(cls: type) -> RegisteredScorer:
    """The class as a plugin's scorer.

    Raises:
        Broken: P0, with all that is wrong with it.
    """
    try:
        (scorer,) = offer_of(Origin(UNDER_TEST), cls).scorers.values()
    except PluginError as error:
        told = str(error).removeprefix(f"plugin {UNDER_TEST!r}: ")
        raise Broken("P0", told) from None
    return scorer


@define
class Engine(PluginRegistry):
    """The installed plugins, and one more scorer, wherever it was defined."""

    extra: RegisteredScorer = field(kw_only=True)

    def find(self, scorer_id: str, named: Collection[str] = ()) -> RegisteredScorer:
        """As the base class does; the extra scorer first."""
        if scorer_id == self.extra.id:
            return self.extra
        return super().find(scorer_id, named)

    def compile(self, rubric: Rubric) -> CompiledRubric:
        """A rubric that may name the extra scorer; raises `RubricError`."""
        return compile_rubric(rubric, self)
