"""A session: the episodes that one caller plays, one after the other."""

import uuid
from collections.abc import Callable, Collection, Mapping

from attrs import define, evolve, field, frozen

from ..models import (
    ResetOptions,
    SupportQueueAction,
    SupportQueueObservation,
    SupportQueueState,
)
from .actions import Vocabulary, structure_action
from .cases import TaskCatalogue
from .conversion import structure
from .episode import Episode
from .errors import EpisodeConflict, EpisodeNotStarted, shown
from .observing import Nobody, Observer
from .scoring import TicketScorer
from .views import describe, observe


_OPTION_NAMES = frozenset(attribute.name for attribute in ResetOptions.__attrs_attrs__)
_IGNORED_SHOWN = 8


def _new_episode_id() -> str:
    return str(uuid.uuid4())


@frozen
class Environment:
    """The tasks and rubrics that sessions share. Holds no episode.

    `close` ends what runs beside it: observers get what they have not seen yet.
    """

    tasks: TaskCatalogue
    find_rubric: Callable[[str | None], TicketScorer]
    new_episode_id: Callable[[], str] = _new_episode_id
    observer: Observer = field(factory=Nobody)
    close: Callable[[], None] = lambda: None

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


@define
class Session:
    """Reset, step and state on one environment; at most one episode at a time.

    A call that raises leaves the session as it was.
    """

    environment: Environment
    episode: Episode | None = field(default=None, init=False)

    def reset(
        self, options: ResetOptions, ignored: Collection[str] = ()
    ) -> SupportQueueObservation:
        """Start an episode; `ignored` names options that nothing here knows."""
        self.episode = self.environment.start(options)
        self.environment.observer.episode_started(self.episode)
        named = sorted(shown(name) for name in ignored)[:_IGNORED_SHOWN]
        return observe(self.episode, tuple(named))

    def step(self, action: SupportQueueAction) -> SupportQueueObservation:
        """Answer the current ticket.

        Raises:
            EpisodeNotStarted: before the first reset.
            EpisodeFinished: after the last ticket.
            ScoringError: a scorer failed; the ticket may be tried again.
        """
        return self._accept(self._started().step(action))

    async def step_async(self, action: SupportQueueAction) -> SupportQueueObservation:
        """The same without blocking the event loop it is awaited on.

        Raises:
            EpisodeConflict: the session went on while this answer was being scored,
                so it answers a ticket that is not the current one any more.
        """
        before = self._started()
        after = await before.step_async(action)
        if self.episode is not before:
            raise EpisodeConflict
        return self._accept(after)

    def _started(self) -> Episode:
        if self.episode is None:
            raise EpisodeNotStarted
        return self.episode

    def _accept(self, episode: Episode) -> SupportQueueObservation:
        self.episode = episode
        observer = self.environment.observer
        observer.ticket_scored(episode, episode.graded[-1])
        if episode.done:
            observer.episode_finished(episode)
        return observe(episode)

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
    return structure(known, ResetOptions, "reset options"), ignored
