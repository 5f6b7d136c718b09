"""Texts that say something else than the labels beside them."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import lru_cache
from typing import ClassVar

from attrs import frozen

from ..core.actions import Vocabulary
from ..rubrics.matching import VERSION, Phrases, Reading, compile_phrases, read
from . import Case, Credit, Score, SupportQueueAction, hookimpl
from .guards import Gives, Text, given, text_of
from .statements import asks


_A_HALF = Credit("1/2")

_TEAMS = {
    "billing": ("finance",),
    "security": ("information security",),
    "success": ("customer success", "account"),
    "technical": ("engineering", "engineers", "developers", "technical support"),
    "trust_safety": ("trust and safety", "privacy", "data protection"),
}
"""What the queues of the classic vocabulary are also called."""

_OWNED = (
    "{} team|department|colleagues|specialists|desk|staff|people",
    "escalated|passed|forwarded|assigned|handed|moved ... to {}",
)
_OTHERS_TOLD = 2
"""A reply may tell of so many other teams that look at the matter, too."""

_LEVEL = ("{} priority", "priority {}", "priority ... {}")

_CLOSED = (
    "am|are closing this|the|your ticket|case|request|matter",
    "have|has closed this|the|your ticket|case|request|matter",
    "close this|the|your ticket|case now|here|today|with",
    "ticket|case|request|matter is|was|now closed",
    "ticket|case|request|matter is|was|has now|been|already|thereby closed",
    "consider this|it|the ... closed|settled",
    "marked|marking|mark ... as resolved|closed|solved",
)
_ESCALATED = ("have|has|been|was|is|am escalated|escalating",)


@frozen
class Consistency:
    """How far a text contradicts the labels of the same answer.

    It contradicts them when it closes the ticket or escalates it and the disposition
    does not; names the team of another queue as owner and not its own, or those of
    more than two others; names another priority and not its own; or, in a reply that
    shall request information, asks for nothing. Every contradiction adds `each` to the
    severity. The truth of the ticket does not matter here, only what the answer says
    of itself.
    """

    name: ClassVar[str] = "consistency"
    version: ClassVar[int] = 100 * VERSION + 2
    pure: ClassVar[bool] = True
    reads: ClassVar[tuple[str, ...]] = (
        "vocabulary",
        "action.priority",
        "action.queue",
        "action.disposition",
        "action.summary",
        "action.response",
    )

    text: Text = "response"
    each: Credit = _A_HALF
    gives: Gives = "severity"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Read the text against the labels."""
        reading = read(text_of(action, self.text))
        found = [
            name
            for name, contradicts in _CHECKS.items()
            if contradicts(reading, action, case.vocabulary)
        ]
        if self.text == "response" and _asks_nothing(reading, action):
            found.append("asks nothing")
        severity = min(len(found) * self.each.value, Fraction(1))
        reason = f"{len(found)} of {_KINDS} contradictions" if found else "consistent"
        return Score(given(severity, self.gives), reason, ", ".join(found))


Check = Callable[[Reading, SupportQueueAction, Vocabulary], bool]


def _closes(reading: Reading, action: SupportQueueAction, _: Vocabulary) -> bool:
    return action.disposition != "close" and _phrases(_CLOSED).found_in(reading)


def _escalates(
    reading: Reading, action: SupportQueueAction, vocabulary: Vocabulary
) -> bool:
    return (
        action.disposition != "escalate"
        and "escalate" in vocabulary.dispositions
        and _phrases(_ESCALATED).found_in(reading)
    )


def _other_owner(
    reading: Reading, action: SupportQueueAction, vocabulary: Vocabulary
) -> bool:
    named = [
        queue
        for queue in vocabulary.queues
        if queue != action.queue and _owner(queue).found_in(reading)
    ]
    own = _phrases(_called(action.queue))
    return bool(named) and (
        len(named) > _OTHERS_TOLD or not own.found_in(reading, asserted=False)
    )


def _other_priority(
    reading: Reading, action: SupportQueueAction, vocabulary: Vocabulary
) -> bool:
    others, own = _levels(vocabulary.priorities, action.priority)
    return others.found_in(reading) and not own.found_in(reading)


def _asks_nothing(reading: Reading, action: SupportQueueAction) -> bool:
    return action.disposition == "request_info" and not asks(reading)


_CHECKS: dict[str, Check] = {
    "closes": _closes,
    "escalates": _escalates,
    "another owner": _other_owner,
    "another priority": _other_priority,
}

_KINDS = len(_CHECKS) + 1

_phrases = compile_phrases


@lru_cache(maxsize=1024)
def _owner(queue: str) -> Phrases:
    """Every way to name the team of a queue as owner of the ticket."""
    return compile_phrases(
        form.format(name) for name in _called(queue) for form in _OWNED
    )


@lru_cache(maxsize=1024)
def _levels(priorities: tuple[str, ...], own: str) -> tuple[Phrases, Phrases]:
    """Every way to name another priority, and every way to name the chosen one."""
    others = [form for level in priorities if level != own for form in _level(level)]
    return compile_phrases(others), compile_phrases(_level(own))


def _level(label: str) -> Iterator[str]:
    written = _words(label)
    yield from (form.format(written) for form in _LEVEL)
    if any(map(str.isdigit, written)):  # `P1` means nothing else, `high` may
        yield written


def _called(queue: str) -> tuple[str, ...]:
    return (_words(queue), *_TEAMS.get(queue, ()))


def _words(label: str) -> str:
    return label.replace("_", " ").replace("-", " ").casefold()


@hookimpl
def register_scorers() -> list[type[Consistency]]:
    """Offer the scorer of this file."""
    return [Consistency]
