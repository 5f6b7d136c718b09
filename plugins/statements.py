"""What a text states of what it should: shared by the scorers of slots and acts.

A statement counts once, when the text itself says one of its phrases and has all its
literals. Where a pack lists only keywords, each keyword is a statement.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Protocol

from attrs import frozen

from ..core.cases import Statement
from ..rubrics.matching import (
    Phrases,
    Reading,
    compile_phrases,
    contains_literal,
    normalise,
    read,
)
from ..rubrics.matching.words import FUNCTION_WORDS, stem_of
from ..rubrics.quantities import Credit
from ..rubrics.score import Score


_FEWEST_FUNCTION_WORDS = 2
_FEW_AGAIN = 3
_WORDS_PER_CLAUSE = Fraction(5, 2)
_FUNCTION_STEMS = frozenset(map(stem_of, FUNCTION_WORDS))
_EXPLAINED = 4000
_KEPT = 1024

_REQUESTS = (
    "please ... send|tell|give|confirm|provide|share|let|reply|write|check|name|say|state",
    "please ... note|attach|answer|use|propose|explain|describe|look",
    "kindly",
    "could|can|would|will you",
    "may i|we ask",
    "ask|asking you",
    "i|we need|require",
    "need|require from you",
    "i|we would need|require|like",
    "send|tell|give|let|inform us|me",
)


class Deductions(Protocol):
    """What a scorer of statements takes off, as its parameters say."""

    @property
    def tax(self) -> Credit:
        """For each term of another family of tickets beyond `free`."""

    @property
    def free(self) -> int:
        """So many of them cost nothing."""

    @property
    def listed(self) -> Credit:
        """The share of the credit that a list keeps."""

    @property
    def prose(self) -> Credit:
        """The share of function words from which a text is no list."""

    @property
    def bare(self) -> Credit:
        """The share of clauses without a function word from which it is one."""

    @property
    def again(self) -> Credit:
        """The share of pairs of words said before from which it is one."""


@frozen(eq=False)
class Wanted:
    """A statement made ready to be looked for.

    `asserted` is false for the keywords that the reference text itself denies, and
    `part` is what to look for where it has a keyword only inside another word.
    """

    name: str
    says: Phrases
    literals: tuple[str, ...] = ()
    excludes: Phrases | None = None
    asserted: bool = True
    part: str = ""

    def stated_in(self, reading: Reading) -> bool:
        """Whether the text says it, with every literal."""
        if self.part:
            return self.part in reading.normalised
        if self.literals:
            return self._named_in(reading)
        return self.says.found_in(reading, asserted=self.asserted)

    def _named_in(self, reading: Reading) -> bool:
        """With literals: they are names, and a name may stand in quotation marks."""
        if not all(contains_literal(reading, literal) for literal in self.literals):
            return False
        return not self.says.vocabulary or any(
            not match.denied for match in self.says.matches(reading)
        )

    def contradicted_in(self, reading: Reading) -> bool:
        """Whether the text also says what cannot be true beside it."""
        return self.excludes is not None and self.excludes.found_in(reading)


@frozen
class Stated:
    """The names of the statements that a text makes, misses, and makes and denies."""

    found: tuple[str, ...]
    missing: tuple[str, ...]
    contradicted: tuple[str, ...]


def wanted(
    statements: tuple[Statement, ...], keywords: tuple[str, ...], reference: str
) -> tuple[Wanted, ...]:
    """The statements of a case, or its keywords if it has no statements."""
    if statements:
        return _of_statements(statements)
    return _of_keywords(keywords, reference)


def stated(reading: Reading, sought: Iterable[Wanted]) -> Stated:
    """What of `sought` the text states; contradicted ones are among neither."""
    found: list[str] = []
    missing: list[str] = []
    contradicted: list[str] = []
    for statement in sought:
        if not statement.stated_in(reading):
            missing.append(statement.name)
        elif statement.contradicted_in(reading):
            contradicted.append(statement.name)
        else:
            found.append(statement.name)
    return Stated(tuple(found), tuple(missing), tuple(contradicted))


def states(reading: Reading, statement: Statement) -> bool:
    """Whether the text makes a statement, whatever it says beside it."""
    (sought,) = _of_statements((statement,))
    return sought.stated_in(reading)


def foreign_in(reading: Reading, statements: tuple[Statement, ...]) -> tuple[str, ...]:
    """The names of the terms of other families that the text states."""
    sought = _of_statements(statements)
    return tuple(term.name for term in sought if term.stated_in(reading))


def graded(
    reading: Reading,
    counted: Stated,
    foreign: Sequence[str],
    noun: str,
    deductions: Deductions,
) -> Score:
    """The share that is stated, less what foreign terms and lists cost."""
    total = len(counted.found) + len(counted.missing) + len(counted.contradicted)
    if not total:
        return Score(1, "nothing_asked")
    value = Fraction(len(counted.found), total)
    reason = f"{len(counted.found)} of {total} {noun}"
    if (taxed := len(foreign) - deductions.free) > 0:
        value = max(value - taxed * deductions.tax.value, Fraction(0))
        reason += f", {len(foreign)} foreign"
    if not is_prose(reading, deductions):
        value *= deductions.listed.value
        reason += ", no prose"
    return Score(value, reason, _explained(counted, foreign))


def is_prose(reading: Reading, limits: Deductions) -> bool:
    """Whether the text is written in sentences and not as a list.

    It needs enough function words, more than two words in the average clause, and
    not too many clauses without any function word. A list whose items all stand in
    the same words is told by how many of its pairs of words came before.
    """
    words, clauses = len(reading.words), reading.clauses
    held = sum(map(_FUNCTION_STEMS.__contains__, reading.words))
    if (
        held < _FEWEST_FUNCTION_WORDS
        or held < limits.prose.value * words
        or words < _WORDS_PER_CLAUSE * len(clauses)
    ):
        return False
    bare = sum(map(_FUNCTION_STEMS.isdisjoint, clauses))
    pairs = words - 1
    again = pairs - len(set(pairwise(reading.words)))
    return bare < limits.bare.value * len(clauses) and (
        again <= _FEW_AGAIN or again <= limits.again.value * pairs
    )


def asks(reading: Reading) -> bool:
    """Whether the text asks the reader for anything."""
    return reading.asks or compile_phrases(_REQUESTS).found_in(reading)


def _explained(counted: Stated, foreign: Sequence[str]) -> str:
    parts = {
        "missing": counted.missing,
        "contradicted": counted.contradicted,
        "foreign": foreign,
    }
    lines = [f"{what}: {', '.join(names)}" for what, names in parts.items() if names]
    return "; ".join(lines)[:_EXPLAINED]


@lru_cache(maxsize=_KEPT)
def _of_statements(statements: tuple[Statement, ...]) -> tuple[Wanted, ...]:
    return tuple(
        Wanted(
            statement.name,
            # A literal is a phrase too: that it was denied counts as not said.
            compile_phrases(statement.says or statement.literals),
            statement.literals,
            compile_phrases(statement.excludes) if statement.excludes else None,
        )
        for statement in statements
    )


@lru_cache(maxsize=_KEPT)
def _of_keywords(keywords: tuple[str, ...], reference: str) -> tuple[Wanted, ...]:
    """Each keyword read as the reference text uses it, so that this text has all."""
    text = read(reference)
    return tuple(_of_keyword(keyword, text) for keyword in keywords)


def _of_keyword(keyword: str, reference: Reading) -> Wanted:
    phrase = compile_phrases((keyword,))
    if phrase.found_in(reference):
        return Wanted(keyword, phrase)
    if phrase.found_in(reference, asserted=False):
        return Wanted(keyword, phrase, asserted=False)
    folded = normalise(keyword)
    inside = folded in reference.normalised
    return Wanted(keyword, phrase, part=folded if inside else "")
