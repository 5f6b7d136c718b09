"""Lint of a set of cases: faults of the gold that would make rewards dishonest.

    for finding in lint_cases(pack.cases):
        print(finding)

An error means that the case rewards or punishes the wrong thing; a note is a number
that its author should have seen. Lint knows no rubric: what a constant answer earns
is computed from the labels, with credits that are given to it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import permutations, product
from typing import Literal

from attrs import frozen

from ..core.cases import Case, Gold
from .lint_statements import MATCHING_RULES, RULES, TextMatcher


FEWEST_KEYWORDS = 3
"""Shorter lists make a single lucky word worth too much."""

_LABELS = ("priority", "queue", "disposition")
_TEXTS = ("summary", "response")


@frozen
class Finding:
    """Something lint noticed; `ticket_id` is empty when it concerns the whole set."""

    ticket_id: str
    rule: str
    message: str
    level: Literal["error", "note"]

    def __str__(self) -> str:
        return f"{self.level}: {self.ticket_id or 'set'}: {self.rule}: {self.message}"


@frozen(kw_only=True)
class LabelCredits:
    """What labels earn; the defaults are those of the classic rubric."""

    priority: Fraction = Fraction(30, 100)
    queue: Fraction = Fraction(25, 100)
    disposition: Fraction = Fraction(20, 100)
    adjacent_priority: Fraction = Fraction(1, 2)
    alternate_queue: Fraction = Fraction(3, 5)
    alternate_disposition: Fraction = Fraction(1, 2)


_CLASSIC = LabelCredits()


@frozen
class ConstantAnswer:
    """One label triple for every ticket, and the mean reward it earns."""

    priority: str
    queue: str
    disposition: str
    reward: Fraction


def lint_cases(
    cases: Iterable[Case], matcher: TextMatcher | None = None
) -> tuple[Finding, ...]:
    """Every finding: case by case in the order given, then those of the set.

    With a `matcher` the reference texts are also read for slots, acts and unsafe
    wordings; `plugins/pack_matcher.py` has the one that the strict rubric uses.
    """
    given = tuple(cases)
    found = [finding for case in given for finding in _lint_case(case, matcher)]
    return (*found, *_lint_set(given))


# --- one case -----------------------------------------------------------------


def _lint_case(case: Case, matcher: TextMatcher | None) -> Iterator[Finding]:
    for rule, check in _CASE_RULES.items():
        for message in check(case):
            yield Finding(case.ticket.ticket_id, rule, message, "error")
    if matcher is not None:
        for rule, read in MATCHING_RULES.items():
            for message in read(case, matcher):
                yield Finding(case.ticket.ticket_id, rule, message, "error")
    for name, keywords in _keyword_lists(case.gold):
        share = _share_in(case.ticket.body, keywords)
        yield Finding(
            case.ticket.ticket_id,
            "copy-share",
            f"copying the body earns {share} of {len(keywords)} {name}",
            "note",
        )


def _few_keywords(case: Case) -> Iterator[str]:
    for name, keywords in _keyword_lists(case.gold):
        if len(keywords) < FEWEST_KEYWORDS:
            yield f"{name} has {len(keywords)} entries, expected {FEWEST_KEYWORDS}"


def _repeated_keywords(case: Case) -> Iterator[str]:
    for name, keywords in _keyword_lists(case.gold):
        for word, times in Counter(map(_normal, keywords)).items():
            if times > 1:
                yield f"{name} has {word!r} {times} times"


def _nested_keywords(case: Case) -> Iterator[str]:
    for name, keywords in _keyword_lists(case.gold):
        unique = dict.fromkeys(map(_normal, keywords))
        for inner, outer in permutations(unique, 2):
            if inner in outer:
                yield f"{name} has {inner!r} inside {outer!r}"


def _disallowed_keywords(case: Case) -> Iterator[str]:
    for name, keywords in _keyword_lists(case.gold):
        pairs = product(
            map(_normal, keywords), map(_normal, case.gold.disallowed_phrases)
        )
        for word, phrase in pairs:
            if word in phrase or phrase in word:
                yield f"{name} has {word!r}, which meets disallowed {phrase!r}"


def _copied_keywords(case: Case) -> Iterator[str]:
    for name, keywords in _keyword_lists(case.gold):
        if keywords and _share_in(case.ticket.body, keywords) == len(keywords):
            yield f"every entry of {name} stands in the ticket's body"


def _overlapping_alternates(case: Case) -> Iterator[str]:
    gold = case.gold
    for name, label, alternates in (
        ("queue", gold.queue, gold.queue_alternates),
        ("disposition", gold.disposition, gold.disposition_alternates),
    ):
        if label in alternates:
            yield f"{name} {label!r} is also among its alternates"
        if len(set(alternates)) < len(alternates):
            yield f"an alternate {name} is listed twice"


def _incomplete_reference(case: Case) -> Iterator[str]:
    for name, text, keywords in _references(case.gold):
        for word in map(str.casefold, keywords):
            if word not in text.casefold():
                yield f"reference_{name} lacks the keyword {word!r}"


def _unsafe_reference(case: Case) -> Iterator[str]:
    for name, text, _ in _references(case.gold):
        for phrase in map(str.casefold, case.gold.disallowed_phrases):
            if phrase in text.casefold():
                yield f"reference_{name} contains disallowed {phrase!r}"


_CASE_RULES: dict[str, Callable[[Case], Iterator[str]]] = {
    "few-keywords": _few_keywords,
    "repeated-keyword": _repeated_keywords,
    "nested-keyword": _nested_keywords,
    "disallowed-keyword": _disallowed_keywords,
    "copied-keywords": _copied_keywords,
    "alternate-is-gold": _overlapping_alternates,
    "incomplete-reference": _incomplete_reference,
    "unsafe-reference": _unsafe_reference,
    **RULES,
}


# --- the set ------------------------------------------------------------------


def _lint_set(cases: Sequence[Case]) -> Iterator[Finding]:
    if not cases:
        return
    yield from _identical_lists(cases)
    for name in _LABELS:
        counts = Counter(_label(case, name) for case in cases)
        listed = ", ".join(f"{label} {n}" for label, n in sorted(counts.items()))
        yield Finding("", "label-balance", f"{name}: {listed}", "note")
    best = best_constant(cases)
    yield Finding(
        "",
        "best-constant",
        f"always answering {best.priority} / {best.queue} / {best.disposition} earns "
        f"{float(best.reward):.3f} per ticket without any text",
        "note",
    )


def best_constant(
    cases: Sequence[Case], credit: LabelCredits = _CLASSIC
) -> ConstantAnswer:
    """The label triple that earns most when it is given to each of `cases`.

    Label credits add up, so each label is chosen by itself; between equals the one
    that the vocabulary lists first wins.

    Raises:
        ValueError: there is no case.
    """
    if not cases:
        raise ValueError("there is no case to answer")
    priority, by_priority = _best(
        (label for case in cases for label in case.vocabulary.priorities),
        lambda label: sum(_priority_credit(case, label, credit) for case in cases),
    )
    queue, by_queue = _best(
        (label for case in cases for label in case.vocabulary.queues),
        lambda label: sum(_queue_credit(case, label, credit) for case in cases),
    )
    disposition, by_disposition = _best(
        (label for case in cases for label in case.vocabulary.dispositions),
        lambda label: sum(_disposition_credit(case, label, credit) for case in cases),
    )
    total = by_priority + by_queue + by_disposition
    return ConstantAnswer(priority, queue, disposition, total / len(cases))


def _best(
    labels: Iterable[str], earns: Callable[[str], Fraction | int]
) -> tuple[str, Fraction]:
    unique = dict.fromkeys(labels)
    label = max(unique, key=earns)
    return label, Fraction(earns(label))


def _priority_credit(case: Case, label: str, credit: LabelCredits) -> Fraction:
    levels = case.vocabulary.priorities
    if label == case.gold.priority:
        return credit.priority
    if label not in levels:
        return Fraction(0)
    near = abs(levels.index(label) - levels.index(case.gold.priority)) == 1
    return credit.priority * credit.adjacent_priority * near


def _queue_credit(case: Case, label: str, credit: LabelCredits) -> Fraction:
    if label == case.gold.queue:
        return credit.queue
    return credit.queue * credit.alternate_queue * (label in case.gold.queue_alternates)


def _disposition_credit(case: Case, label: str, credit: LabelCredits) -> Fraction:
    if label == case.gold.disposition:
        return credit.disposition
    accepted = label in case.gold.disposition_alternates
    return credit.disposition * credit.alternate_disposition * accepted


def _identical_lists(cases: Sequence[Case]) -> Iterator[Finding]:
    first: dict[tuple[str, frozenset[str]], str] = {}
    for case in cases:
        for name, keywords in _keyword_lists(case.gold):
            key = name, frozenset(map(_normal, keywords))
            other = first.setdefault(key, case.ticket.ticket_id)
            if keywords and other != case.ticket.ticket_id:
                yield Finding(
                    case.ticket.ticket_id,
                    "identical-keywords",
                    f"{name} equals that of {other}",
                    "error",
                )


# --- small parts --------------------------------------------------------------


def _label(case: Case, name: str) -> str:
    return str(getattr(case.gold, name))


def _keyword_lists(gold: Gold) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name in _TEXTS:
        yield f"{name}_keywords", getattr(gold, f"{name}_keywords")


def _references(gold: Gold) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for name in _TEXTS:
        yield (
            name,
            getattr(gold, f"reference_{name}"),
            getattr(gold, f"{name}_keywords"),
        )


def _share_in(text: str, keywords: Iterable[str]) -> int:
    folded = _normal(text)
    return sum(_normal(word) in folded for word in keywords)


def _normal(text: str) -> str:
    """Text as two keywords are compared: case and spacing do not count."""
    return " ".join(text.casefold().split())
