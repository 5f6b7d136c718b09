"""Events as rows, and rows as what `core.log` calls stored."""

from collections.abc import Mapping
from typing import Any

import msgspec
from attrs import frozen
from sqlalchemy import Row

from ..core.conversion import unstructure
from ..core.documents import encode_document
from ..core.log import EpisodeStarted, Event, StoredEpisode, StoredStep
from ..core.score_documents import score_document
from ..models import SupportQueueAction


Values = dict[str, Any]


@frozen
class Rows:
    """What is inserted for one event, by table."""

    episodes: tuple[Values, ...] = ()
    steps: tuple[Values, ...] = ()
    scores: tuple[Values, ...] = ()


def rows_of(event: Event, at: float, run_id: str) -> Rows:
    """The rows of an event that happened `at` seconds since 1970."""
    episode, key = event.episode, event.key
    if isinstance(event, EpisodeStarted):
        return Rows(
            episodes=(
                {
                    "key": key,
                    "run_id": run_id,
                    "episode_id": episode.episode_id,
                    "source": event.source,
                    "named": event.named,
                    "task_id": episode.task.task_id,
                    "total_tickets": len(episode.task.cases),
                    "rubric": episode.scorer.name,
                    "rubric_digest": episode.scorer.digest,
                    "rubric_signature": episode.scorer.signature,
                    "seed": episode.seed,
                    "split": episode.task.split,
                    "feedback": episode.feedback,
                    "rewards": episode.rewards,
                    "at": at,
                },
            )
        )
    index, ticket = event.index, episode.graded[-1]
    reward = ticket.score.reward
    return Rows(
        steps=(
            {
                "episode_key": key,
                "step": index,
                "ticket_id": ticket.case.ticket.ticket_id,
                "action": _text(action_document(ticket.action)),
                "paid": ticket.paid,
                "request_id": event.request_id,
                "at": at,
            },
        ),
        scores=(
            {
                "episode_key": key,
                "step": index,
                "rubric_digest": episode.scorer.digest,
                "reward": reward.numerator / reward.denominator,
                "document": _text(score_document(ticket.score)),
            },
        ),
    )


def action_document(action: SupportQueueAction) -> Mapping[str, Any]:
    """An action in plain values, without the metadata, which is ignored anyhow."""
    document: dict[str, Any] = unstructure(action)
    document["metadata"] = {}
    return document


def _text(document: Mapping[str, Any]) -> str:
    return encode_document(document).decode()


def stored_step(row: Row[Any]) -> StoredStep:
    """The step of a row of `steps` joined with its score's `document`.

    Raises:
        ValueError: a document in it is damaged.
    """
    return StoredStep(
        index=row.step,
        ticket_id=row.ticket_id,
        action=_document(row.action),
        score=_document(row.document),
        paid=row.paid,
        request_id=row.request_id,
        at=row.at,
    )


def _document(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise ValueError(f"a damaged document: {error}") from None


def stored_episode(row: Row[Any], steps: tuple[StoredStep, ...]) -> StoredEpisode:
    """The episode of a row of `episodes`."""
    values = {name: getattr(row, name) for name in _EPISODE_COLUMNS}
    return StoredEpisode(**values, steps=steps)


_EPISODE_COLUMNS = (
    "key",
    "run_id",
    "episode_id",
    "source",
    "named",
    "task_id",
    "total_tickets",
    "rubric",
    "rubric_digest",
    "rubric_signature",
    "seed",
    "split",
    "feedback",
    "rewards",
    "at",
)
