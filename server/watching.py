"""Sessions that are watched over: what they do is counted, and logged with its ids.

No line has a ticket's text, an action's text or a label in it.
"""

import logging
from collections.abc import Collection
from time import monotonic, perf_counter

from attrs import define, field

from ..core.episode import Episode
from ..core.errors import ScoringError
from ..core.session import Session
from ..models import ResetOptions, SupportQueueAction, SupportQueueObservation
from .log_context import bind
from .logs import debugging
from .tallies import Tallies


log = logging.getLogger(__name__)


@define
class WatchedSession(Session):
    """A session of a server.

    Of episodes and steps a line of level debug is logged, and none otherwise: a line
    costs as much as a step. `tallies` count both, and a store keeps them.
    """

    tallies: Tallies = field(kw_only=True)
    _reset_at: float = field(default=0.0, init=False)

    def reset(
        self, options: ResetOptions, ignored: Collection[str] = ()
    ) -> SupportQueueObservation:
        """As `Session` has it."""
        observation = super().reset(options, ignored)
        self._count_start()
        return observation

    async def reset_async(
        self, options: ResetOptions, ignored: Collection[str] = ()
    ) -> SupportQueueObservation:
        """As `Session` has it."""
        observation = await super().reset_async(options, ignored)
        self._count_start()
        return observation

    def advance(self, action: SupportQueueAction) -> Episode:
        """As `Session` has it."""
        if self.source != "websocket":
            self._bind()  # each request is a context of its own
        begun = perf_counter()
        try:
            episode = super().advance(action)
        except ScoringError as error:
            self._count_failure(error)
            raise
        self._count_step(episode, begun)
        return episode

    async def advance_async(
        self, action: SupportQueueAction, request_id: str | None = None
    ) -> Episode:
        """As `Session` has it."""
        if self.source != "websocket":
            self._bind()  # each request is a context of its own
        begun = perf_counter()
        try:
            episode = await super().advance_async(action, request_id)
        except ScoringError as error:
            self._count_failure(error)
            raise
        self._count_step(episode, begun)
        return episode

    def _count_start(self) -> None:
        self._reset_at = monotonic()
        self._bind()
        if (episode := self.episode) is not None:
            self.tallies.episode_started(episode, self.source)
            if debugging():
                task = episode.task.task_id
                log.debug("episode started", extra={"task": task, "seed": episode.seed})

    def _count_step(self, episode: Episode, begun: float) -> None:
        self.tallies.ticket_scored(episode, perf_counter() - begun)
        if debugging():
            _log_ticket(episode)
        if episode.done:
            self._finished(episode)

    def _count_failure(self, error: ScoringError) -> None:
        if self.episode is not None:
            self.tallies.scorer_failed(self.episode.scorer, error)

    def _bind(self) -> None:
        if self.episode is not None:
            bind(episode_id=self.episode.episode_id)

    def _finished(self, episode: Episode) -> None:
        self.tallies.episode_finished(episode, self.source)
        if not debugging():
            return
        # One that began on another worker, or before a restart, has no beginning.
        seconds = round(monotonic() - self._reset_at, 3) if self._reset_at else None
        log.debug(
            "episode finished",
            extra={
                "task": episode.task.task_id,
                "rubric": episode.scorer.name,
                "digest": episode.scorer.digest[:12],
                "source": self.source,
                "steps": len(episode.graded),
                "reward": episode.average_reward,
                "seconds": seconds,
            },
        )


def _log_ticket(episode: Episode) -> None:
    ticket = episode.graded[-1]
    log.debug(
        "ticket graded",
        extra={
            "ticket": ticket.case.ticket.ticket_id,
            "steps": len(episode.graded),
            "reward": ticket.paid,
        },
    )
