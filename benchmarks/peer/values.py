"""Action, observation and state: the fields of ours, on openenv's classes."""

from typing import Any, Literal

from openenv.core.env_server.types import Action, Observation, State
from pydantic import BaseModel, Field


class TriageAction(Action):
    """The triage of the current ticket."""

    priority: Literal["P1", "P2", "P3", "P4"]
    queue: Literal["billing", "security", "success", "technical", "trust_safety"]
    disposition: Literal["respond", "request_info", "escalate", "close"]
    summary: str = Field(min_length=8, max_length=280)
    response: str = Field(min_length=16, max_length=1200)
    confidence: float = Field(default=0.5, ge=0, le=1)


class Ticket(BaseModel):
    """What an agent may see of a ticket."""

    ticket_id: str
    subject: str
    body: str
    customer_tier: str
    product_area: str
    sla_hours: float
    recent_events: list[str]


class Feedback(BaseModel):
    """How a graded ticket earned its reward: points and scores by component."""

    ticket_id: str
    reward: float
    raw_reward: float
    clamped: bool
    components: dict[str, float]
    scores: dict[str, float]
    reasons: dict[str, str]
    unscored: dict[str, str] = Field(default_factory=dict)
    explanations: dict[str, str] = Field(default_factory=dict)
    gold: dict[str, Any] | None = None


class TriageObservation(Observation):
    """What the agent sees after a reset and after each step."""

    task_id: str
    task_title: str
    difficulty: str
    instructions: str
    current_index: int
    total_tickets: int
    ticket: Ticket | None
    allowed_priorities: list[str]
    allowed_queues: list[str]
    allowed_dispositions: list[str]
    scoring_weights: dict[str, float]
    last_feedback: Feedback | None = None
    cumulative_reward: float = 0.0
    info: dict[str, Any] = Field(default_factory=dict)


class TriageState(State):
    """The episode so far."""

    task_id: str | None = None
    current_index: int = 0
    total_tickets: int = 0
    done: bool = False
    cumulative_reward: float = 0.0
    average_reward: float = 0.0
    processed_ticket_ids: list[str] = Field(default_factory=list)
    action_history: list[TriageAction] = Field(default_factory=list)
    grading_history: list[Feedback] = Field(default_factory=list)
    rubric: str = "classic"
    seed: int | None = None
