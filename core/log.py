"""The episode log: what a store keeps, and the protocol that it fulfils.

    environment.log.append(EpisodeStarted(key, "http", named=False, episode=episode))
    environment.log.append(TicketGraded(key, episode_after_the_step))

An event is appended before its caller is answered, and only then is the episode
changed: what was answered is in the log, and what could not be logged did not happen.
An episode is known to the log by a key of our own, since clients choose episode ids and
may repeat them.
"""

from collections.abc import Mapping
from typing import Any, Literal, Protocol

from attrs import frozen

from ..models import FeedbackMode, RewardMode
from .episode import Episode


Source = Literal["http", "websocket", "mcp", "library"]
"""Where an episode is played. Only those of `http` can be continued elsewhere: the
others live as long as their session."""


@frozen(kw_only=True)
class EpisodeStarted:
    """An episode was reset; `named` when the caller chose its id."""

    key: str
    source: Source
    named: bool
    episode: Episode


@frozen(kw_only=True)
class TicketGraded:
    """The newest of `episode.graded` was graded, for the request of that id."""

    key: str
    episode: Episode
    request_id: str | None = None

    @property
    def index(self) -> int:
        """The place of the ticket in its episode, from 0."""
        return len(self.episode.graded) - 1


Event = EpisodeStarted | TicketGraded


@frozen(kw_only=True)
class StoredStep:
    """A graded ticket as it was logged, in plain values.

    `action` and `score` are documents: see `models.SupportQueueAction` and
    `score_documents`. `paid` is what the step paid, in [0, 1]; `at` is when, in seconds
    since 1970 by the server's clock, which may have jumped: `index` tells the order.
    """

    index: int
    ticket_id: str
    action: Mapping[str, Any]
    score: Mapping[str, Any]
    paid: float
    request_id: str | None
    at: float


@frozen(kw_only=True)
class StoredEpisode:
    """An episode as it was logged, with its steps in order."""

    key: str
    run_id: str
    episode_id: str
    source: Source
    named: bool
    task_id: str
    total_tickets: int
    rubric: str
    rubric_digest: str
    rubric_signature: str
    seed: int | None
    split: str | None
    feedback: FeedbackMode
    rewards: RewardMode
    at: float
    steps: tuple[StoredStep, ...] = ()

    @property
    def done(self) -> bool:
        """Whether every ticket was answered."""
        return len(self.steps) == self.total_tickets


@frozen
class Position:
    """Which episode an id means now, and how many of its tickets are graded."""

    key: str
    steps: int


@frozen(kw_only=True)
class LogStatus:
    """How the log is doing. `problem` is empty while it takes what it is given.

    `waiting` counts events not committed yet; `events`, `commits` and
    `commit_seconds` only grow.
    """

    backend: str
    problem: str = ""
    waiting: int = 0
    events: int = 0
    commits: int = 0
    commit_seconds: float = 0.0

    @property
    def healthy(self) -> bool:
        """Whether an event given to it now is likely to be kept."""
        return not self.problem


class EpisodeLog(Protocol):
    """Keeps events, gives episodes back. Every method may be called from any thread."""

    def new_key(self) -> str:
        """A key that no episode has.

        Later keys should sort after earlier ones: what is written at about the same
        time then lies together, which makes a commit several times smaller.
        """

    def append(self, event: Event) -> None:
        """Keep `event`; returns when it cannot be lost any more.

        Raises:
            EpisodeConflict: a step of that key and index, or of that key and request
                id, is there already.
            EpisodeGone: a step of an episode that is not in the log, or no longer.
            NotRecorded: it could not be kept, or, `in_doubt`, that is not known; the
                same event may be tried again.
        """

    async def append_async(self, event: Event) -> None:
        """The same without blocking the event loop it is awaited on."""

    async def locate(self, episode_id: str | None) -> Position | None:
        """The newest HTTP episode of that id; None when there is none.

        One of this run, if it has one of that id: two servers on one log, whose clients
        count their episodes from 0, do not get into each other's. Without an id, the
        newest HTTP episode of this run whose caller named none.

        Raises:
            NotRecorded: the log cannot be read now.
        """

    async def read(self, key: str) -> StoredEpisode | None:
        """The episode of that key; None when there is none.

        Raises:
            NotRecorded: the log cannot be read now.
        """

    @property
    def place(self) -> str:
        """Where it is, for people; without a password."""

    @property
    def status(self) -> LogStatus:
        """How the log is doing; costs nothing and never raises."""

    def close(self) -> None:
        """Commit what is waiting and let go of the store; safe to call twice."""
