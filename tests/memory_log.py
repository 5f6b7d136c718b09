"""An episode log in memory, which can be told to fail: the protocol without a database."""

import asyncio
import threading
import time
import uuid

from attrs import define, evolve, field

from support_queue_env.core.conversion import unstructure
from support_queue_env.core.errors import EpisodeConflict, NotRecorded
from support_queue_env.core.log import (
    EpisodeStarted,
    Event,
    LogStatus,
    Position,
    StoredEpisode,
    StoredStep,
    TicketGraded,
)
from support_queue_env.core.score_documents import score_document


@define(eq=False)
class MemoryLog:
    """Keeps everything; with `problem` set it keeps and reads nothing."""

    problem: str = ""
    run_id: str = "run"
    episodes: dict[str, StoredEpisode] = field(factory=dict)
    closed: bool = False
    _lock: threading.Lock = field(factory=threading.Lock)

    def new_key(self) -> str:
        """A key that no episode has."""
        return str(uuid.uuid4())

    def append(self, event: Event) -> None:
        """Keep `event`."""
        with self._lock:
            self._require_working()
            if isinstance(event, EpisodeStarted):
                self.episodes[event.key] = stored_episode(event, self.run_id)
            else:
                self._add(event)

    async def append_async(self, event: Event) -> None:
        """The same, after others had their turn, as it is with a database."""
        await asyncio.sleep(0)
        self.append(event)

    async def locate(self, episode_id: str | None) -> Position | None:
        """The newest HTTP episode of that id, of this run if there is one."""
        await asyncio.sleep(0)
        self._require_working()
        found = [
            episode
            for episode in self.episodes.values()
            if episode.source == "http"
            and (
                episode.run_id == self.run_id and not episode.named
                if episode_id is None
                else episode.episode_id == episode_id
            )
        ]
        if not found:
            return None
        own = [episode for episode in found if episode.run_id == self.run_id]
        newest = (own or found)[-1]
        return Position(newest.key, len(newest.steps))

    async def read(self, key: str) -> StoredEpisode | None:
        """The episode of that key."""
        await asyncio.sleep(0)
        self._require_working()
        return self.episodes.get(key)

    @property
    def place(self) -> str:
        """Nowhere that could be named."""
        return "memory"

    @property
    def status(self) -> LogStatus:
        """How it is doing."""
        events = len(self.episodes) + sum(len(e.steps) for e in self.episodes.values())
        return LogStatus(backend="memory", problem=self.problem, events=events)

    def close(self) -> None:
        """Let go of nothing."""
        self.closed = True

    def _require_working(self) -> None:
        if self.problem:
            raise NotRecorded(self.problem)

    def _add(self, event: TicketGraded) -> None:
        episode = self.episodes[event.key]
        taken = {step.request_id for step in episode.steps if step.request_id}
        if len(episode.steps) != event.index or event.request_id in taken:
            raise EpisodeConflict
        steps = (*episode.steps, stored_step(event))
        self.episodes[event.key] = evolve(episode, steps=steps)


def stored_episode(event: EpisodeStarted, run_id: str = "run") -> StoredEpisode:
    """What a log keeps of a reset."""
    episode = event.episode
    return StoredEpisode(
        key=event.key,
        run_id=run_id,
        episode_id=episode.episode_id,
        source=event.source,
        named=event.named,
        task_id=episode.task.task_id,
        total_tickets=len(episode.task.cases),
        rubric=episode.scorer.name,
        rubric_digest=episode.scorer.digest,
        rubric_signature=episode.scorer.signature,
        seed=episode.seed,
        split=episode.task.split,
        feedback=episode.feedback,
        rewards=episode.rewards,
        at=time.time(),
    )


def stored_step(event: TicketGraded) -> StoredStep:
    """What a log keeps of a step."""
    graded = event.episode.graded[-1]
    return StoredStep(
        index=event.index,
        ticket_id=graded.case.ticket.ticket_id,
        action=unstructure(graded.action),
        score=score_document(graded.score),
        paid=graded.paid,
        request_id=event.request_id,
        at=time.time(),
    )
