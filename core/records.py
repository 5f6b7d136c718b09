"""Stored steps: one graded ticket a line of JSON, to score again and to compare.

`record_reading` reads them back.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal

from attrs import evolve, field, frozen
from msgspec import Meta

from ..constraints import check_limits
from ..models import (
    EpisodeId,
    Feedback,
    Identifier,
    SupportQueueAction,
    SupportQueueObservation,
)
from .cases import Case
from .conversion import structure, unstructure
from .documents import encode_document
from .episode import Episode, GradedTicket
from .log import StoredEpisode, StoredStep
from .score_documents import read_score
from .scoring import ComponentKind, ComponentScore, TicketScore, TicketScorer
from .version import __version__


SCHEMA = "support_queue_env/step/v1"
ERROR_SCHEMA = "support_queue_env/step-error/v1"

Unit = Annotated[float, Meta(ge=0, le=1)]
Points = Annotated[float, Meta(ge=-1, le=1)]


@frozen(kw_only=True, field_transformer=check_limits)
class StepRecord:
    """A graded ticket as it is stored.

    `reward` is what the step paid, `ticket_reward` what the ticket earned: they
    differ where an episode pays at its end. `components` are points, as in
    `Feedback`. Without a `case` of its own the ticket is the one that a task pack
    holds under `task_id` and `ticket_id`.
    """

    schema: Literal["support_queue_env/step/v1"] = "support_queue_env/step/v1"
    version: str = __version__
    episode_id: EpisodeId
    task_id: Identifier
    step: Annotated[int, Meta(ge=0)]
    ticket_id: Identifier
    action: SupportQueueAction
    reward: Unit
    ticket_reward: Unit
    raw_reward: Annotated[float, Meta(le=1)] | None = None
    scores: Mapping[str, Unit] = field(factory=dict)
    components: Mapping[str, Points] = field(factory=dict)
    reasons: Mapping[str, str] = field(factory=dict)
    unscored: Mapping[str, str] = field(factory=dict)
    rubric: Identifier
    rubric_digest: str
    rubric_signature: str = ""
    seed: int | None = None
    policy: str | None = None
    case: Case | None = None


@frozen
class StepFault:
    """A line that is no step, or a step that could not be scored.

    `kind` is one of `not_json`, `invalid`, `schema`, `duplicate`, `truncated`,
    `too_long` and `error_row` when reading.
    """

    source: str
    line: int
    kind: str
    message: str
    record: StepRecord | None = None

    def __str__(self) -> str:
        return f"{self.source}, line {self.line}: {self.message}"


def record_of(
    episode: Episode,
    ticket: GradedTicket,
    policy: str | None = None,
    *,
    with_case: bool = False,
) -> StepRecord:
    """The record of a ticket that `episode` has graded, by `policy` where known.

    `with_case` puts the case into the record, for tickets of no task pack. The record
    then holds the ticket's truth.
    """
    return StepRecord(
        episode_id=episode.episode_id,
        task_id=episode.task.task_id,
        step=_place(episode, ticket),
        ticket_id=ticket.case.ticket.ticket_id,
        action=_without_metadata(ticket.action),
        reward=ticket.paid,
        seed=episode.seed,
        policy=policy,
        case=ticket.case if with_case else None,
        **_scored(ticket.score, episode.scorer),
    )


def record_of_stored(
    episode: StoredEpisode, step: StoredStep, episode_id: str | None = None
) -> StepRecord:
    """The record of a step that a log has kept.

    Args:
        episode: of which `step` is one; its own steps are not looked at.
        step: as it was kept.
        episode_id: in the place of the client's id, which may not be unique.

    Raises:
        InvalidInput, KeyError, TypeError, ValueError, ArithmeticError: what was kept is
            damaged.
    """
    action = structure(step.action, SupportQueueAction, "stored action")
    return StepRecord(
        episode_id=episode_id or episode.episode_id,
        task_id=episode.task_id,
        step=step.index,
        ticket_id=step.ticket_id,
        action=_without_metadata(action),
        reward=step.paid,
        seed=episode.seed,
        **_scored_by(
            read_score(step.score),
            episode.rubric,
            episode.rubric_digest,
            episode.rubric_signature,
        ),
    )


def record_of_feedback(
    observation: SupportQueueObservation,
    action: SupportQueueAction,
    *,
    seed: int | None = None,
    policy: str | None = None,
) -> StepRecord | None:
    """The record of the step that led to `observation`, as a client knows it.

    None when it tells of no step. The episode must pay each ticket at its own step:
    what a ticket earned otherwise is not on the wire.
    """
    feedback: Feedback | None = observation.last_feedback
    if feedback is None:
        return None
    info = observation.info
    return StepRecord(
        episode_id=info["episode_id"],
        task_id=observation.task_id,
        step=observation.current_index - 1,
        ticket_id=feedback.ticket_id,
        action=_without_metadata(action),
        reward=feedback.reward,
        ticket_reward=feedback.reward,
        raw_reward=feedback.raw_reward,
        scores=feedback.scores,
        components=feedback.components,
        reasons=feedback.reasons,
        unscored=feedback.unscored,
        rubric=info["rubric"],
        rubric_digest=info["rubric_digest"],
        rubric_signature=info.get("rubric_signature", ""),
        seed=seed,
        policy=policy,
    )


def rescored(
    record: StepRecord, score: TicketScore, scorer: TicketScorer
) -> StepRecord:
    """`record` with another score: what its ticket earned is what it pays now."""
    number = score.reward
    return evolve(
        record,
        version=__version__,
        reward=number.numerator / number.denominator,
        **_scored(score, scorer),
    )


def encode_step(item: StepRecord | StepFault) -> bytes:
    """A line of JSON, its newline included; a fault becomes a row without reward."""
    document = _row(item) if isinstance(item, StepRecord) else _fault_row(item)
    return encode_document(document) + b"\n"


def _row(record: StepRecord) -> dict[str, Any]:
    row: dict[str, Any] = unstructure(record)
    if record.case is None:
        del row["case"]
    return row


def _fault_row(fault: StepFault) -> dict[str, Any]:
    record = fault.record
    row: dict[str, Any] = {"schema": ERROR_SCHEMA, "line": fault.line}
    for name in ("episode_id", "task_id", "step", "ticket_id"):
        row[name] = getattr(record, name, None)
    row |= {"reward": None, "error": {"kind": fault.kind, "message": fault.message}}
    return row | ({"record": _row(record)} if record is not None else {})


def _place(episode: Episode, ticket: GradedTicket) -> int:
    """The index of `ticket`; the next one when the episode does not have it yet."""
    for place, graded in enumerate(episode.graded):
        if graded is ticket:
            return place
    return len(episode.graded)


def _without_metadata(action: SupportQueueAction) -> SupportQueueAction:
    return evolve(action, metadata={}) if action.metadata else action


def _scored(score: TicketScore, scorer: TicketScorer) -> dict[str, Any]:
    return _scored_by(score, scorer.name, scorer.digest, scorer.signature)


def _scored_by(
    score: TicketScore, rubric: str, digest: str, signature: str
) -> dict[str, Any]:
    """What a record says of a score and of the rubric that gave it."""
    told = score_fields(score)
    del told["explanations"]
    return told | {
        "rubric": rubric,
        "rubric_digest": digest,
        "rubric_signature": signature,
    }


def score_fields(score: TicketScore) -> dict[str, Any]:
    """What rows say of a score, under the keys of a `StepRecord`; `explanations`, too.

    Those hold only the components that have one.
    """
    flat = dict(_flat(score.components, ""))
    return {
        "ticket_reward": score.reward.numerator / score.reward.denominator,
        "raw_reward": score.raw.numerator / score.raw.denominator,
        "scores": {path: c.numerator / c.denominator for path, c in flat.items()},
        "components": {
            c.name: c.float_points
            for c in score.components
            if c.terms.kind is not ComponentKind.GATE
        },
        "reasons": {path: c.reason for path, c in flat.items()},
        "unscored": {c.name: c.reason for c in score.unscored},
        "explanations": {p: c.explanation for p, c in flat.items() if c.explanation},
    }


def _flat(
    components: Iterable[ComponentScore], prefix: str
) -> Iterator[tuple[str, ComponentScore]]:
    """Every component by dotted path, those inside others included."""
    for component in components:
        path = f"{prefix}{component.name}"
        yield path, component
        yield from _flat(component.children, f"{path}.")
