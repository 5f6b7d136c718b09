"""Texts that are too short to say anything, or too long to be read."""

from fractions import Fraction
from typing import Annotated, ClassVar

from attrs import frozen
from msgspec import Meta

from ..constraints import check_limits
from ..rubrics.matching import VERSION, read
from . import Case, Score, SupportQueueAction, hookimpl
from .guards import Gives, Text, given, text_of


@frozen(field_transformer=check_limits)
class LengthWindow:
    """How far the number of words lies outside `fewest` to `most`.

    Within, the severity is 0. Below, it grows evenly to 1 at no word; above, to 1 at
    twice `most`. A word is what stands between white space.
    """

    name: ClassVar[str] = "length-window"
    version: ClassVar[int] = 100 * VERSION + 1
    pure: ClassVar[bool] = True
    reads: ClassVar[tuple[str, ...]] = ("action.summary", "action.response")

    text: Text
    fewest: Annotated[int, Meta(ge=1, le=10_000)]
    most: Annotated[int, Meta(ge=1, le=10_000)]
    gives: Gives = "severity"

    def __attrs_post_init__(self) -> None:
        if self.fewest > self.most:
            raise ValueError(
                f"`fewest` is {self.fewest}, more than `most`, which is {self.most}"
            )

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Count the words."""
        text = read(text_of(action, self.text)).normalised
        words = text.count(" ") + 1 if text else 0
        severity, reason = Fraction(0), "within"
        if words < self.fewest:
            severity, reason = Fraction(self.fewest - words, self.fewest), "too_short"
        elif words > self.most:
            over = Fraction(words - self.most, self.most)
            severity, reason = min(over, Fraction(1)), "too_long"
        wanted = f"{words} words, expected {self.fewest} to {self.most}"
        return Score(given(severity, self.gives), reason, wanted)


@hookimpl
def register_scorers() -> list[type[LengthWindow]]:
    """Offer the scorer of this file."""
    return [LengthWindow]
