"""The facts that an internal note should hold, in whatever words."""

from typing import Annotated, ClassVar

from attrs import frozen
from msgspec import Meta

from ..constraints import check_limits
from ..rubrics.matching import VERSION, read
from . import Case, Credit, Score, SupportQueueAction, hookimpl
from .statements import foreign_in, graded, stated, wanted


_A_FIFTH = Credit("1/5")
_IN_NOTES = Credit("1/10")
_BARE_IN_NOTES = Credit("4/5")
_AN_EIGHTH = Credit("1/8")


@frozen(field_transformer=check_limits)
class FactSlots:
    """The share of the case's summary slots that the summary states.

    Denied, quoted and hidden words state nothing, except that a literal may be
    quoted. A slot of which the summary names two states that exclude one another is
    lost. Each slot of another family
    of tickets that it names, beyond the first `free`, costs `tax`. Of what is left
    a list that is no prose keeps the share `listed`. Prose has a share of `prose`
    function words (the, of, was), fewer than `bare` of its clauses have none, and at
    most `again` of its pairs of words stand in it already.

    A case without slots is read for its summary keywords.
    """

    name: ClassVar[str] = "fact-slots"
    version: ClassVar[int] = 100 * VERSION + 2
    pure: ClassVar[bool] = True
    reads: ClassVar[tuple[str, ...]] = (
        "gold.summary_slots",
        "gold.foreign_slots",
        "gold.summary_keywords",
        "gold.reference_summary",
        "action.summary",
    )

    tax: Credit = _A_FIFTH
    free: Annotated[int, Meta(ge=0)] = 2
    listed: Credit = _A_FIFTH
    prose: Credit = _IN_NOTES
    bare: Credit = _BARE_IN_NOTES
    again: Credit = _AN_EIGHTH

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Look for every slot, and for those of other families."""
        gold, reading = case.gold, read(action.summary)
        slots = wanted(
            gold.summary_slots, gold.summary_keywords, gold.reference_summary
        )
        counted = stated(reading, slots)
        foreign = foreign_in(reading, gold.foreign_slots)
        noun = "slots" if gold.summary_slots else "keywords"
        return graded(reading, counted, foreign, noun, self)


@hookimpl
def register_scorers() -> list[type[FactSlots]]:
    """Offer the scorer of this file."""
    return [FactSlots]
