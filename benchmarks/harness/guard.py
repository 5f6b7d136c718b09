"""Whether a ratio to the reference has become worse than it was when it was written down."""

import json
from collections.abc import Iterable
from pathlib import Path

from attrs import asdict, frozen

from .figures import Better, Row


MOST_LOST = 0.25
"""The share of a ratio that may be lost before the guard fails."""


@frozen(kw_only=True)
class Guarded:
    """A ratio as it was when it was written down."""

    ratio: float
    better: Better


@frozen(kw_only=True)
class Fall:
    """A row that became worse; `found` is None when it was not measured at all."""

    name: str
    expected: float
    found: float | None

    def __str__(self) -> str:
        if self.found is None:
            return f"{self.name}: expected a ratio of {self.expected:.3g}, found none"
        return (
            f"{self.name}: expected a ratio of {self.expected:.3g}, "
            f"found {self.found:.3g}"
        )


def guarded(rows: Iterable[Row]) -> dict[str, Guarded]:
    """What is to be written down of some rows."""
    return {
        row.name: Guarded(ratio=round(row.ratio.median, 4), better=row.better)
        for row in rows
        if row.guarded and row.ratio is not None
    }


def has_fallen(expected: Guarded, found: float) -> bool:
    """Whether more than a quarter of the ratio is lost.

    Where less is better that is a quarter of its inverse: of what is done for a price.
    """
    if expected.better == "more":
        return found < (1 - MOST_LOST) * expected.ratio
    return expected.ratio < (1 - MOST_LOST) * found


def falls(
    expected: dict[str, Guarded], rows: Iterable[Row], suites: Iterable[str]
) -> list[Fall]:
    """What has become worse of the suites that were measured, in the order written."""
    measured = guarded(rows)
    chosen = set(suites)
    found = []
    for name, before in expected.items():
        if name.partition(" / ")[0] not in chosen:
            continue
        now = measured.get(name)
        if now is None or has_fallen(before, now.ratio):
            ratio = None if now is None else now.ratio
            found.append(Fall(name=name, expected=before.ratio, found=ratio))
    return found


def read(file: Path) -> dict[str, Guarded]:
    """What was written down."""
    document = json.loads(file.read_text(encoding="utf-8"))
    return {name: Guarded(**values) for name, values in document.items()}


def write(file: Path, rows: Iterable[Row], suites: Iterable[str]) -> None:
    """Write the ratios of some suites down; those of others stay as they are."""
    before = read(file) if file.exists() else {}
    chosen = set(suites)
    kept = {n: v for n, v in before.items() if n.partition(" / ")[0] not in chosen}
    document = {n: asdict(v) for n, v in sorted((kept | guarded(rows)).items())}
    file.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
