"""Coverage of keywords: presence only.

It cannot tell a list of keywords from a reply, and the README says so.
"""

from fractions import Fraction
from functools import lru_cache
from typing import ClassVar, Literal

from attrs import frozen

from . import Case, Score, SupportQueueAction, hookimpl


@frozen
class KeywordCoverage:
    """The share of the case's keywords that the text contains, ignoring case."""

    name: ClassVar[str] = "keyword-coverage"
    version: ClassVar[int] = 1
    reads: ClassVar[tuple[str, ...]] = (
        "gold.summary_keywords",
        "gold.response_keywords",
        "action.summary",
        "action.response",
    )
    oracle: ClassVar[int] = 1
    floor: ClassVar[int] = 0
    ignores: ClassVar[tuple[str, ...]] = ("case", "repetition")

    text: Literal["summary", "response"]

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Count the keywords that occur; each counts once."""
        if self.text == "summary":
            text, keywords = action.summary, case.gold.summary_keywords
        else:
            text, keywords = action.response, case.gold.response_keywords
        folded = folded_text(text)
        found = 0
        for word in folded_words(keywords):
            if word in folded:
                found += 1
        return _share(found, len(keywords))


folded_text = lru_cache(maxsize=64)(str.casefold)
"""A text ready for comparison; several scorers read the same reply."""


@lru_cache(maxsize=4096)
def folded_words(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words ready for comparison; a case's list is folded once, not per step."""
    return tuple(word.casefold() for word in words)


@lru_cache(maxsize=4096)
def _share(found: int, total: int) -> Score:
    return Score(Fraction(found, total), f"{found} of {total} keywords")


@hookimpl
def register_scorers() -> list[type[KeywordCoverage]]:
    """Offer the scorer of this file."""
    return [KeywordCoverage]
