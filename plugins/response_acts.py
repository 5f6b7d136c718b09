"""What a first reply to a customer should do, in whatever words."""

from typing import Annotated, ClassVar

from attrs import evolve, frozen
from msgspec import Meta

from ..constraints import check_limits
from ..rubrics.matching import VERSION, Reading, read
from . import Case, Credit, Score, SupportQueueAction, hookimpl
from .statements import Stated, asks, foreign_in, graded, stated, wanted


_A_FIFTH = Credit("1/5")
_IN_LETTERS = Credit("7/20")
_BARE_IN_LETTERS = Credit("1/3")
_AN_EIGHTH = Credit("1/8")

ASK = "ask"
"""Acts of this name, and those that start with it and a hyphen, ask for something."""


@frozen(field_transformer=check_limits)
class ResponseActs:
    """The share of the case's response acts that the reply performs.

    Denied, quoted and hidden words perform nothing, and an act is lost when the
    reply also says what excludes it. Where information has to be requested, the
    acts called `ask` or `ask-…` need a question or a request. Each term of another
    family of tickets beyond the first `free` costs `tax`. Of what is left a list
    that is no prose keeps the share `listed`; `prose`, `bare` and `again` tell them
    apart as in `fact-slots`.

    A case without acts is read for its response keywords.
    """

    name: ClassVar[str] = "response-acts"
    version: ClassVar[int] = 100 * VERSION + 2
    pure: ClassVar[bool] = True
    reads: ClassVar[tuple[str, ...]] = (
        "gold.disposition",
        "gold.response_acts",
        "gold.foreign_slots",
        "gold.response_keywords",
        "gold.reference_response",
        "action.response",
    )

    tax: Credit = _A_FIFTH
    free: Annotated[int, Meta(ge=0)] = 2
    listed: Credit = _A_FIFTH
    prose: Credit = _IN_LETTERS
    bare: Credit = _BARE_IN_LETTERS
    again: Credit = _AN_EIGHTH

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Look for every act, and for terms of other families."""
        gold, reading = case.gold, read(action.response)
        acts = wanted(
            gold.response_acts, gold.response_keywords, gold.reference_response
        )
        counted = stated(reading, acts)
        if gold.response_acts and gold.disposition == "request_info":
            counted = _only_if_asked(counted, reading)
        foreign = foreign_in(reading, gold.foreign_slots)
        noun = "acts" if gold.response_acts else "keywords"
        return graded(reading, counted, foreign, noun, self)


def _only_if_asked(counted: Stated, reading: Reading) -> Stated:
    asking = tuple(name for name in counted.found if f"{name}-".startswith(f"{ASK}-"))
    if not asking or asks(reading):
        return counted
    found = tuple(name for name in counted.found if name not in asking)
    return evolve(counted, found=found, missing=(*counted.missing, *asking))


@hookimpl
def register_scorers() -> list[type[ResponseActs]]:
    """Offer the scorer of this file."""
    return [ResponseActs]
