"""A block of lines to the rows that stand in its place."""

from collections import Counter
from time import perf_counter

from msgspec import Struct, field

from ...core.errors import ScoringError
from ...plugins.compiled import CompiledRubric
from .faults import BadRow, unscored
from .lines import Block
from .quick import QuickReader
from .results import Detail, ResultRows
from .row import Row, read_row
from .tickets import Tickets


_TOLD = 3
"""Faults of a block that are told at the terminal; a run tells as many in all."""

_LONGEST_TOLD = 400


class Graded(Struct):
    """The rows of a block and what there is to count.

    `reward` is the sum over the rows that have one; `faults` counts the others by type,
    and `told` says of the first of them what is wrong, for the terminal. `seconds` is
    how long it took. `error` says why there are no rows at all.
    """

    data: bytes
    rows: int
    reward: float
    faults: dict[str, int] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    seconds: float = 0.0
    error: str = ""


class Grader:
    """Reads, scores and writes rows."""

    def __init__(
        self, rubric: CompiledRubric, tickets: Tickets, detail: Detail
    ) -> None:
        self._rubric = rubric
        self._tickets = tickets
        self._quick = QuickReader(tickets)
        self._results = ResultRows(rubric, detail)

    def grade(self, block: Block) -> Graded:
        """One row for each line that is not blank, in order."""
        read, strict, score = self._quick.read, self._strict, self._rubric.score
        result = self._results.of_score
        out: list[bytes] = []
        faults: list[tuple[int, BadRow]] = []
        total = 0.0
        started = perf_counter()
        for number, line in enumerate(block.data.split(b"\n"), start=block.first):
            if not line or line.isspace():
                continue
            try:
                row = read(line) or strict(line)
                scored = score(row.case, row.action)
            except BadRow as fault:
                faults.append((number, fault))
                out.append(self._faulty(number, fault))
            except ScoringError as error:
                failed = unscored(error)
                failed.named = row.named
                faults.append((number, failed))
                out.append(self._faulty(number, failed))
            else:
                total += scored.reward.numerator / scored.reward.denominator
                out.append(b'{"line":%d,%b%b' % (number, row.named, result(scored)))
        return Graded(
            b"".join(out),
            len(out),
            total,
            dict(Counter(fault.type for _, fault in faults)),
            [_told(number, fault) for number, fault in faults[:_TOLD]],
            perf_counter() - started,
        )

    def _strict(self, line: bytes) -> Row:
        return read_row(line, self._tickets)

    def _faulty(self, number: int, fault: BadRow) -> bytes:
        rest = self._results.of_fault(fault)
        return b'{"line":%d,%b%b' % (number, fault.named, rest)


def _told(number: int, fault: BadRow) -> str:
    return f"line {number}: {fault.told}"[:_LONGEST_TOLD]
