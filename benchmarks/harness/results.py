"""A run's results as a value, as JSON and as a Markdown table."""

import json
from collections.abc import Iterable
from pathlib import Path

from attrs import asdict, frozen

from .figures import Aim, Row, Spread, Surroundings
from .machine import Machine


BEGIN = "<!-- bench: begin -->"
END = "<!-- bench: end -->"
"""Between these two lines of a page stands the table that `bench.py` renews."""

NONE = "-"
_HEAD = "| Case | Figure | Ours | Reference | Ratio | Aim | |"
_RULE = "|---|---|---|---|---|---|---|"


@frozen(kw_only=True)
class Results:
    """Everything that a run found.

    Args:
        machine: where.
        length: how long the run was, as `Plan.length`.
        rows: the figures.
        skipped: suites that could not be measured here, and why.
        seconds: that each suite took.
    """

    machine: Machine
    length: str
    rows: list[Row]
    skipped: dict[str, str]
    seconds: dict[str, float]

    def json(self) -> str:
        """All of it as a document; a row says also whether it meets its aim."""
        rows = [asdict(row) | {"met": row.met} for row in self.rows]
        document = asdict(self, recurse=False) | {
            "machine": asdict(self.machine),
            "rows": rows,
        }
        return json.dumps(document, indent=1) + "\n"

    def markdown(self) -> str:
        """The machine, and a table for each suite."""
        return "\n".join([*_told(self.machine, self.length), "", *self._tables()])

    def missed(self) -> list[str]:
        """A sentence for each aim that is not met: by how much."""
        return [
            f"{row.name}: {ranged(_aimed(row))} is not {_aim(row.aim, row.unit)}"
            for row in self.rows
            if row.aim is not None and row.met is False
        ]

    def summary(self) -> str:
        """How many aims are met, and which are not."""
        met = sum(row.met is True for row in self.rows)
        return "\n".join(
            [f"aims: {met} met, {len(self.missed())} missed", *self.missed()]
        )

    def _tables(self) -> Iterable[str]:
        suites = dict.fromkeys([*(row.suite for row in self.rows), *self.skipped])
        for suite in suites:
            yield f"**{suite}**"
            yield ""
            if suite in self.skipped:
                yield f"Not measured: {self.skipped[suite]}."
                yield ""
            rows = [row for row in self.rows if row.suite == suite]
            told = [line(row) for row in rows if not row.detail]
            if told:
                yield from (_HEAD, _RULE, *told, "")
            around = [row.surroundings for row in rows if row.surroundings]
            if around:
                yield from (meanwhile(around), "")


def _told(machine: Machine, length: str) -> Iterable[str]:
    yield (
        f"{machine.date}, commit `{machine.commit}`, the {length} form. "
        f"{machine.processor}, {machine.cores} cores ({machine.pinned}), "
        f"{machine.system}, {machine.python}."
    )
    yield ""
    yield f"Ours: {machine.ours}."
    if machine.official:
        yield f"Official: {machine.official}."


def meanwhile(around: list[Surroundings]) -> str:
    """What else the machine did, over all rows of a suite."""
    load = Spread.of(each.load for each in around)
    steal = Spread.of(100 * each.steal for each in around)
    return f"Load {ranged(load)}, steal {ranged(steal)} % meanwhile."


def line(row: Row) -> str:
    """A row of the table."""
    reference = NONE if row.reference is None else shown(row.reference, row.unit)
    if row.reference is not None and row.against != "official":
        reference = f"{reference} ({row.against})"
    cells = [
        row.case,
        row.figure,
        shown(row.ours, row.unit),
        reference,
        NONE if row.ratio is None else ranged(row.ratio),
        NONE if row.aim is None else _aim(row.aim, row.unit),
        "; ".join(filter(None, [_verdict(row), row.note])),
    ]
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _aimed(row: Row) -> Spread:
    """What the aim of a row is of."""
    if row.ratio is None or row.aim is None or row.aim.of == "ours":
        return row.ours
    return row.ratio


def _aim(aim: Aim, unit: str) -> str:
    sign = "≥" if aim.sense == "at least" else "≤"
    return f"{sign} {number(aim.bound)} {unit if aim.of == 'ours' else ''}".rstrip()


def _verdict(row: Row) -> str:
    return {True: "met", False: "**missed**", None: ""}[row.met]


def shown(spread: Spread, unit: str) -> str:
    """A spread with its unit."""
    return f"{ranged(spread)} {unit}".rstrip()


def ranged(spread: Spread) -> str:
    """The median, and from where to where it was measured if that differs."""
    median, least, most = map(number, (spread.median, spread.least, spread.most))
    return median if least == most else f"{median} ({least} to {most})"


def number(value: float) -> str:
    """With three digits that mean something, thousands set apart."""
    if abs(value) >= 1000:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}"


def renewed(page: str, table: str) -> str:
    """A page with the table between its two marker lines.

    Raises:
        ValueError: the page has not both lines, in their order.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the page has no lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{table.strip()}\n\n{END}{after}"


def write_markdown(file: Path, results: Results) -> None:
    """Renew the table of a page, or make a file of it."""
    page = file.read_text(encoding="utf-8") if file.exists() else f"{BEGIN}\n{END}\n"
    file.write_text(renewed(page, results.markdown()), encoding="utf-8")
