"""Bulk runs in small steps, of rows good and bad."""

import json
from functools import cache
from typing import Any

from answers import ACTION, cases
from score_rows import own_case, rows

from support_queue_env.evaluation.bulk.pace import Pace
from support_queue_env.evaluation.bulk.run import Done, Run, score_rows


class Cut(BaseException):
    """The process ends here, as far as the run is concerned."""


class Small(Pace):
    """Blocks of a few rows."""

    def __init__(self, size: int = 1500) -> None:
        super().__init__(size)

    def took(self, size: int, seconds: float) -> None:
        """However long they take."""


def scored(run: Run, **options: Any) -> Done:
    """A run in small blocks, each of which is kept at once."""
    return score_rows(run, pace=Small(), keep_seconds=0, **options)


@cache
def mixed() -> bytes:
    """Rows good and bad, with blank lines, a CRLF and no newline at the end."""
    good = [json.dumps(each).encode() for each in rows(range(3))]
    case = {"case": own_case(cases()[0]), "action": ACTION}
    good.insert(3, b"")
    good.insert(5, b'{"id":"bad","ticket_id":"E-101"}')
    good.insert(7, b"not json \xff")
    good.insert(9, good[0] + b"\r")
    good.append(json.dumps(case).encode())
    return b"\n".join(good)


def found(text: str | bytes) -> list[dict[str, Any]]:
    """The rows of an output."""
    return [json.loads(line) for line in text.splitlines()]
