"""Lint of what texts should state: slots, acts, terms of other families, unsafe acts.

How a text is matched is not for this layer to know, so the rules that read the
reference texts take a `TextMatcher`; without one only names and literals are checked.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from itertools import combinations
from typing import Protocol

from ..core.cases import Case, Gold, Statement


FEWEST_STATEMENTS = 3
"""Shorter lists make a single lucky phrase worth too much."""


class TextMatcher(Protocol):
    """What a rubric that matches texts tells lint of them."""

    @property
    def unsafe_codes(self) -> Collection[str]:
        """The codes of unsafe acts that it knows."""

    def states(self, text: str, statement: Statement) -> bool:
        """Whether a text makes a statement."""

    def says(self, text: str, phrases: tuple[str, ...]) -> bool:
        """Whether a text says one of the phrases, and neither denies nor quotes it."""


Rule = Callable[[Case], Iterator[str]]
MatchingRule = Callable[[Case, TextMatcher], Iterator[str]]


def _few_statements(case: Case) -> Iterator[str]:
    for name, statements in _asked(case.gold):
        if 0 < len(statements) < FEWEST_STATEMENTS:
            yield f"{name} has {len(statements)} entries, expected {FEWEST_STATEMENTS}"


def _repeated_statements(case: Case) -> Iterator[str]:
    for name, statements in _all(case.gold):
        for called, times in Counter(s.name for s in statements).items():
            if times > 1:
                yield f"{name} has {called!r} {times} times"


def _shared_phrases(case: Case) -> Iterator[str]:
    """One phrase must not earn two statements."""
    for name, statements in _asked(case.gold):
        for one, other in combinations(statements, 2):
            for phrase in sorted(_phrases(one) & _phrases(other)):
                yield f"{name}: {one.name!r} and {other.name!r} share {phrase!r}"


def _absent_literals(case: Case) -> Iterator[str]:
    """A literal that the ticket does not have can only be guessed."""
    ticket = case.ticket
    written = _normal(" ".join((ticket.subject, ticket.body, *ticket.recent_events)))
    for name, statements in _all(case.gold):
        for statement in statements:
            for literal in statement.literals:
                if _normal(literal) not in written:
                    yield (
                        f"{name}: the ticket lacks {literal!r} of {statement.name!r}"
                    )


def _incomplete_texts(case: Case, matcher: TextMatcher) -> Iterator[str]:
    for (name, statements), text in zip(
        _asked(case.gold), _references(case.gold), strict=True
    ):
        for statement in statements:
            if not matcher.states(text, statement):
                yield f"{name}: the reference text does not state {statement.name!r}"
            elif statement.excludes and matcher.says(text, statement.excludes):
                yield f"{name}: the reference text contradicts {statement.name!r}"


def _foreign_texts(case: Case, matcher: TextMatcher) -> Iterator[str]:
    for statement in case.gold.foreign_slots:
        if any(matcher.states(text, statement) for text in _references(case.gold)):
            yield f"a reference text states {statement.name!r}"


def _unsafe_texts(case: Case, matcher: TextMatcher) -> Iterator[str]:
    for code, phrases in case.gold.unsafe.items():
        for phrase in phrases:
            if any(matcher.says(text, (phrase,)) for text in _references(case.gold)):
                yield f"a reference text says {phrase!r} of {code}"


def _unknown_codes(case: Case, matcher: TextMatcher) -> Iterator[str]:
    known = matcher.unsafe_codes
    for code in case.gold.unsafe:
        if code not in known:
            yield f"{code!r} is no code of an unsafe act ({', '.join(known)})"


RULES: dict[str, Rule] = {
    "few-statements": _few_statements,
    "repeated-statement": _repeated_statements,
    "shared-phrase": _shared_phrases,
    "absent-literal": _absent_literals,
}
"""Rules that need only the case."""

MATCHING_RULES: dict[str, MatchingRule] = {
    "unstated-reference": _incomplete_texts,
    "foreign-reference": _foreign_texts,
    "unsafe-statement": _unsafe_texts,
    "unknown-code": _unknown_codes,
}
"""Rules that read the reference texts as a rubric does."""


def _asked(gold: Gold) -> Iterator[tuple[str, tuple[Statement, ...]]]:
    """What the summary and the response should state, in this order."""
    yield "summary_slots", gold.summary_slots
    yield "response_acts", gold.response_acts


def _all(gold: Gold) -> Iterator[tuple[str, tuple[Statement, ...]]]:
    yield from _asked(gold)
    yield "foreign_slots", gold.foreign_slots


def _references(gold: Gold) -> tuple[str, str]:
    return gold.reference_summary, gold.reference_response


def _phrases(statement: Statement) -> set[str]:
    return set(map(_normal, statement.says))


def _normal(text: str) -> str:
    return " ".join(text.casefold().split())
