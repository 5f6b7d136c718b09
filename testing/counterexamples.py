"""From a question that breaks a property to the smallest one that does."""

from collections.abc import Callable, Iterable

from .findings import Broken
from .questions import Question, smallest


Test = Callable[[Question], None]
"""Raises `Broken` for a counterexample."""


def hold(questions: Iterable[Question], test: Test) -> None:
    """Apply `test` to every question; a failure is raised with the least of its kind."""
    for question in questions:
        try:
            test(question.copy())
        except Broken as found:
            if found.number == "P18":
                raise  # making it smaller would wait again and again
            raise least(found, question, test) from None


def least(found: Broken, question: Question, test: Test) -> Broken:
    """What `test` raises for the smallest question that fails in the same way."""

    def outcome(question: Question) -> Broken | None:
        try:
            test(question.copy())
        except Broken as broken:
            return broken if _kind(broken) == _kind(found) else None
        return None

    small = smallest(question, lambda q: outcome(q) is not None)
    return outcome(small) or found


def _kind(broken: Broken) -> tuple[str, str]:
    """Property and the beginning of the sentence, which names no value."""
    return broken.number, broken.sentence.partition(":")[0].partition(" of ")[0]
