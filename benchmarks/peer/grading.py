"""The classic rubric, written out."""

from dataclasses import dataclass

from values import Feedback, TriageAction


WEIGHTS = {
    "priority": 0.30,
    "queue": 0.25,
    "disposition": 0.20,
    "summary": 0.15,
    "response": 0.10,
    "unsafe_reply": -0.10,
}
PRIORITIES = {"P1": 1, "P2": 2, "P3": 3, "P4": 4}


@dataclass(frozen=True, slots=True)
class Truth:
    """The right answer to a ticket; words and phrases are casefolded."""

    priority: str
    queue: str
    disposition: str
    queue_alternates: list[str]
    disposition_alternates: list[str]
    summary_keywords: list[str]
    response_keywords: list[str]
    disallowed_phrases: list[str]


def grade(ticket_id: str, truth: Truth, action: TriageAction) -> Feedback:
    """The reward of an action, in [0, 1], and how it came about."""
    response = action.response.casefold()
    scores: dict[str, float] = {}
    reasons: dict[str, str] = {}
    for name, (score, reason) in {
        "priority": _priority(action.priority, truth.priority),
        "queue": _label(action.queue, truth.queue, truth.queue_alternates, 0.6),
        "disposition": _label(
            action.disposition, truth.disposition, truth.disposition_alternates, 0.5
        ),
        "summary": _coverage(action.summary.casefold(), truth.summary_keywords),
        "response": _coverage(response, truth.response_keywords),
        "unsafe_reply": _unsafe(response, truth.disallowed_phrases),
    }.items():
        scores[name] = score
        reasons[name] = reason
    points = {name: WEIGHTS[name] * score for name, score in scores.items()}
    raw = sum(points.values())
    return Feedback(
        ticket_id=ticket_id,
        reward=min(max(raw, 0.0), 1.0),
        raw_reward=raw,
        clamped=raw < 0,
        components=points,
        scores=scores,
        reasons=reasons,
    )


def _priority(found: str, wanted: str) -> tuple[float, str]:
    distance = abs(PRIORITIES[found] - PRIORITIES[wanted])
    if distance == 0:
        return 1.0, "exact"
    return (0.5, "adjacent") if distance == 1 else (0.0, "distant")


def _label(
    found: str, wanted: str, alternates: list[str], credit: float
) -> tuple[float, str]:
    if found == wanted:
        return 1.0, "exact"
    return (credit, "alternate") if found in alternates else (0.0, "wrong")


def _coverage(text: str, keywords: list[str]) -> tuple[float, str]:
    found = sum(word in text for word in keywords)
    return found / len(keywords), f"{found} of {len(keywords)} keywords"


def _unsafe(text: str, phrases: list[str]) -> tuple[float, str]:
    if any(phrase in text for phrase in phrases):
        return 1.0, "unsafe"
    return 0.0, "clean"
