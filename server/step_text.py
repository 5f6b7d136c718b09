"""What follows a step, as the JSON that an observation of it would be.

A step is observed once, by one client, and the values that an observation is made of
would be dropped as soon as they are encoded. What `core/views.py` shows by default is
put together here as text instead: a beginning and an end that are the same for everybody
at that ticket under that rubric, a few numbers, and for each component what it says of a
score, which is often one that it has given before. Anything else is observed.
"""

from types import MappingProxyType

from attrs import define, field
from msgspec import Struct

from ..core.documents import encode_document
from ..core.episode import Episode, GradedTicket
from ..core.scoring import ComponentKind, ComponentScore, Terms, TicketScorer
from .beginnings import beginning_of


MOST_ENTRIES = 8192
"""What is known at most of components; then it is learnt again."""

_ROOM = 4 * 1024 * 1024
_PLACE = 512
"""Bytes that a place takes beside its texts, roughly."""

_GATE = ComponentKind.GATE


class _Entry(Struct):
    """What a component says of a score: its entries in three objects, and its terms.

    While the terms are held no others can have their identity. A gate has no points.
    """

    terms: Terms
    points: bytes
    score: bytes
    reason: bytes


class _Place(Struct):
    """What is the same for everybody at a ticket of a task under a rubric."""

    task: object
    scorer: TicketScorer
    beginning: bytes
    rubric: bytes


@define
class StepTexts:
    """Observations of steps as text, and what is known for the next ones.

    What is known of tickets takes `room` bytes at most, as in `Beginnings`.
    """

    room: int = _ROOM
    _entries: dict[tuple[int, int, int, str], _Entry] = field(init=False, factory=dict)
    _places: dict[tuple[int, int, int], _Place] = field(init=False, factory=dict)
    _taken: int = field(init=False, default=0)

    def of(self, episode: Episode) -> bytes | None:
        """The observation, reward and done of the last step, without braces around.

        None where the episode shows more or less than scores and reasons, or a component
        has others inside, or was left out: then it is to be observed.
        """
        graded = episode.graded
        if not graded or episode.feedback != "scores":
            return None
        last = graded[-1]
        feedback = self._feedback(last)
        place = self._place(episode)
        if feedback is None or place is None:
            return None
        answered, cumulative = len(graded), episode.cumulative_reward
        return (
            b'"observation":%b"last_feedback":%b,"cumulative_reward":%b,'
            b'"info":{"episode_id":%b,"step_count":%d,"average_reward":%b,%b},'
            b'"metadata":{}},"reward":%b,"done":%b'
        ) % (
            place.beginning,
            feedback,
            encode_document(cumulative),
            encode_document(episode.episode_id),
            answered,
            encode_document(cumulative / answered),
            place.rubric,
            encode_document(last.paid),
            b"true" if answered == len(episode.task.cases) else b"false",
        )

    def _feedback(self, graded: GradedTicket) -> bytes | None:
        """What `views.feedback_on` tells by default."""
        score = graded.score
        if score.unscored:
            return None
        points: dict[str, bytes] = {}
        scores: dict[str, bytes] = {}
        reasons: dict[str, bytes] = {}
        known = self._entries
        for component in score.components:
            if component.inner is not None:
                return None
            terms, reason = component.terms, component.reason
            key = id(terms), component.numerator, component.denominator, reason
            entry = known.get(key) or self._learn_entry(component)
            name = terms.name
            scores[name] = entry.score
            reasons[name] = entry.reason
            if entry.points:
                points[name] = entry.points
        raw = score.raw
        return (
            b'{"ticket_id":%b,"reward":%b,"raw_reward":%b,"clamped":%b,'
            b'"components":{%b},"scores":{%b},"reasons":{%b},'
            b'"unscored":{},"explanations":{},"gold":null}'
        ) % (
            encode_document(graded.case.ticket.ticket_id),
            encode_document(graded.paid),
            encode_document(raw.numerator / raw.denominator),
            b"true" if score.clamped else b"false",
            b",".join(points.values()),
            b",".join(scores.values()),
            b",".join(reasons.values()),
        )

    def _learn_entry(self, component: ComponentScore) -> _Entry:
        terms = component.terms
        numerator, denominator = component.numerator, component.denominator
        name = encode_document(terms.name) + b":"
        gate = terms.kind is _GATE
        entry = _Entry(
            terms,
            b"" if gate else name + encode_document(component.float_points),
            name + encode_document(numerator / denominator),
            name + encode_document(component.reason),
        )
        if len(self._entries) >= MOST_ENTRIES:
            self._entries.clear()
        self._entries[id(terms), numerator, denominator, component.reason] = entry
        return entry

    def _place(self, episode: Episode) -> _Place | None:
        key = id(episode.task), id(episode.scorer), len(episode.graded)
        return self._places.get(key) or self._learn_place(key, episode)

    def _learn_place(
        self, key: tuple[int, int, int], episode: Episode
    ) -> _Place | None:
        scorer = episode.scorer
        if type(scorer.weights) is not MappingProxyType:
            return None  # somebody may change them
        rubric = {
            "rubric": scorer.name,
            "rubric_digest": scorer.digest,
            "rubric_signature": scorer.signature,
        }
        beginning = beginning_of(episode)
        text = encode_document(rubric)[1:-1]
        place = _Place(episode.task, scorer, beginning, text)
        takes = len(beginning) + len(text) + _PLACE
        if self._taken + takes > self.room:
            self._places.clear()
            self._taken = 0
        self._places[key] = place
        self._taken += takes
        return place
