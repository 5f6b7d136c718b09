"""What the kit asks a scorer: a case and an answer, and how to show them briefly."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeVar

import attrs
from attrs import evolve, frozen
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ..core.cases import Case
from ..models import SupportQueueAction
from .claims import PATHS
from .strategies import (
    SEEDS,
    VOCABULARY,
    a_case,
    action_fields,
    an_action,
    gold_fields,
    hostile_texts,
    ticket_fields,
)


T = TypeVar("T")

LONGEST: Mapping[str, int] = {"action.summary": 280, "action.response": 1200}
"""Characters that an answer's texts may have."""

_SHOWN = 60
_QUIET: Mapping[str, Any] = {
    "database": None,
    "deadline": None,
    "derandomize": True,
    "suppress_health_check": list(HealthCheck),
}
"""The same questions every time: a check that passes today passes tomorrow."""


@frozen
class Question:
    """A case and an answer to it; `ticket` names one that was given, not made up."""

    case: Case
    action: SupportQueueAction
    ticket: str = ""

    def get(self, path: str) -> Any:
        """The field of that dotted name."""
        part, name = path.split(".")
        return getattr(self._part(part), name)

    def put(self, path: str, value: Any) -> "Question":
        """The same question with one field changed."""
        part, name = path.split(".")
        changed = _with(self._part(part), name, value)
        if part == "action":
            return _with(self, "action", changed)
        return _with(self, "case", _with(self.case, part, changed))

    def copy(self) -> "Question":
        """An equal question that shares no object with this one."""
        copied: Question = _copied(self)
        return copied

    def shared(self) -> "Question":
        """An equal question in which equal texts are the same object."""
        copied: Question = _copied(self, {})
        return copied

    def differing(self, other: "Question") -> list[str]:
        """The fields in which two questions differ."""
        return [path for path in PATHS if self.get(path) != other.get(path)]

    def _part(self, part: str) -> Any:
        return self.action if part == "action" else getattr(self.case, part)

    def __str__(self) -> str:
        """Only what differs from the plain question, or from the ticket's oracle."""
        plain = plain_question()
        told = []
        if self.ticket:
            told.append(f"ticket {self.ticket!r}")
            plain = Question(self.case, self.case.gold.oracle())
        told += [f"{p}={shown(self.get(p))}" for p in self.differing(plain)]
        return ", ".join(told) or "the plain case and its oracle's answer"


def shown(value: object) -> str:
    """A value in one short line; of a long text its beginning and its length."""
    if isinstance(value, Mapping):
        value = dict(value)
    text = repr(value)
    if len(text) <= _SHOWN:
        return text
    if isinstance(value, str):
        return f"{value[: _SHOWN // 2]!r}… ({len(value)} characters)"
    return f"{text[:_SHOWN]}…"


def plain_question() -> Question:
    """The question that every counterexample is compared with."""
    return Question(a_case(), an_action())


def asked_about(cases: Iterable[Case]) -> Iterator[Question]:
    """Given tickets with the oracle's answer, an empty one and a copied one."""
    for case in cases:
        ticket = case.ticket.ticket_id
        oracle = case.gold.oracle()
        copied = case.ticket.body
        for answer in (
            oracle,
            *empty_answers(),
            evolve(
                oracle,
                summary=copied[:280].ljust(8),
                response=copied[:1200].ljust(16),
            ),
        ):
            yield Question(case, answer, ticket)


def empty_answers() -> Iterator[SupportQueueAction]:
    """Answers that say nothing: no known label, texts of blanks or dashes."""
    for mark in (" ", "-"):
        yield SupportQueueAction(
            priority="-",
            queue="-",
            disposition="-",
            summary=mark * 8,
            response=mark * 16,
            confidence=0.0,
        )


@lru_cache(maxsize=8)
def made_up(count: int) -> tuple[Question, ...]:
    """The plain question and `count` that Hypothesis made up, always the same ones."""
    found = [plain_question()]

    @settings(max_examples=count, phases=[Phase.generate], **_QUIET)
    @given(questions())
    def collect(question: Question) -> None:
        found.append(question)

    collect()
    return (*found, *_always())


def _always() -> Iterator[Question]:
    """Every label, and texts of nothing but one strange letter."""
    plain = plain_question()
    labels = {
        "action.priority": VOCABULARY.priorities,
        "action.queue": VOCABULARY.queues,
        "action.disposition": VOCABULARY.dispositions,
    }
    for path, known in labels.items():
        for label in (*known, "none of them"):
            yield plain.put(path, label)
    for seed in SEEDS:
        yield plain.put("action.response", (seed * 1200)[:1200])
        yield plain.put("action.summary", (seed * 8)[:8])


def field_strategies() -> dict[str, st.SearchStrategy[Any]]:
    """What each field may hold, by dotted name."""
    vocabulary = {
        "priorities": st.sampled_from([("P1", "P2"), ("high", "mid", "low")]),
        "queues": st.just((*VOCABULARY.queues, "extra")),
        "dispositions": st.just(VOCABULARY.dispositions[::-1]),
    }
    parts = {
        "ticket": ticket_fields(),
        "gold": gold_fields(),
        "vocabulary": vocabulary,
        "action": action_fields(),
    }
    return {f"{p}.{n}": s for p, named in parts.items() for n, s in named.items()}


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """The plain question with some fields changed, and texts that touch the truth."""
    question = plain_question()
    strategies = field_strategies()
    for path in draw(st.lists(st.sampled_from(PATHS), max_size=8, unique=True)):
        question = question.put(path, draw(strategies[path]))
    for path, longest in (("action.summary", 280), ("action.response", 1200)):
        text = draw(
            st.none() | _texts_about(question.case) | hostile_texts(16, longest)
        )
        if text is not None:
            question = question.put(path, text[:longest].ljust(16))
    return question


def _texts_about(case: Case) -> st.SearchStrategy[str]:
    """Texts made of what a scorer may look for, sometimes beside hostile ones."""
    gold = case.gold
    looked_for = [
        *gold.summary_keywords,
        *gold.response_keywords,
        *gold.disallowed_phrases,
        *(text for s in gold.summary_slots + gold.response_acts for text in s.says),
        *(text for phrases in gold.unsafe.values() for text in phrases),
        gold.queue,
        case.ticket.subject,
        "not",
    ]
    few = st.lists(st.sampled_from(looked_for) | hostile_texts(0, 30), max_size=6)
    return st.builds(str.join, st.sampled_from([" ", ", ", "\n", ""]), few)


def smallest(question: Question, breaks: Callable[[Question], bool]) -> Question:
    """The least that still breaks: fields made plain again, then values shrunk.

    Args:
        question: one for which `breaks` holds.
        breaks: whether a question is a counterexample; it must answer the same way
            every time.
    """
    plain = plain_question()
    if question.ticket:
        oracle = Question(question.case, question.case.gold.oracle(), question.ticket)
        moved = plain
        for path in question.differing(oracle):
            moved = moved.put(path, question.get(path))
        if breaks(moved):
            question = moved
        else:
            plain = oracle
    for path in question.differing(plain):
        simpler = question.put(path, plain.get(path))
        if breaks(simpler):
            question = simpler
    for path in question.differing(plain):
        question = _shrunk(question, path, breaks)
    return question


def _shrunk(
    question: Question, path: str, breaks: Callable[[Question], bool]
) -> Question:
    """With the simplest value of that field that Hypothesis finds."""
    found: list[Question] = []

    @settings(max_examples=60, phases=[Phase.generate, Phase.shrink], **_QUIET)
    @given(field_strategies()[path])
    def probe(value: Any) -> None:
        simpler = question.put(path, value)
        if len(repr(value)) < len(repr(question.get(path))) and breaks(simpler):
            found.append(simpler)
            raise AssertionError

    try:
        probe()
    except Exception:  # noqa: BLE001 - found, or flaky; either way `found` has it all
        return min(found, key=lambda q: len(repr(q.get(path))), default=question)
    return question


def _with(value: T, name: str, item: Any) -> T:
    """Like `evolve`, past every validator: a scorer may have spoilt the other fields."""
    changed = copy(value)
    object.__setattr__(changed, name, item)
    return changed


def _copied(value: Any, known: dict[str, str] | None = None) -> Any:
    """Equal to `value` and made anew, all the way down, past every validator.

    With `known`, equal texts become one object.
    """
    if isinstance(value, str):
        if known is not None:
            return known.setdefault(value, value)
        return (value + " ")[:-1]  # another object with the same letters
    if isinstance(value, tuple):
        return tuple([_copied(item, known) for item in value])
    cls: Any = type(value)
    if names := _names(cls):
        made = copy(value)  # what attrs keeps beside the fields comes along
        for name in names:
            object.__setattr__(made, name, _copied(getattr(value, name), known))
        return made
    if isinstance(value, Mapping):
        items = {_copied(k, known): _copied(v, known) for k, v in value.items()}
        return MappingProxyType(items) if isinstance(value, MappingProxyType) else items
    return value


@lru_cache(maxsize=64)
def _names(cls: type) -> tuple[str, ...]:
    """The fields of a class of values; none if it is something else."""
    return tuple(f.name for f in attrs.fields(cls)) if attrs.has(cls) else ()
