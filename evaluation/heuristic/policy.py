"""A policy of rules: what a careful reader does without a model.

It reads the observation and nothing else, knows no ticket by name, and is the
baseline that a trained agent has to beat. `rules`, `topics` and `risks`
hold its knowledge, `reading` its judgement; here it writes the answer.
"""

from collections.abc import Iterable, Mapping

from attrs import field, frozen

from ...models import SupportQueueAction, SupportQueueObservation
from .reading import (
    Diagnosis,
    Facts,
    Reading,
    diagnose,
    disposition_of,
    gather,
)
from .rules import Impact, Topic


_SUMMARY_LIMIT = 280
_RESPONSE_LIMIT = 1200
_LABEL_SHOWN = 64

_TEAMS = {
    "billing": "billing team",
    "security": "security team",
    "success": "success team",
    "technical": "technical team",
    "trust_safety": "trust and privacy team",
}
_NEAREST_DISPOSITION = {
    "respond": ("respond", "request_info", "escalate", "close"),
    "request_info": ("request_info", "escalate", "respond", "close"),
    "escalate": ("escalate", "request_info", "respond", "close"),
    "close": ("close", "respond", "request_info", "escalate"),
}
_SCOPES = {
    Impact.ORGANISATION: "whole organisation",
    Impact.TEAM: "one team",
    Impact.PERSON: "one user",
    Impact.INFORMATION: "information only",
}


@frozen
class HeuristicPolicy:
    """Signals give a topic, facts give the labels, both give the texts."""

    name: str = field(default="heuristic", init=False)

    def act(self, observation: SupportQueueObservation) -> SupportQueueAction:
        """The triage of the ticket by the rules.

        Raises:
            ValueError: the episode is over, so there is no ticket.
        """
        if observation.ticket is None:
            raise ValueError("there is no ticket to triage")
        reading = Reading.of(observation.ticket)
        diagnosis = diagnose(reading)
        facts = gather(reading, diagnosis.topic)
        disposition = _nearest(
            _NEAREST_DISPOSITION[disposition_of(facts)],
            observation.allowed_dispositions,
        )
        queue = _nearest(
            [topic.queue for topic, _ in diagnosis.ranking], observation.allowed_queues
        )
        return SupportQueueAction(
            priority=_priority(facts.level, observation.allowed_priorities),
            queue=queue,
            disposition=disposition,
            summary=_summary(diagnosis, facts),
            response=_response(diagnosis, facts, queue, disposition),
            confidence=_confidence(diagnosis),
        )


def _nearest(wanted: Iterable[str], allowed: tuple[str, ...]) -> str:
    return next((label for label in wanted if label in allowed), allowed[0])


def _priority(level: int, allowed: tuple[str, ...]) -> str:
    """`P1` to `P4` if offered, else the same place on the scale that is."""
    if (label := f"P{level}") in allowed:
        return label
    return allowed[round((level - 1) * (len(allowed) - 1) / 3)]


def _confidence(diagnosis: Diagnosis) -> float:
    """More evidence and a clearer lead, more confidence; never certain."""
    weight = diagnosis.ranking[0][1]
    support = weight / (weight + 4)
    return round(0.2 + 0.75 * support * (0.4 + 0.6 * diagnosis.margin), 3)


# --- the internal note --------------------------------------------------------


def _summary(diagnosis: Diagnosis, facts: Facts) -> str:
    return _fill(_summary_parts(diagnosis, facts), "; ", _SUMMARY_LIMIT)


def _summary_parts(diagnosis: Diagnosis, facts: Facts) -> Iterable[str]:
    """What a colleague needs, most important first; what does not fit is dropped."""
    topic = diagnosis.topic
    subject = [_label(diagnosis, facts), *facts.names, *facts.references[:1]]
    yield " ".join(subject)
    yield from _scope(facts, topic.queue)
    if facts.since:
        yield f"since {facts.since}"
    yield from (f"HTTP {status}" for status in facts.statuses[:1])
    if facts.missing:
        yield "unconfirmed, no invoice number, amount or date given"
    if facts.money_proven:
        amount = "".join(f" of {amount}" for amount in facts.amounts[:1])
        yield f"ledger: both payments{amount} settled"
    if facts.unverified:
        yield "sender not verified"
    yield from diagnosis.notes
    yield from facts.counts
    if topic.queue == "success":
        yield from (f"{percent} percent" for percent in facts.percents[:1])
    if facts.day:
        yield f"needed {facts.day}"


def _label(diagnosis: Diagnosis, facts: Facts) -> str:
    label = diagnosis.topic.label
    return f"Suspected {label.lower()}" if facts.money_suspected else label


def _scope(facts: Facts, queue: str) -> Iterable[str]:
    if queue in ("technical", "success"):
        team = facts.impact is Impact.TEAM
        yield (facts.group if team else "") or _SCOPES[facts.impact]
    elif queue == "security" and facts.role:
        yield f"{facts.role} account"


# --- the reply ----------------------------------------------------------------


def _response(diagnosis: Diagnosis, facts: Facts, queue: str, disposition: str) -> str:
    topic = diagnosis.topic
    parts = ["Hello.", topic.acknowledge, *_record(topic, facts)]
    if disposition == "request_info":
        parts.append(topic.ask)
    parts += [topic.advice, _next_step(disposition, queue, facts)]
    return _fill(parts, " ", _RESPONSE_LIMIT)


def _record(topic: Topic, facts: Facts) -> Iterable[str]:
    """One sentence with the literals, so that the reply is about this case."""
    about = [*facts.references[:1]]
    about += [f"HTTP {status}" for status in facts.statuses[:1]]
    about += facts.counts[:1]
    if topic.queue == "success":
        about += [f"{percent} percent" for percent in facts.percents[:1]]
    since = f" since {facts.since}" if facts.since else ""
    if facts.money_proven:
        yield f"Our ledger shows two settled payments for {', '.join(about) or 'you'}."
    elif about:
        yield f"We have noted {', '.join(about)}{since}."


def _next_step(disposition: str, queue: str, facts: Facts) -> str:
    team = _TEAMS.get(queue, "team in charge")
    specialist = "engineering team" if queue == "technical" else team
    due = f" and has been told about {facts.by}" if facts.by else ""
    rest = "the second payment" if facts.money_proven else "whatever stays open"
    steps: Mapping[str, str] = {
        "respond": f"Our {team} will review {rest} and answer in this ticket.",
        "request_info": f"With that our {team} takes the next step in this ticket.",
        "escalate": (
            f"I have escalated this to our {specialist}, which owns the next step{due}; "
            "we will write in this ticket as soon as there is news."
        ),
        "close": "We are closing this ticket; a reply opens it again.",
    }
    return steps.get(disposition, f"Our {team} has the next step.")


def _fill(parts: Iterable[str], separator: str, limit: int) -> str:
    """As many parts, in order, as fit; a part too long is skipped."""
    text = ""
    for part in filter(None, parts):
        longer = f"{text}{separator}{part}" if text else part
        if len(longer) <= limit:
            text = longer
    return text
