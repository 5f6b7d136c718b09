"""Coverage of keywords: presence only.

It cannot tell a list of keywords from a reply; the README says so, and the attack
suite measures it.
"""

from fractions import Fraction
from typing import ClassVar, Literal

from attrs import frozen

from . import Case, Score, SupportQueueAction, hookimpl


@frozen
class KeywordCoverage:
    """The share of the case's keywords that the text contains, ignoring case."""

    name: ClassVar[str] = "keyword-coverage"
    version: ClassVar[int] = 1

    text: Literal["summary", "response"]

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Count the keywords that occur; each counts once."""
        if self.text == "summary":
            text, keywords = action.summary, case.gold.summary_keywords
        else:
            text, keywords = action.response, case.gold.response_keywords
        folded = text.casefold()
        found = tuple(word for word in keywords if word.casefold() in folded)
        return Score(
            Fraction(len(found), len(keywords)),
            f"{len(found)} of {len(keywords)} keywords",
            evidence=found,
        )


@hookimpl
def register_scorers() -> list[type[KeywordCoverage]]:
    """This file's scorer."""
    return [KeywordCoverage]
