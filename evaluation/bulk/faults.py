"""Rows that have no reward, and why."""

from collections.abc import Iterable, Sequence

from ...core.errors import Fault, ScoringError, listed


NOT_JSON = "not_json"
INVALID = "invalid"
TOO_LONG = "too_long"
UNKNOWN_TICKET = "unknown_ticket"
SCORING = "scoring"


class BadRow(Exception):
    """A row that cannot be scored.

    `type` is one of the texts of this module. The message is a sentence that names the
    thing, the rule and what was found, and quotes nothing of the answer; `told` may say
    more, to the person at the terminal. `named` is as much of the output row as is
    known: the id and the ticket's id.
    """

    def __init__(self, type_: str, message: str, told: str = "") -> None:
        self.type = type_
        self.message = message
        self.told = told or message
        self.named = b""
        super().__init__(message)


def invalid(faults: Iterable[Fault]) -> BadRow:
    """A row that breaks rules."""
    return BadRow(INVALID, listed(faults))


def within(place: str, faults: Iterable[Fault]) -> Sequence[Fault]:
    """Faults of a part of the row, with their paths from the row's beginning."""
    return [Fault((place, *f.path), f.type, f.message) for f in faults]


def unscored(error: ScoringError) -> BadRow:
    """A row whose answer a scorer gave no score; what it said is for the terminal."""
    return BadRow(SCORING, error.public, str(error))
