"""A session: the episodes that one caller plays, one after the other.

Where the environment has a log, what happens is appended to it first and only then
answered; what could not be appended did not happen. Whoever waits for that may be
cancelled, but not what they wait for: a step that is in the log has been made.
"""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Mapping
from types import NoneType
from typing import Any, TypeVar

from attrs import define, evolve, field, frozen

from ..models import (
    ResetOptions,
    SupportQueueAction,
    SupportQueueObservation,
    SupportQueueState,
)
from .actions import Vocabulary, structure_action
from .cases import TaskCatalogue
from .chance import new_uuid
from .conversion import structure
from .episode import Episode
from .errors import EpisodeConflict, EpisodeNotStarted, shown
from .log import EpisodeLog, EpisodeStarted, Source, StoredEpisode, TicketGraded
from .observing import Nobody, Observer
from .resuming import resumed
from .scoring import TicketScorer
from .status import ScoringStatus
from .views import describe, observe


_OPTION_NAMES = frozenset(attribute.name for attribute in ResetOptions.__attrs_attrs__)
_IGNORED_SHOWN = 8
_SEEDS = (int, NoneType)
"""What the constructor takes for a seed and conversion does, too: no 7.0."""

T = TypeVar("T")
_ending: set["asyncio.Task[Any]"] = set()
"""Nobody waits for these any more; here they are held until they are done."""


@frozen
class Environment:
    """The tasks and rubrics that sessions share. Holds no episode.

    `log` keeps what happens; without one, episodes live as long as their session.
    `close` ends what runs beside it: observers get what they have not seen yet.
    `scoring_status` tells how its scorers are doing; it costs microseconds.
    """

    tasks: TaskCatalogue
    find_rubric: Callable[[str | None], TicketScorer]
    new_episode_id: Callable[[], str] = new_uuid
    scoring_status: Callable[[], ScoringStatus] = ScoringStatus
    observer: Observer = field(factory=Nobody)
    close: Callable[[], None] = lambda: None
    log: EpisodeLog | None = None

    def start(self, options: ResetOptions) -> Episode:
        """A new episode.

        Raises:
            UnknownName: a task or rubric that does not exist; it lists those that do.
        """
        return Episode(
            episode_id=options.episode_id or self.new_episode_id(),
            task=self.tasks.find(options.task_id),
            scorer=self.find_rubric(options.rubric),
            seed=options.seed,
            feedback=options.feedback,
            rewards=options.rewards,
        )

    def resume(self, stored: StoredEpisode) -> Episode:
        """A logged episode, as it was after its last step.

        Raises:
            CannotResume: its task or rubric is not here, or not the same any more.
        """
        return resumed(stored, self.tasks, self.find_rubric)


@define
class Session:
    """Reset, step and state on one environment; at most one episode at a time.

    A call that raises leaves the session as it was. `key` is what the log calls the
    episode. `may_be_cancelled` says that whoever waits for a reset or a step may give up on it;
    one that never does, or never comes back to the session, saves a task with False.
    """

    environment: Environment
    source: Source = "library"
    may_be_cancelled: bool = field(default=True, init=False)
    episode: Episode | None = field(default=None, init=False)
    key: str = field(default="", init=False)

    def reset(
        self, options: ResetOptions, ignored: Collection[str] = ()
    ) -> SupportQueueObservation:
        """Start an episode; `ignored` names options that nothing here knows.

        Raises:
            UnknownName: a task or rubric that does not exist.
            NotRecorded: the log could not keep it.
        """
        event = self._start(options)
        if self.environment.log is not None:
            self.environment.log.append(event)
        return self._begin(event, ignored)

    async def reset_async(
        self, options: ResetOptions, ignored: Collection[str] = ()
    ) -> SupportQueueObservation:
        """The same without blocking the event loop it is awaited on.

        Cancelled while it is being logged, it starts the episode all the same.
        """
        event = self._start(options)
        if self.environment.log is None:
            return self._begin(event, ignored)
        logged = self._log_start(self.environment.log, event, ignored)
        return await (_unbroken(logged) if self.may_be_cancelled else logged)

    async def _log_start(
        self, log: EpisodeLog, event: EpisodeStarted, ignored: Collection[str]
    ) -> SupportQueueObservation:
        await log.append_async(event)
        return self._begin(event, ignored)

    def resume(self, stored: StoredEpisode) -> None:
        """Go on with a logged episode.

        Raises:
            CannotResume: its task or rubric is not here, or not the same any more.
        """
        self.episode = self.environment.resume(stored)
        self.key = stored.key

    def step(self, action: SupportQueueAction) -> SupportQueueObservation:
        """Answer the current ticket; raises as `advance` does."""
        return observe(self.advance(action))

    async def step_async(
        self, action: SupportQueueAction, request_id: str | None = None
    ) -> SupportQueueObservation:
        """The same on an event loop; raises as `advance_async` does."""
        return observe(await self.advance_async(action, request_id))

    def advance(self, action: SupportQueueAction) -> Episode:
        """The episode after the current ticket was answered.

        Raises:
            EpisodeNotStarted: before the first reset.
            EpisodeFinished: after the last ticket.
            ScoringError: a scorer failed; the ticket may be tried again.
            NotRecorded: the log could not keep the step; it may be tried again.
        """
        after = self._started().step(action)
        if self.environment.log is not None:
            self.environment.log.append(TicketGraded(key=self.key, episode=after))
        return self._accept(after)

    async def advance_async(
        self, action: SupportQueueAction, request_id: str | None = None
    ) -> Episode:
        """The same without blocking the event loop it is awaited on.

        `request_id` is logged beside the step, so that a repeated request is known.
        Cancelled while it is being logged, it is made all the same.

        Raises:
            EpisodeConflict: the session, or another on the same log, went on while
                this answer was being scored, so it answers a ticket that is not the
                current one any more. Or the session was reset while this answer was
                being logged: then it is in the log, in the episode that was left.
        """
        before = self._started()
        after = await before.step_async(action)
        self._require_still(before)
        if self.environment.log is None:
            return self._accept(after)
        event = TicketGraded(key=self.key, episode=after, request_id=request_id)
        logged = self._log_step(self.environment.log, event, before)
        return await (_unbroken(logged) if self.may_be_cancelled else logged)

    async def _log_step(
        self, log: EpisodeLog, event: TicketGraded, before: Episode
    ) -> Episode:
        await log.append_async(event)
        self._require_still(before)
        return self._accept(event.episode)

    def _require_still(self, episode: Episode) -> None:
        if self.episode is not episode:
            raise EpisodeConflict

    def _start(self, options: ResetOptions) -> EpisodeStarted:
        log = self.environment.log
        return EpisodeStarted(
            key=log.new_key() if log is not None else "",
            source=self.source,
            named=options.episode_id is not None,
            episode=self.environment.start(options),
        )

    def _begin(
        self, event: EpisodeStarted, ignored: Collection[str]
    ) -> SupportQueueObservation:
        self.episode, self.key = event.episode, event.key
        self.environment.observer.episode_started(event.episode)
        named = sorted(shown(name) for name in ignored)[:_IGNORED_SHOWN]
        return observe(event.episode, tuple(named))

    def _started(self) -> Episode:
        if self.episode is None:
            raise EpisodeNotStarted
        return self.episode

    def _accept(self, episode: Episode) -> Episode:
        self.episode = episode
        observer = self.environment.observer
        observer.ticket_scored(episode, episode.graded[-1])
        if episode.done:
            observer.episode_finished(episode)
        return episode

    @property
    def resets_at_once(self) -> bool:
        """Whether `reset` waits for nothing, so that an event loop may call it."""
        return self.environment.log is None

    @property
    def steps_at_once(self) -> bool:
        """The same for `step` in the episode that is being played."""
        episode = self.episode
        return self.environment.log is None and (
            episode is None or episode.scorer.at_once
        )

    @property
    def state(self) -> SupportQueueState:
        """The episode so far."""
        return describe(self.episode)

    @property
    def vocabulary(self) -> Vocabulary:
        """The labels that the next action may use."""
        if self.episode is None:
            return self.environment.tasks.vocabulary
        return self.episode.task.vocabulary

    def read_action(self, value: object) -> SupportQueueAction:
        """The action that plain values describe, or `InvalidInput`.

        Its metadata is dropped: it is ignored anyhow, and would be kept in memory.
        """
        action = structure_action(value, self.vocabulary)
        return evolve(action, metadata={}) if action.metadata else action


async def _unbroken(work: Coroutine[Any, Any, T]) -> T:
    """What `work` gives; it goes on to its end although its caller be cancelled."""
    # As asyncio.shield does it, in fewer turns of the event loop.
    outcome: asyncio.Future[T] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(_tell(outcome, work))
    try:
        return await outcome
    except asyncio.CancelledError:
        _ending.add(task)
        task.add_done_callback(_ending.discard)
        raise


async def _tell(outcome: "asyncio.Future[T]", work: Coroutine[Any, Any, T]) -> None:
    try:
        result = await work
    except asyncio.CancelledError:
        outcome.cancel()
        raise
    except Exception as error:  # noqa: BLE001 - whoever waits is told
        if not outcome.done():
            outcome.set_exception(error)
    else:
        if not outcome.done():
            outcome.set_result(result)


def read_reset_options(
    value: Mapping[str, object],
) -> tuple[ResetOptions, tuple[str, ...]]:
    """Plain values as options, and the keys that no option has.

    Unknown keys are let through, because clients send their whole data row; the
    observation names them in `info.ignored_options`, so that a misspelt one shows.

    Raises:
        InvalidInput: a known option breaks its rules.
    """
    known = {key: item for key, item in value.items() if key in _OPTION_NAMES}
    ignored = tuple(key for key in value if key not in _OPTION_NAMES)
    if type(known.get("seed")) in _SEEDS:
        try:
            return ResetOptions(**known), ignored  # type: ignore[arg-type]  # it looks at them
        except (ValueError, TypeError):
            pass  # converting finds every fault, and names its place
    return structure(known, ResetOptions, "reset options"), ignored
