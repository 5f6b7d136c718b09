"""Episodes played over HTTP, where no connection holds a session.

Without a log, this process is the only place where they are. With one, the log decides
what an id means and how far an episode has come; what is kept here is a copy that saves
reading it again. So any worker, and a server that starts after this one, can go on.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable

from attrs import define, evolve, field

from ..core.episode import Episode
from ..core.errors import EpisodeConflict, EpisodeError, EpisodeNotStarted
from ..core.log import EpisodeLog, Position, Source
from ..core.session import Environment, Session
from ..models import (
    ResetOptions,
    SupportQueueAction,
    SupportQueueObservation,
    SupportQueueState,
)
from .requests import StepOptions


class UnknownEpisode(EpisodeError):
    """An episode id that nothing was reset with, or that has been dropped."""

    def __init__(self) -> None:
        super().__init__("unknown episode_id: call reset first, or again")


@define(eq=False)
class HttpEpisode:
    """A session, and which of its steps answered which named request."""

    session: Session
    _answered: dict[str, int] = field(factory=dict)
    _turn: asyncio.Lock = field(init=False, factory=asyncio.Lock)

    def step(self, action: object, options: StepOptions) -> Episode:
        """The episode after its current ticket was answered, once per request id.

        Only where the session's steps are taken at once; others wait for their turn.

        Raises:
            InvalidInput: the action breaks its rules.
            EpisodeConflict: the ticket that the caller names is not the current one.
        """
        if (answer := self._earlier_answer(options.request_id)) is not None:
            return answer
        read = self._read(action, options)
        return self._given(self.session.advance(read), options)

    async def step_async(self, action: object, options: StepOptions) -> Episode:
        """The same where something is waited for.

        Raises:
            InvalidInput: the action breaks its rules.
            EpisodeConflict: the ticket that the caller names is not the current one, or
                another server on the same log has answered the current one.
            NotRecorded: the log could not keep it; ask again.
        """
        async with self._turn:  # a repeated request waits for the first one's answer
            if (answer := self._earlier_answer(options.request_id)) is not None:
                return answer
            read = self._read(action, options)
            answer = await self.session.advance_async(read, options.request_id)
            return self._given(answer, options)

    def _read(self, action: object, options: StepOptions) -> SupportQueueAction:
        read = self.session.read_action(action)
        self._expect(options.ticket_id)
        return read

    def _given(self, answer: Episode, options: StepOptions) -> Episode:
        if options.request_id is not None:
            self._answered[options.request_id] = self.steps
        return answer

    @property
    def steps(self) -> int:
        """How many tickets are graded here."""
        episode = self.session.episode
        return len(episode.graded) if episode else 0

    def _earlier_answer(self, request_id: str | None) -> Episode | None:
        """The episode as it was when that request was answered; None for a new one."""
        steps = None if request_id is None else self._answered.get(request_id)
        episode = self.session.episode
        if steps is None or episode is None:
            return None
        return evolve(episode, graded=episode.graded[:steps])

    def _expect(self, ticket_id: str | None) -> None:
        episode = self.session.episode
        current = episode.current if episode else None
        if ticket_id and current and current.ticket.ticket_id != ticket_id:
            raise EpisodeConflict


@define
class Episodes:
    """HTTP episodes; past `capacity` the longest unused is dropped from memory.

    A caller who names no id means the episode that was last reset without one, of this
    server. Dropped for good are only those of a server without a log.
    """

    environment: Environment
    capacity: int
    open_session: Callable[[Environment, Source], Session] = Session
    _held: OrderedDict[str, HttpEpisode] = field(init=False, factory=OrderedDict)
    _keys: dict[str, str] = field(init=False, factory=dict)
    _unnamed: str | None = field(init=False, default=None)

    @property
    def found_at_once(self) -> bool:
        """Whether episodes are here or nowhere, so that nothing is waited for."""
        return self.environment.log is None

    def reset(
        self, options: ResetOptions, ignored: tuple[str, ...]
    ) -> SupportQueueObservation:
        """Start an episode, or start the one of that id afresh; without a log."""
        session = self.open_session(self.environment, "http")
        return self._begun(session, session.reset(options, ignored), options)

    async def reset_async(
        self, options: ResetOptions, ignored: tuple[str, ...]
    ) -> SupportQueueObservation:
        """The same with a log."""
        session = self.open_session(self.environment, "http")
        observation = await session.reset_async(options, ignored)
        return self._begun(session, observation, options)

    def _begun(
        self,
        session: Session,
        observation: SupportQueueObservation,
        options: ResetOptions,
    ) -> SupportQueueObservation:
        # Without a log there is no key; then the id is as good a name for a copy.
        key = session.key or observation.info["episode_id"]
        self._hold(key, HttpEpisode(session))
        if options.episode_id is None:
            self._unnamed = key
        self._drop_unused()
        return observation

    async def find(self, episode_id: str | None) -> HttpEpisode:
        """The episode of that id, or the unnamed one for None; it counts as used.

        Raises:
            UnknownEpisode: no such episode.
            EpisodeNotStarted: no id, and nothing was reset without one.
            CannotResume: the log has it, but this server cannot go on with it.
            NotRecorded: the log cannot be read now.
        """
        log = self.environment.log
        if log is None:
            return self.held(episode_id)
        return _required(await self._from(log, episode_id), episode_id)

    def held(self, episode_id: str | None) -> HttpEpisode:
        """The same without a log.

        Raises:
            UnknownEpisode: no such episode.
            EpisodeNotStarted: no id, and nothing was reset without one.
        """
        key = self._unnamed if episode_id is None else self._keys.get(episode_id)
        if key is not None:
            self._held.move_to_end(key)
        return _required(None if key is None else self._held[key], episode_id)

    async def step(
        self,
        episode_id: str | None,
        found: HttpEpisode,
        action: object,
        options: StepOptions,
    ) -> Episode:
        """Answer the current ticket of the episode that was found by that id.

        Steps of one episode take turns, whichever server they are sent to, so that of
        many at once each ticket is answered by exactly one.

        Raises:
            InvalidInput: the action breaks its rules.
            EpisodeConflict: the ticket that the caller names is not the current one.
            EpisodeError: as `find`, or the episode is done.
            NotRecorded: the log could not keep it; ask again.
        """
        while True:
            known, key = found.steps, found.session.key
            try:
                return await found.step_async(action, options)
            except EpisodeConflict:
                found = await self.find(episode_id)
                # Each time round another ticket was answered, so there is an end to it.
                if found.steps <= known or found.session.key != key:
                    raise

    def state(self, episode_id: str | None) -> SupportQueueState:
        """The state of an episode; an empty one for None before any reset.

        Only without a log.
        """
        try:
            return self.held(episode_id).session.state
        except EpisodeNotStarted:
            return SupportQueueState()

    async def state_async(self, episode_id: str | None) -> SupportQueueState:
        """The same with a log."""
        try:
            return (await self.find(episode_id)).session.state
        except EpisodeNotStarted:
            return SupportQueueState()

    async def _from(
        self, log: EpisodeLog, episode_id: str | None
    ) -> HttpEpisode | None:
        position = await log.locate(episode_id)
        if position is None:
            return None
        held = self._held.get(position.key)
        if held is None or held.steps < position.steps:
            return await self._read(log, position)
        self._held.move_to_end(position.key)
        return held

    async def _read(self, log: EpisodeLog, position: Position) -> HttpEpisode | None:
        stored = await log.read(position.key)
        if stored is None:
            return None
        session = self.open_session(self.environment, "http")
        session.resume(stored)
        answered = {
            step.request_id: step.index + 1
            for step in stored.steps
            if step.request_id is not None
        }
        held = self._held.get(position.key)
        if held is not None and held.steps >= len(stored.steps):
            return held  # somebody else read it meanwhile, or it went on
        read = HttpEpisode(session, answered)
        self._hold(position.key, read)
        self._drop_unused()
        return read

    def _hold(self, key: str, held: HttpEpisode) -> None:
        episode = held.session.episode
        if episode is not None:
            replaced = self._keys.get(episode.episode_id)
            if replaced not in {None, key, self._unnamed}:
                self._held.pop(replaced, None)
            self._keys[episode.episode_id] = key
        self._held[key] = held
        self._held.move_to_end(key)

    def _drop_unused(self) -> None:
        """Keep `capacity` episodes, and the unnamed one besides.

        Whoever names no id could not tell that theirs was dropped.
        """
        while len(self._held) - (self._unnamed in self._held) > self.capacity:
            oldest = next(key for key in self._held if key != self._unnamed)
            episode = self._held.pop(oldest).session.episode
            if episode and self._keys.get(episode.episode_id) == oldest:
                del self._keys[episode.episode_id]


def _required(found: HttpEpisode | None, episode_id: str | None) -> HttpEpisode:
    if found is None:
        raise EpisodeNotStarted if episode_id is None else UnknownEpisode
    return found
