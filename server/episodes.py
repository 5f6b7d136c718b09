"""Episodes played over HTTP, where no connection holds a session."""

from collections import OrderedDict

from attrs import define, field

from ..core.errors import EpisodeError, EpisodeNotStarted
from ..core.session import Environment, Session
from ..models import ResetOptions, SupportQueueObservation, SupportQueueState


class UnknownEpisode(EpisodeError):
    """An episode id that nothing was reset with, or that has been dropped."""

    def __init__(self) -> None:
        super().__init__("unknown episode_id: call reset first, or again")


@define
class Episodes:
    """HTTP sessions by episode id; past `capacity` the longest unused is dropped.

    A caller who names no id means the episode that was last reset without one.
    """

    environment: Environment
    capacity: int
    _sessions: OrderedDict[str, Session] = field(init=False, factory=OrderedDict)
    _unnamed: Session | None = field(init=False, default=None)

    def reset(
        self, options: ResetOptions, ignored: tuple[str, ...]
    ) -> SupportQueueObservation:
        """Start an episode, or start the one of that id afresh."""
        session = Session(self.environment)
        observation = session.reset(options, ignored)
        episode_id = observation.info["episode_id"]
        self._sessions[episode_id] = session
        self._sessions.move_to_end(episode_id)
        if options.episode_id is None:
            self._unnamed = session
        while len(self._sessions) > self.capacity:
            self._sessions.popitem(last=False)
        return observation

    def find(self, episode_id: str | None) -> Session:
        """The session that plays `episode_id`, or the unnamed one for None.

        Raises:
            UnknownEpisode: no such episode.
            EpisodeNotStarted: no id, and nothing was reset without one.
        """
        if episode_id is None:
            if self._unnamed is None:
                raise EpisodeNotStarted
            return self._unnamed
        try:
            self._sessions.move_to_end(episode_id)
        except KeyError:
            raise UnknownEpisode from None
        return self._sessions[episode_id]

    def state(self, episode_id: str | None) -> SupportQueueState:
        """The state of an episode; an empty one for None before any reset."""
        if episode_id is None and self._unnamed is None:
            return SupportQueueState()
        return self.find(episode_id).state
