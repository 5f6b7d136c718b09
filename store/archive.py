"""The store read by commands: what there is, one episode, every step in order.

    with open_archive(resolve_url("")) as archive:
        for item in archive.steps(EpisodeFilter(task_id="easy_inbox_cleanup")):
            ...

Nothing is written, and whatever its size, only a page of it is in memory. A server may
go on writing meanwhile; what it adds after a walk has begun is not part of the walk.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from attrs import frozen
from msgspec import Struct
from msgspec.json import Decoder
from sqlalchemy import URL, Connection, Row, exists, func, select
from sqlalchemy.exc import DBAPIError

from ..core.errors import StoreError, SupportQueueError, said
from ..core.log import StoredEpisode
from ..core.record_reading import ReadStep
from ..core.records import StepFault, record_of_stored
from .flat import COMPONENT
from .listing import (
    EVERYTHING,
    EpisodeFilter,
    EpisodeSummary,
    RunSummary,
    in_pages,
    list_episodes,
    list_runs,
    storable,
)
from .log import backend_of
from .migrations import require_current
from .reading import find_episode, step_rows
from .rows import stored_episode, stored_step
from .schema import annotations, episodes, scores
from .sqlite import require_file


class _Kind(Struct):
    name: str
    kind: str


class _Kinds(Struct):
    components: list[_Kind]


_read_kinds = Decoder(_Kinds).decode
"""The part of a `score_document` that tells its components, and nothing else."""


@frozen
class KeptStep(ReadStep):
    """A step of the store, and the key of its episode."""

    key: str = ""


@frozen(kw_only=True)
class OtherScore:
    """What another rubric gave a step, later; `score` is a `score_document`."""

    index: int
    rubric_digest: str
    score: str


@frozen(kw_only=True)
class Annotation:
    """What somebody wrote about an episode, or about one of its steps."""

    index: int | None
    author: str
    text: str
    at: float


@frozen
class Archive:
    """An open store, for reading. `place` is where it is, for people."""

    place: str
    _connection: Connection

    def runs(self, limit: int | None = None) -> Iterator[RunSummary]:
        """Runs, the newest first."""
        return list_runs(self._connection, limit)

    def run(self, run_id: str) -> RunSummary | None:
        """The run of that id."""
        return next(list_runs(self._connection, 1, run_id), None)

    def episodes(
        self, wanted: EpisodeFilter = EVERYTHING, limit: int | None = None
    ) -> Iterator[EpisodeSummary]:
        """Episodes, the newest first."""
        return list_episodes(self._connection, wanted, limit)

    def episode(self, reference: str) -> StoredEpisode | None:
        """The episode of that key; else the newest of that id."""
        found = find_episode(self._connection, storable(reference))
        if found is not None:
            return found
        key = self._connection.scalar(
            select(episodes.c.key)
            .where(episodes.c.episode_id == reference)
            .order_by(episodes.c.sequence.desc())
            .limit(1)
        )
        return None if key is None else find_episode(self._connection, key)

    def whole_episodes(
        self, wanted: EpisodeFilter = EVERYTHING, limit: int | None = None
    ) -> Iterator[StoredEpisode]:
        """Episodes with their steps, the oldest first.

        Raises:
            StoreError: a document in one is damaged; names the episode.
        """
        for row in self._walk(wanted, limit):
            try:
                steps = tuple(map(stored_step, self._step_rows(row)))
            except ValueError as error:
                raise StoreError(
                    f"the store {self.place}: episode {row.key}: {error}"
                ) from None
            yield stored_episode(row, steps)

    def steps(
        self, wanted: EpisodeFilter = EVERYTHING, limit: int | None = None
    ) -> Iterator[KeptStep | StepFault]:
        """Every step of those episodes, in order, as stored steps are read from a file.

        `line` counts them from 1. Clients may repeat an episode id; of those that do,
        only the first keeps it in its records, and the others have their key there.
        A damaged step is a fault in its place.
        """
        line = 0
        for row in self._walk(wanted, limit):
            episode = stored_episode(row, ())
            named = episode.key if row.repeated else episode.episode_id
            for step in self._step_rows(row):
                line += 1
                try:
                    record = record_of_stored(episode, stored_step(step), named)
                except (
                    SupportQueueError,
                    LookupError,
                    TypeError,
                    ValueError,
                    ArithmeticError,
                ) as error:
                    message = (
                        f"step {step.step} of episode {episode.key}: {said(error)}"
                    )
                    yield StepFault(self.place, line, "invalid", message)
                else:
                    yield KeptStep(line, record, key=episode.key)

    def other_scores(self, episode: StoredEpisode) -> tuple[OtherScore, ...]:
        """What rubrics other than the episode's own gave its steps."""
        query = (
            select(scores)
            .where(
                scores.c.episode_key == episode.key,
                scores.c.rubric_digest != episode.rubric_digest,
            )
            .order_by(scores.c.step, scores.c.rubric_digest)
        )
        return tuple(
            OtherScore(
                index=row.step, rubric_digest=row.rubric_digest, score=row.document
            )
            for row in self._connection.execute(query)
        )

    def annotations(self, key: str) -> tuple[Annotation, ...]:
        """What was written about the episode of that key, in order."""
        query = (
            select(annotations)
            .where(annotations.c.episode_key == key)
            .order_by(annotations.c.id)
        )
        return tuple(
            Annotation(index=row.step, author=row.author, text=row.text, at=row.at)
            for row in self._connection.execute(query)
        )

    def component_columns(
        self, wanted: EpisodeFilter = EVERYTHING, limit: int | None = None
    ) -> tuple[str, ...]:
        """The columns that flat rows of those episodes have for components."""
        found: dict[str, None] = {}
        for row in self._walk(wanted, limit):
            for step in self._step_rows(row):
                # A damaged one becomes no row.
                with suppress(ValueError):
                    components = _read_kinds(step.document).components
                    found.update((c.name, None) for c in components if c.kind != "gate")
        return tuple(f"{COMPONENT}{name}" for name in found)

    def _walk(self, wanted: EpisodeFilter, limit: int | None) -> Iterator[Row[Any]]:
        earlier = episodes.alias()
        repeated = exists().where(
            earlier.c.episode_id == episodes.c.episode_id,
            earlier.c.sequence < episodes.c.sequence,
        )
        newest = self._connection.scalar(select(func.max(episodes.c.sequence)))
        query = (
            select(episodes, repeated.label("repeated"))
            .where(*wanted.conditions, episodes.c.sequence <= (newest or 0))
            .order_by(episodes.c.sequence)
        )
        return in_pages(self._connection, query, limit, newest_first=False)

    def _step_rows(self, row: Row[Any]) -> Sequence[Row[Any]]:
        return step_rows(self._connection, row.key, row.rubric_digest)


@contextmanager
def open_archive(url: URL) -> Iterator[Archive]:
    """The store at `url`, for reading.

    Raises:
        StoreError: there is none, it cannot be read, or its schema is another one.
    """
    backend = backend_of(url)
    if url.drivername == "sqlite":
        require_file(Path(url.database or ""))
    try:
        with backend.readers.connect() as connection:
            require_current(connection)
            yield Archive(backend.place, connection)
    except DBAPIError as error:
        raise StoreError(
            f"the store cannot be read: {backend.explain(error)}"
        ) from None
    finally:
        backend.readers.dispose()
