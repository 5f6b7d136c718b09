"""The values on the wire: action, observation, state, and what they hold.

All are frozen. Text lengths count Unicode code points, rewards and scores lie in
[0, 1] unless a field says otherwise, indices start at 0.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal

from attrs import field, frozen
from msgspec import Meta

from .constraints import NOT_BLANK, ONE_LINE, check_limits


Label = Annotated[str, Meta(min_length=1, max_length=64)]
"""A priority, queue or disposition. Which ones exist is the task's `allowed_*`."""

Identifier = Annotated[str, Meta(min_length=1, max_length=255, pattern=ONE_LINE)]
"""The name of a task, ticket or rubric."""

EpisodeId = Annotated[str, Meta(min_length=1, max_length=255)]
"""Any text; the client chooses it."""

Words = Annotated[str, Meta(min_length=1, pattern=NOT_BLANK)]
"""Text that is not blank."""

Summary = Annotated[
    str,
    Meta(
        min_length=8,
        max_length=280,
        description="Internal note: the facts a colleague needs, condensed.",
    ),
]

Response = Annotated[
    str,
    Meta(min_length=16, max_length=1200, description="First reply to the customer."),
]

Difficulty = Literal["easy", "medium", "hard"]
Split = Literal["train", "validation", "test"]
FeedbackMode = Literal["scores", "full", "none"]
RewardMode = Literal["per_ticket", "terminal"]


_NOTHING: Mapping[str, Any] = MappingProxyType({})


def _read_only(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(dict(value)) if value else _NOTHING


@frozen(kw_only=True, field_transformer=check_limits)
class SupportQueueAction:
    """The triage of the current ticket.

    Constructing one with a text or number outside its limits raises `ValueError`.
    Whether a label exists depends on the task, so that is checked when the action
    meets an episode.
    """

    priority: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=64,
            description="Urgency by effect: P1 (act now) to P4 (no date).",
        ),
    ]
    queue: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=64,
            description="The team that owns the next step.",
        ),
    ]
    disposition: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=64,
            description="What happens to the ticket now.",
        ),
    ]
    summary: Summary
    response: Response
    confidence: Annotated[
        float,
        Meta(
            ge=0,
            le=1,
            description="Probability that all three labels are right.",
        ),
    ] = 0.5
    metadata: Annotated[
        Mapping[str, Any], Meta(description="Accepted and ignored.")
    ] = field(factory=dict, converter=_read_only)


@frozen(kw_only=True, field_transformer=check_limits)
class Ticket:
    """A ticket as an agent may see it: no label, no keyword."""

    ticket_id: Identifier
    subject: Words
    body: Words
    customer_tier: Words
    product_area: Words
    sla_hours: Annotated[float, Meta(ge=0, description="Hours to the first reply.")]
    recent_events: tuple[Words, ...] = ()


@frozen(kw_only=True, field_transformer=check_limits)
class TaskCard:
    """What a task is, before it is played."""

    task_id: Identifier
    title: str
    difficulty: Difficulty
    instructions: str
    total_tickets: Annotated[int, Meta(ge=1)]
    split: Split


@frozen(kw_only=True, field_transformer=check_limits, slots=False)
class GoldLabels:
    """The right labels of a graded ticket; sent only with `feedback="full"`."""

    priority: Label
    queue: Label
    disposition: Label
    queue_alternates: tuple[Label, ...] = ()
    disposition_alternates: tuple[Label, ...] = ()


# Made anew at every step, so without slots: that takes half the time.
@frozen(kw_only=True, slots=False)
class Feedback:
    """How a graded ticket earned its reward.

    `components` are points: criteria positive, penalties negative; they sum to
    `raw_reward`. `scores` are the scorers' values in [0, 1] under the same names.
    A component that gave no score is in neither: `unscored` has its name and why.
    Criteria of a nested rubric appear in `scores` and `reasons` as `outer.inner`.
    With `feedback="none"` every mapping is empty and `raw_reward` is None; with
    `"full"` there are `explanations` where scorers gave some, and the gold labels.
    """

    ticket_id: str
    reward: Annotated[float, Meta(ge=0, le=1, description="Paid for this ticket.")]
    raw_reward: Annotated[
        float | None, Meta(description="Before the clamp at 0 and the gates.")
    ] = None
    clamped: Annotated[bool, Meta(description="The raw reward was below 0.")] = False
    components: Mapping[str, float] = field(factory=dict)
    scores: Mapping[str, float] = field(factory=dict)
    reasons: Mapping[str, str] = field(factory=dict)
    unscored: Mapping[str, str] = field(factory=dict)
    explanations: Mapping[str, str] = field(factory=dict)
    gold: GoldLabels | None = None


@frozen(kw_only=True, slots=False)
class SupportQueueObservation:
    """What the agent sees after `reset` and after each `step`.

    After the last ticket `ticket` is None, `current_index` equals `total_tickets`
    and `done` is true.
    """

    task_id: str
    task_title: str
    difficulty: Difficulty
    instructions: str
    current_index: int
    total_tickets: int
    ticket: Ticket | None
    allowed_priorities: tuple[str, ...]
    allowed_queues: tuple[str, ...]
    allowed_dispositions: tuple[str, ...]
    scoring_weights: Annotated[
        Mapping[str, float],
        Meta(description="Weight of each criterion; penalties are negative."),
    ]
    last_feedback: Feedback | None
    reward: Annotated[
        float | None, Meta(description="Of the last step; null after reset.")
    ]
    cumulative_reward: float
    done: bool
    info: Mapping[str, Any] = field(factory=dict)
    metadata: Mapping[str, Any] = field(factory=dict)


@frozen(kw_only=True)
class SupportQueueState:
    """The whole episode so far; before the first reset, an empty one.

    `cumulative_reward` is the sum of the rewards paid so far, `average_reward` that
    sum over the tickets answered so far (0 before the first).
    """

    episode_id: str | None = None
    step_count: Annotated[int, Meta(ge=0)] = 0
    task: TaskCard | None = None
    current_index: Annotated[int, Meta(ge=0)] = 0
    total_tickets: Annotated[int, Meta(ge=0)] = 0
    done: bool = False
    cumulative_reward: float = 0.0
    average_reward: float = 0.0
    processed_ticket_ids: tuple[str, ...] = ()
    action_history: tuple[SupportQueueAction, ...] = ()
    grading_history: tuple[Feedback, ...] = ()
    rubric: str | None = None
    rubric_digest: str | None = None
    rubric_signature: str | None = None
    seed: int | None = None
    split: Split | None = None


@frozen(kw_only=True, field_transformer=check_limits)
class ResetOptions:
    """What `reset` takes. None means the environment's default."""

    task_id: Identifier | None = None
    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None
    episode_id: EpisodeId | None = None
    rubric: Identifier | None = None
    feedback: FeedbackMode = "scores"
    rewards: RewardMode = "per_ticket"
