"""What is in the store, in numbers: runs, and episodes that a filter lets through."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from attrs import field, frozen
from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, select

from ..core.errors import StoreError
from ..core.log import Source, StoredEpisode
from .rows import stored_episode
from .schema import episodes, runs, steps


@frozen(kw_only=True)
class EpisodeFilter:
    """Which episodes are meant; what is None is not asked for.

    `rubric` is a rubric's name or its digest.
    """

    run_id: str | None = None
    task_id: str | None = None
    rubric: str | None = None
    episode_id: str | None = None
    source: Source | None = None
    finished: bool | None = None

    @property
    def conditions(self) -> tuple[ColumnElement[bool], ...]:
        """The same in SQL.

        Raises:
            StoreError: a database could not hold one of them.
        """
        columns = episodes.c
        asked: list[ColumnElement[bool]] = [
            column == storable(value)
            for column, value in (
                (columns.run_id, self.run_id),
                (columns.task_id, self.task_id),
                (columns.episode_id, self.episode_id),
                (columns.source, self.source),
            )
            if value is not None
        ]
        if self.rubric is not None:
            rubric = storable(self.rubric)
            asked.append((columns.rubric == rubric) | (columns.rubric_digest == rubric))
        if self.finished is not None:
            done = graded_count() == columns.total_tickets
            asked.append(done if self.finished else ~done)
        return tuple(asked)


EVERYTHING = EpisodeFilter()

LARGEST = 2**63 - 1
"""The largest number that a database takes."""


def storable(text: str) -> str:
    """`text`, when a database can hold it and hence have it.

    Raises:
        StoreError: it cannot.
    """
    try:
        text.encode()
    except UnicodeError:
        raise StoreError(
            "what is looked for in the store: expected text in UTF-8, found characters "
            "that it does not have"
        ) from None
    return text


@frozen(kw_only=True)
class EpisodeSummary:
    """An episode without its steps: how many tickets are graded, and what they paid.

    `score` is the episode's, in [0, 1]; None until every ticket is graded.
    """

    episode: StoredEpisode
    graded: int
    paid: float

    @property
    def done(self) -> bool:
        """Whether every ticket was answered."""
        return self.graded == self.episode.total_tickets

    @property
    def score(self) -> float | None:
        """The mean of the tickets' rewards."""
        if not self.done:
            return None
        # With `terminal` the last step has paid the mean already.
        terminal = self.episode.rewards == "terminal"
        return self.paid if terminal else self.paid / self.graded


@frozen(kw_only=True)
class RubricTotals:
    """The episodes of a run under one rubric; `mean_score` is of finished ones."""

    rubric: str
    rubric_digest: str
    episodes: int
    finished: int
    steps: int
    mean_score: float | None


@frozen(kw_only=True)
class RunSummary:
    """A run, and what was played in it by rubric. `started_at` as `StoredStep.at`.

    `config` is what its command was asked to do, in plain values.
    """

    run_id: str
    started_at: float
    command: str
    rubric: str
    version: str
    host: str
    pid: int
    config: Mapping[str, Any] = field(factory=dict)
    rubrics: tuple[RubricTotals, ...] = field(factory=tuple)

    @property
    def episodes(self) -> int:
        """How many episodes were started."""
        return sum(totals.episodes for totals in self.rubrics)

    @property
    def steps(self) -> int:
        """How many tickets were graded."""
        return sum(totals.steps for totals in self.rubrics)


def graded_count() -> ColumnElement[int]:
    """How many tickets of an episode are graded, beside its row."""
    count = select(func.count()).where(steps.c.episode_key == episodes.c.key)
    return count.correlate(episodes).scalar_subquery()


def list_episodes(
    connection: Connection, wanted: EpisodeFilter, limit: int | None
) -> Iterator[EpisodeSummary]:
    """Episodes, the newest first."""
    paid = select(func.coalesce(func.sum(steps.c.paid), 0.0)).where(
        steps.c.episode_key == episodes.c.key
    )
    query = (
        select(
            episodes,
            graded_count().label("graded"),
            paid.correlate(episodes).scalar_subquery().label("total_paid"),
        )
        .where(*wanted.conditions)
        .order_by(episodes.c.sequence.desc())
    )
    for row in in_pages(connection, query, limit, newest_first=True):
        yield EpisodeSummary(
            episode=stored_episode(row, ()),
            graded=row.graded,
            paid=float(row.total_paid),
        )


def in_pages(
    connection: Connection,
    query: Select[Any],
    limit: int | None,
    *,
    newest_first: bool,
) -> Iterator[Row[Any]]:
    """Rows of a query on `episodes` ordered by sequence, a page at a time.

    No statement is left open in between, and memory holds one page.
    """
    column = episodes.c.sequence
    page_size, left, page = 200, limit, query
    while left is None or left > 0:
        size = page_size if left is None else min(page_size, left)
        rows: Sequence[Row[Any]] = connection.execute(page.limit(size)).all()
        yield from rows
        if len(rows) < size:
            return
        left = None if left is None else left - len(rows)
        last = rows[-1].sequence
        page = query.where(column < last if newest_first else column > last)


def list_runs(
    connection: Connection, limit: int | None, run_id: str | None = None
) -> Iterator[RunSummary]:
    """Runs, the newest first; only the one of that id, when one is given."""
    query = select(runs).order_by(runs.c.started_at.desc(), runs.c.id)
    if limit is not None:
        query = query.limit(min(limit, LARGEST))
    if run_id is not None:
        query = query.where(runs.c.id == storable(run_id))
    for row in connection.execute(query).all():
        yield RunSummary(
            run_id=row.id,
            started_at=row.started_at,
            command=row.command,
            rubric=row.rubric,
            version=row.version,
            host=row.host,
            pid=row.pid,
            config=msgspec.json.decode(row.config),
            rubrics=tuple(_totals(connection, row.id)),
        )


def _totals(connection: Connection, run_id: str) -> Iterator[RubricTotals]:
    each = (
        select(
            episodes.c.rubric,
            episodes.c.rubric_digest,
            episodes.c.total_tickets,
            episodes.c.rewards,
            func.count(steps.c.step).label("graded"),
            func.coalesce(func.sum(steps.c.paid), 0.0).label("paid"),
        )
        .select_from(episodes.outerjoin(steps))
        .where(episodes.c.run_id == run_id)
        .group_by(episodes.c.sequence)
        .subquery()
    )
    done = each.c.graded == each.c.total_tickets
    mean = case(
        (each.c.rewards == "terminal", each.c.paid),
        else_=each.c.paid / each.c.total_tickets,
    )
    query = (
        select(
            each.c.rubric,
            each.c.rubric_digest,
            func.count().label("episodes"),
            func.coalesce(func.sum(case((done, 1), else_=0)), 0).label("finished"),
            func.coalesce(func.sum(each.c.graded), 0).label("steps"),
            func.avg(case((done, mean))).label("mean_score"),
        )
        .group_by(each.c.rubric, each.c.rubric_digest)
        .order_by(each.c.rubric, each.c.rubric_digest)
    )
    for row in connection.execute(query):
        yield RubricTotals(
            rubric=row.rubric,
            rubric_digest=row.rubric_digest,
            episodes=row.episodes,
            finished=int(row.finished),
            steps=int(row.steps),
            mean_score=None if row.mean_score is None else float(row.mean_score),
        )
