"""Texts that repeat the ticket in place of condensing or answering it."""

from fractions import Fraction
from functools import lru_cache
from typing import Annotated, ClassVar

from attrs import frozen
from msgspec import Meta

from ..constraints import check_limits
from ..rubrics.matching import VERSION, Reading, copied_share, read
from . import Case, Credit, Score, SupportQueueAction, Ticket, hookimpl
from .guards import Gives, Text, given, text_of


_THREE_FIFTHS = Credit("3/5")
_A_HALF = Credit("1/2")


@frozen(field_transformer=check_limits)
class CopyGuard:
    """How far a text is a copy of what the ticket says.

    Up to a share of `limit` of its runs of `words` words may stand in the ticket's
    subject, body or events. Just above that the severity is `onset`, and it grows
    evenly to 1 for a text that is copied whole.
    """

    name: ClassVar[str] = "copy-guard"
    version: ClassVar[int] = 100 * VERSION + 1
    pure: ClassVar[bool] = True
    reads: ClassVar[tuple[str, ...]] = (
        "ticket.subject",
        "ticket.body",
        "ticket.recent_events",
        "action.summary",
        "action.response",
    )

    text: Text = "summary"
    limit: Credit = _THREE_FIFTHS
    onset: Credit = _A_HALF
    words: Annotated[int, Meta(ge=2, le=20)] = 6
    gives: Gives = "severity"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Compare runs of words."""
        reading = read(text_of(action, self.text))
        share = copied_share(reading, _source(case.ticket), self.words)
        return Score(
            given(self._severity(share), self.gives),
            "copied" if share > self.limit.value else "own_words",
            f"{float(share):.0%} of its runs of {self.words} words are the ticket's",
        )

    def _severity(self, share: Fraction) -> Fraction:
        limit, onset = self.limit.value, self.onset.value
        if share <= limit:
            return Fraction(0)
        return onset + (1 - onset) * (share - limit) / (1 - limit)


def _source(ticket: Ticket) -> Reading:
    return _joined(ticket.subject, ticket.body, ticket.recent_events)


@lru_cache(maxsize=64)
def _joined(subject: str, body: str, events: tuple[str, ...]) -> Reading:
    return read("\n".join((subject, body, *events)))


@hookimpl
def register_scorers() -> list[type[CopyGuard]]:
    """Offer the scorer of this file."""
    return [CopyGuard]
