"""From the text of a ticket to facts, and from facts to labels."""

import re
from collections.abc import Iterable
from re import Pattern

from attrs import frozen

from ...models import Ticket
from . import rules
from .rules import BASE_PRIORITY, Impact, Topic, Urgency
from .topics import TOPICS


_STORY_READ = 8_000
_RECORD_READ = 4_000
_SENTENCE_END = re.compile(r"[.!?](?=\s)|\n\s{0,8}\n")
_SPACE = re.compile(r"\s+")
_AREA_WEIGHT = 2
_LITERALS_KEPT = 2


@frozen
class Reading:
    """The text of a ticket, cut to a sane size, one sentence per line.

    `story` is what the customer says, `record` what the systems recorded,
    `asserted` the record without its negated remarks; these three are in lower
    case. `literal` is all of it as written.
    """

    story: str
    record: str
    asserted: str
    literal: str
    area: str

    @classmethod
    def of(cls, ticket: Ticket) -> "Reading":
        """The ticket, ready for patterns."""
        story = _lines(f"{ticket.subject}\n\n{ticket.body}"[:_STORY_READ])
        record = _lines("\n\n".join(ticket.recent_events)[:_RECORD_READ])
        return cls(
            story.lower(),
            record.lower(),
            rules.NEGATED_REMARK.sub(" ", record.lower()),
            f"{story}\n{record}",
            ticket.product_area.lower(),
        )

    @property
    def evidence(self) -> str:
        """Everything that speaks for a topic."""
        return f"{self.story}\n{self.asserted}"


def _lines(text: str) -> str:
    sentences = _SENTENCE_END.sub("\0", text).split("\0")
    return "\n".join(_SPACE.sub(" ", sentence).strip() for sentence in sentences)


@frozen
class Diagnosis:
    """The topics by weight of evidence, best first, and the notes of the best."""

    ranking: tuple[tuple[Topic, int], ...]
    notes: tuple[str, ...]

    @property
    def topic(self) -> Topic:
        """The topic with the most evidence."""
        return self.ranking[0][0]

    @property
    def margin(self) -> float:
        """How far the best topic leads those of other queues, in [0, 1]."""
        best = self.ranking[0][1]
        rival = max(
            (w for t, w in self.ranking if t.queue != self.topic.queue), default=0
        )
        return (best - rival) / best if best else 0.0


def diagnose(reading: Reading) -> Diagnosis:
    """Weigh every topic; without any evidence it is a question about the product."""
    weights = {topic.name: _weight(topic, reading) for topic in TOPICS}
    candidates = TOPICS if any(weights.values()) else (TOPICS[-1], *TOPICS[:-1])
    ranking = sorted(candidates, key=lambda topic: -weights[topic.name])
    return Diagnosis(
        tuple((topic, weights[topic.name]) for topic in ranking),
        tuple(dict.fromkeys(_notes(ranking[0], reading.evidence))),
    )


def _weight(topic: Topic, reading: Reading) -> int:
    found = sum(s.weight for s in topic.signals if s.pattern.search(reading.evidence))
    named = any(area in reading.area for area in topic.areas)
    return found + (_AREA_WEIGHT if named and found else 0)


def _notes(topic: Topic, text: str) -> Iterable[str]:
    for signal in topic.signals:
        match = signal.pattern.search(text) if signal.note else None
        if match:
            yield signal.note.replace("{}", match[0])


@frozen(kw_only=True)
class Facts:
    """What decides the labels, and the literals worth repeating."""

    impact: Impact
    urgency: Urgency
    money_proven: bool
    money_suspected: bool
    security_live: bool
    security_suspected: bool
    legal_clock: bool
    danger: bool
    unverified: bool
    missing: bool
    needs_authority: bool
    way_round: bool
    not_production: bool
    closed: bool
    references: tuple[str, ...] = ()
    amounts: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()
    percents: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    since: str = ""
    by: str = ""
    day: str = ""
    role: str = ""
    group: str = ""

    @property
    def level(self) -> int:
        """Priority from 1 to 4."""
        return _priority_level(self)


def gather(reading: Reading, topic: Topic) -> Facts:
    """The facts of a ticket about `topic`."""
    work = topic.queue in ("technical", "success")
    impact = _impact(reading, topic) if work else Impact.PERSON
    proven = topic.queue == "billing" and _has(rules.MONEY_PROVEN, reading.asserted)
    references = _literals(rules.REFERENCE, reading.literal)
    amounts = _literals(rules.AMOUNT, reading.literal)
    charge = topic.name == "charge"
    unnamed = charge and not proven and not references and not amounts
    return Facts(
        impact=impact,
        urgency=_urgency(reading.story, impact, topic),
        money_proven=proven,
        money_suspected=charge and not proven,
        security_live=topic.queue == "security"
        and _has(rules.SECURITY_LIVE, reading.asserted),
        security_suspected=topic.queue == "security",
        legal_clock=topic.name == "data_request",
        danger=topic.name == "abuse" and _has(rules.DANGER, reading.story),
        unverified=_has(rules.UNVERIFIED, reading.record),
        missing=unnamed or (charge and _has(rules.MISSING, reading.record)),
        needs_authority=_has(rules.AUTHORITY, reading.asserted),
        way_round=_has(rules.WAY_ROUND, reading.asserted),
        not_production=_has(rules.NOT_PRODUCTION, reading.evidence)
        and not _has(rules.PRODUCTION, reading.evidence),
        closed=_is_closed(reading.story, topic),
        references=references,
        amounts=amounts,
        statuses=_literals(rules.HTTP_STATUS, reading.literal),
        counts=_literals(rules.COUNT, reading.literal),
        percents=_literals(rules.PERCENT, reading.literal),
        names=_literals(rules.QUOTED_NAME, reading.literal),
        since=_first(rules.SINCE, reading.literal),
        by=_first(rules.CLOCK, reading.story),
        day=_first(rules.DAY, reading.story),
        role=_first(rules.ROLE, reading.story),
        group=_first(rules.GROUP, reading.story),
    )


def _impact(reading: Reading, topic: Topic) -> Impact:
    if topic.informational:
        return Impact.INFORMATION
    if _has(rules.ORGANISATION, reading.evidence):
        return Impact.ORGANISATION
    if _has(rules.ONE_PERSON, reading.story):
        return Impact.PERSON
    return Impact.TEAM if _has(rules.TEAM, reading.story) else Impact.PERSON


def _is_closed(story: str, topic: Topic) -> bool:
    """Nothing is left to do; never for a matter of security, safety or law."""
    return (
        topic.queue not in ("security", "trust_safety")
        and _has(rules.CLOSED, story)
        and not _has(rules.STILL_OPEN, story)
        and "?" not in story
    )


def _urgency(story: str, impact: Impact, topic: Topic) -> Urgency:
    """Work that stands still counts as now when it is the work of several people."""
    stopped = topic.queue == "technical" and impact >= Impact.TEAM
    if stopped and _has(rules.STOPPED, story):
        return Urgency.NOW
    if _has(rules.TODAY, story):
        return Urgency.TODAY
    return Urgency.DAYS if _has(rules.DAYS, story) else Urgency.NO_DATE


def _priority_level(facts: Facts) -> int:
    """1 to 4: the base matrix, then the overrides in their fixed order."""
    if facts.closed:
        return 4
    impact, urgency = facts.impact, facts.urgency
    if facts.not_production and not facts.security_live:
        impact, urgency = min(impact, Impact.PERSON), min(urgency, Urgency.DAYS)
    level = BASE_PRIORITY[impact][urgency]
    if facts.way_round and level <= 2:
        level += 1
    if facts.money_proven or facts.security_suspected:
        level = min(level, 2)
    if facts.money_suspected or facts.legal_clock or facts.unverified:
        level = min(level, 3)
    return 1 if facts.security_live or facts.danger else level


def disposition_of(facts: Facts) -> str:
    """What happens to the ticket, by the first rule that applies."""
    if facts.closed:
        return "close"
    if facts.level == 1:
        return "escalate"
    if facts.unverified or facts.missing:
        return "request_info"
    if facts.needs_authority or facts.security_suspected:
        return "escalate"
    return "respond"


def _has(pattern: Pattern[str], text: str) -> bool:
    return pattern.search(text) is not None


def _first(pattern: Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[pattern.groups and 1] if match else ""


def _literals(pattern: Pattern[str], text: str) -> tuple[str, ...]:
    """The first few different matches, their groups joined by a space."""
    found: dict[str, None] = {}
    for match in pattern.finditer(text):
        found[" ".join(filter(None, match.groups())) or match[0]] = None
        if len(found) == _LITERALS_KEPT:
            break
    return tuple(found)
