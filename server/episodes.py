"""Episodes played over HTTP, where no connection holds a session."""

import asyncio
from collections import OrderedDict

from attrs import define, field

from ..core.errors import EpisodeConflict, EpisodeError, EpisodeNotStarted
from ..core.session import Environment, Session
from ..models import ResetOptions, SupportQueueObservation, SupportQueueState
from .requests import StepOptions


class UnknownEpisode(EpisodeError):
    """An episode id that nothing was reset with, or that has been dropped."""

    def __init__(self) -> None:
        super().__init__("unknown episode_id: call reset first, or again")


@define(eq=False)
class HttpEpisode:
    """A session, and what its last named request was answered."""

    session: Session
    _request_id: str | None = None
    _answer: SupportQueueObservation | None = None
    _turn: asyncio.Lock = field(init=False, factory=asyncio.Lock)

    async def step(
        self, action: object, options: StepOptions
    ) -> SupportQueueObservation:
        """Answer the current ticket, once per request id.

        Raises:
            InvalidInput: the action breaks its rules.
            EpisodeConflict: the ticket that the caller means is not the current one:
                the one that it names, or else the one when it asked.
        """
        asked_in = self.session.episode
        async with self._turn:  # a repeated request waits for the first one's answer
            if self._answer and options.request_id == self._request_id is not None:
                return self._answer
            read = self.session.read_action(action)
            self._expect(options.ticket_id)
            if self.session.episode is not asked_in:
                raise EpisodeConflict
            answer = await self.session.step_async(read)
            self._request_id, self._answer = options.request_id, answer
            return answer

    def _expect(self, ticket_id: str | None) -> None:
        episode = self.session.episode
        current = episode.current if episode else None
        if ticket_id and current and current.ticket.ticket_id != ticket_id:
            raise EpisodeConflict


@define
class Episodes:
    """HTTP episodes by id; past `capacity` the longest unused is dropped.

    A caller who names no id means the episode that was last reset without one.
    """

    environment: Environment
    capacity: int
    _episodes: OrderedDict[str, HttpEpisode] = field(init=False, factory=OrderedDict)
    _unnamed: str | None = field(init=False, default=None)

    def reset(
        self, options: ResetOptions, ignored: tuple[str, ...]
    ) -> SupportQueueObservation:
        """Start an episode, or start the one of that id afresh."""
        session = Session(self.environment)
        observation = session.reset(options, ignored)
        episode_id = observation.info["episode_id"]
        self._episodes[episode_id] = HttpEpisode(session)
        if options.episode_id is None:
            self._unnamed = episode_id
        self._episodes.move_to_end(episode_id)
        self._drop_unused()
        return observation

    def find(self, episode_id: str | None) -> HttpEpisode:
        """The episode of that id, or the unnamed one for None; it counts as used.

        Raises:
            UnknownEpisode: no such episode.
            EpisodeNotStarted: no id, and nothing was reset without one.
        """
        wanted = self._unnamed if episode_id is None else episode_id
        if wanted is None:
            raise EpisodeNotStarted
        try:
            self._episodes.move_to_end(wanted)
        except KeyError:
            raise UnknownEpisode from None
        return self._episodes[wanted]

    def _drop_unused(self) -> None:
        """Keep `capacity` episodes, and the unnamed one besides.

        Whoever names no id could not tell that theirs was dropped.
        """
        while len(self._episodes) - (self._unnamed in self._episodes) > self.capacity:
            oldest = next(key for key in self._episodes if key != self._unnamed)
            del self._episodes[oldest]

    def state(self, episode_id: str | None) -> SupportQueueState:
        """The state of an episode; an empty one for None before any reset."""
        if episode_id is None and self._unnamed is None:
            return SupportQueueState()
        return self.find(episode_id).session.state
