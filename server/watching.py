"""Sessions that are watched over: what they do is logged, with the ids it belongs to.

No line has a ticket's text, an action's text or a label in it.
"""

from collections.abc import Collection
from time import monotonic

from attrs import define, field, frozen
from structlog.contextvars import bind_contextvars

from .. import __version__
from ..core.session import Environment, Session
from ..models import ResetOptions, SupportQueueAction, SupportQueueObservation
from .logs import debugging, events


log = events(__name__)


@define
class WatchedSession(Session):
    """A session of a server.

    One line of level info is logged per finished episode, one of level debug per step.
    """

    _reset_at: float = field(default=0.0, init=False)

    async def reset_async(
        self, options: ResetOptions, ignored: Collection[str] = ()
    ) -> SupportQueueObservation:
        """As `Session` has it."""
        observation = await super().reset_async(options, ignored)
        self._reset_at = monotonic()
        self._bind()
        if debugging() and (episode := self.episode):
            log.debug("episode started", task=episode.task.task_id, seed=episode.seed)
        return observation

    async def step_async(
        self, action: SupportQueueAction, request_id: str | None = None
    ) -> SupportQueueObservation:
        """As `Session` has it."""
        if self.source != "websocket":
            self._bind()  # each request is a context of its own
        observation = await super().step_async(action, request_id)
        if debugging() and (episode := self.episode):
            ticket = episode.graded[-1]
            log.debug(
                "ticket graded",
                ticket=ticket.case.ticket.ticket_id,
                steps=len(episode.graded),
                reward=ticket.paid,
            )
        if observation.done:
            self._finished()
        return observation

    def _bind(self) -> None:
        if self.episode is not None:
            bind_contextvars(episode_id=self.episode.episode_id)

    def _finished(self) -> None:
        episode = self.episode
        if episode is None:
            return
        log.info(
            "episode finished",
            task=episode.task.task_id,
            rubric=episode.scorer.name,
            digest=episode.scorer.digest[:12],
            source=self.source,
            steps=len(episode.graded),
            reward=episode.average_reward,
            # One that began on another worker, or before a restart, has no beginning.
            seconds=round(monotonic() - self._reset_at, 3) if self._reset_at else None,
        )


@frozen
class Announcements:
    """The first and the last line of a server's log."""

    environment: Environment
    max_sessions: int

    async def started(self) -> None:
        """Say what serves from now on."""
        rubric = self.environment.find_rubric(None)
        store = self.environment.log
        log.info(
            "server started",
            version=__version__,
            rubric=rubric.name,
            digest=rubric.digest[:12],
            store=store.status.backend if store else "none",
            max_sessions=self.max_sessions,
        )

    async def stopped(self) -> None:
        """Say that everything is put away."""
        log.info("server stopped")
