"""Scores of other rubrics, added beside those that a step has; none is ever edited."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from attrs import define, field
from sqlalchemy import URL, Connection, select

from ..core.documents import encode_document
from ..core.score_documents import score_document
from ..core.scoring import TicketScore
from .insertion import insert_many
from .retention import writing
from .schema import scores


PIECE = 200
"""Scores in one transaction: a server waits for no longer than that takes."""

Keep = Callable[[str, int, TicketScore], None]
"""Takes an episode's key, a step's index and the score that another rubric gave it."""


@define
class _Pending:
    connection: Connection
    added: int = 0
    _rows: list[dict[str, Any]] = field(factory=list)

    def keep(self, key: str, index: int, score: TicketScore) -> None:
        reward = score.reward
        self._rows.append(
            {
                "episode_key": key,
                "step": index,
                "rubric_digest": score.digest,
                "reward": reward.numerator / reward.denominator,
                "document": encode_document(score_document(score)).decode(),
            }
        )
        if len(self._rows) >= PIECE:
            self.write()

    def write(self) -> None:
        """Insert what is not there yet."""
        rows = {_place(row): row for row in self._rows}
        self._rows.clear()
        with self.connection.begin():
            found = self.connection.execute(
                select(
                    scores.c.episode_key, scores.c.step, scores.c.rubric_digest
                ).where(scores.c.episode_key.in_({key for key, _, _ in rows}))
            )
            for there in found:
                rows.pop(tuple(there), None)
            insert_many(self.connection, scores, list(rows.values()))
        self.added += len(rows)


def _place(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["episode_key"], row["step"], row["rubric_digest"]


@contextmanager
def kept_scores(url: URL, report: Callable[[int], None]) -> Iterator[Keep]:
    """Where scores are given to be kept; at the end `report` gets how many were new.

    A score whose step has one of the same digest is left out: it is the same.

    Raises:
        StoreError: there is no store, it is damaged, or it cannot be written now.
    """
    with writing(url) as (_, connection):
        pending = _Pending(connection)
        yield pending.keep
        pending.write()
        report(pending.added)
