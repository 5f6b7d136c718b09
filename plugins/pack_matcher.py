"""How the strict rubric reads texts, for the lint of task packs."""

from collections.abc import Collection

from attrs import frozen

from ..core.cases import Statement
from ..rubrics.matching import compile_phrases, read
from ..rubrics.matching.acts import unsafe_acts
from .statements import states


@frozen
class PackMatcher:
    """A `tickets.lint_statements.TextMatcher`."""

    @property
    def unsafe_codes(self) -> Collection[str]:
        """`U1` to `U16`."""
        return unsafe_acts().acts.keys()

    def states(self, text: str, statement: Statement) -> bool:
        """Whether a text makes a statement, as `fact-slots` sees it."""
        return states(read(text), statement)

    def says(self, text: str, phrases: tuple[str, ...]) -> bool:
        """Whether a text itself says one of the phrases."""
        return compile_phrases(phrases).found_in(read(text))
