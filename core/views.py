"""What may be seen of an episode. The only road from a case to the wire.

Before a ticket is graded nothing of its gold is reachable from a view; afterwards
only through feedback, and labels only when the episode asked for `"full"`.
"""

from collections.abc import Iterator, Mapping

from ..models import (
    Feedback,
    SupportQueueObservation,
    SupportQueueState,
)
from .episode import Episode, GradedTicket
from .scoring import ComponentKind, ComponentScore, TicketScore


_GATE = ComponentKind.GATE  # looking a member up takes as long as a scorer


def observe(
    episode: Episode, ignored_options: tuple[str, ...] = ()
) -> SupportQueueObservation:
    """What the agent sees now."""
    task = episode.task
    graded = episode.graded
    answered = len(graded)
    current = task.cases[answered] if answered < len(task.cases) else None
    last = graded[-1] if graded else None
    vocabulary = task.vocabulary
    cumulative = episode.cumulative_reward
    info: dict[str, object] = {
        "episode_id": episode.episode_id,
        "step_count": answered,
        "average_reward": cumulative / answered if answered else 0.0,
        "rubric": episode.scorer.name,
        "rubric_digest": episode.scorer.digest,
        "rubric_signature": episode.scorer.signature,
    }
    if ignored_options:
        info["ignored_options"] = ignored_options
    return SupportQueueObservation(
        task_id=task.task_id,
        task_title=task.title,
        difficulty=task.difficulty,
        instructions=task.instructions,
        current_index=answered,
        total_tickets=len(task.cases),
        ticket=current.ticket if current else None,
        allowed_priorities=vocabulary.priorities,
        allowed_queues=vocabulary.queues,
        allowed_dispositions=vocabulary.dispositions,
        scoring_weights=episode.scorer.weights,
        last_feedback=feedback_on(last, episode) if last else None,
        reward=last.paid if last else None,
        cumulative_reward=cumulative,
        done=current is None,
        info=info,
    )


def describe(episode: Episode | None) -> SupportQueueState:
    """The whole episode so far; an empty state when there is none."""
    if episode is None:
        return SupportQueueState()
    task = episode.task
    return SupportQueueState(
        episode_id=episode.episode_id,
        step_count=len(episode.graded),
        task=task.card,
        current_index=len(episode.graded),
        total_tickets=len(task.cases),
        done=episode.done,
        cumulative_reward=episode.cumulative_reward,
        average_reward=episode.average_reward,
        processed_ticket_ids=tuple(t.case.ticket.ticket_id for t in episode.graded),
        action_history=tuple(t.action for t in episode.graded),
        grading_history=tuple(feedback_on(t, episode) for t in episode.graded),
        rubric=episode.scorer.name,
        rubric_digest=episode.scorer.digest,
        rubric_signature=episode.scorer.signature,
        seed=episode.seed,
        split=task.split,
    )


def feedback_on(graded: GradedTicket, episode: Episode) -> Feedback:
    """What the episode's feedback mode lets the agent learn of a graded ticket."""
    ticket_id = graded.case.ticket.ticket_id
    if episode.feedback == "none":
        return Feedback(ticket_id=ticket_id, reward=graded.paid)
    full = episode.feedback == "full"
    score = graded.score
    points: dict[str, float] = {}
    scores: dict[str, float] = {}
    reasons: dict[str, str] = {}
    unscored: Mapping[str, str] = {}
    explanations: Mapping[str, str] = {}
    for component in score.components:
        terms = component.terms
        name = terms.name
        numerator, denominator = component.numerator, component.denominator
        scores[name] = numerator / denominator
        reasons[name] = component.reason
        if terms.kind is not _GATE:  # `component.float_points`, without the call
            whole = terms.denominator * denominator
            points[name] = terms.signed_numerator * numerator / whole
        if component.inner is not None:
            for path, inner in _nested(component, name):
                scores[path] = inner.numerator / inner.denominator
                reasons[path] = inner.reason
    if score.unscored:
        unscored = {left.name: left.reason for left in score.unscored}
    if full:
        explanations = _explanations(score)
    raw, whole = score.raw.as_integer_ratio()
    return Feedback(
        ticket_id=ticket_id,
        reward=graded.paid,
        raw_reward=raw / whole,
        clamped=raw < 0,
        components=points,
        scores=scores,
        reasons=reasons,
        unscored=unscored,
        explanations=explanations,
        gold=graded.case.gold.labels if full else None,
    )


def _nested(
    component: ComponentScore, name: str
) -> Iterator[tuple[str, ComponentScore]]:
    """What is inside a component, by dotted path."""
    for inner in component.children:
        path = f"{name}.{inner.terms.name}"
        yield path, inner
        yield from _nested(inner, path)


def _explanations(score: TicketScore) -> Mapping[str, str]:
    """What scorers said to people, by dotted path; also those that gave no score."""
    found = {left.name: left.explanation for left in score.unscored}
    for component in score.components:
        found[component.name] = component.explanation
        found |= {
            path: inner.explanation
            for path, inner in _nested(component, component.name)
        }
    return {path: text for path, text in found.items() if text}
