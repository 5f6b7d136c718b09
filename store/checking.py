"""Is the store whole? Every page, every reference, every document is looked at."""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from attrs import frozen
from sqlalchemy import URL, Connection, func, or_, select
from sqlalchemy.exc import DBAPIError

from ..core.records import StepFault
from .archive import Archive
from .log import backend_of
from .migrations import MIGRATIONS, found_version
from .retention import bytes_on_disk
from .schema import annotations, episodes, runs, scores, steps
from .sqlite import require_file


FINDINGS = 20
"""Findings of one kind that are told."""

_COUNTED = (runs, episodes, steps, scores, annotations)


@frozen(kw_only=True)
class Checked:
    """What a store holds, and what is wrong with it; nothing when it is whole.

    `version` is its schema's, `size` is in bytes, `rows` counts by table. `aside` are
    damaged files that an earlier start set aside: they are there to be rescued, or
    deleted.
    """

    place: str
    backend: str
    version: int | None
    size: int | None
    rows: Mapping[str, int]
    findings: tuple[str, ...]
    aside: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.findings


def check(url: URL) -> Checked:
    """Look at everything in the store; nothing is changed, whatever is found.

    Raises:
        StoreError: there is none.
    """
    backend = backend_of(url)
    aside: tuple[str, ...] = ()
    if url.drivername == "sqlite":
        path = Path(url.database or "")
        require_file(path)
        aside = tuple(sorted(map(str, path.parent.glob(f"{path.name}.corrupt-*"))))
    findings: list[str] = []
    version = size = None
    rows: dict[str, int] = {}
    try:
        with backend.readers.connect() as connection:
            version = found_version(connection)
            findings += _of_version(version)
            size = bytes_on_disk(connection)
            findings += _of_pages(connection)
            if version == len(MIGRATIONS):
                rows.update(_counts(connection))
                findings += _of_rows(connection)
                findings += _of_documents(Archive(backend.place, connection))
    except DBAPIError as error:
        findings.append(backend.explain(error))
    finally:
        backend.readers.dispose()
    return Checked(
        place=backend.place,
        backend=backend.name,
        version=version,
        size=size,
        rows=rows,
        findings=tuple(findings),
        aside=aside,
    )


def _counts(connection: Connection) -> Iterator[tuple[str, int]]:
    for table in _COUNTED:
        count = select(func.count()).select_from(table)
        yield table.name, connection.execute(count).scalar_one()


def _of_version(version: int) -> Iterator[str]:
    if version != len(MIGRATIONS):
        yield f"its schema has version {version}, and this program's {len(MIGRATIONS)}"


def _of_pages(connection: Connection) -> Iterator[str]:
    """What SQLite says; PostgreSQL looks at its pages as it reads them."""
    if connection.dialect.name != "sqlite":
        return
    found = connection.exec_driver_sql(f"PRAGMA integrity_check({FINDINGS})")
    yield from (line for (line,) in found if line != "ok")
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check")
    for table, row, parent, _ in islice(broken, FINDINGS):
        yield f"row {row} of {table} refers to nothing in {parent}"
    broken.close()


def _of_rows(connection: Connection) -> Iterator[str]:
    graded = func.count(steps.c.step)
    gaps = (
        select(episodes.c.key)
        .join(steps)
        .group_by(episodes.c.key, episodes.c.total_tickets)
        .having(
            or_(
                func.max(steps.c.step) + 1 != graded,
                graded > episodes.c.total_tickets,
            )
        )
        .limit(FINDINGS)
    )
    for key in connection.scalars(gaps):
        yield f"the steps of episode {key} are not its tickets in order"
    unscored = (
        select(steps.c.episode_key, steps.c.step)
        .join(episodes)
        .outerjoin(
            scores,
            (scores.c.episode_key == steps.c.episode_key)
            & (scores.c.step == steps.c.step)
            & (scores.c.rubric_digest == episodes.c.rubric_digest),
        )
        .where(scores.c.step.is_(None))
        .limit(FINDINGS)
    )
    for key, step in connection.execute(unscored):
        yield f"step {step} of episode {key} has no score by the episode's rubric"


def _of_documents(archive: Archive) -> Iterator[str]:
    faults = (item for item in archive.steps() if isinstance(item, StepFault))
    for fault in islice(faults, FINDINGS):
        yield fault.message
