"""What a suite finds: rows of figures, each with its spread, ratio and aim.

A ratio is always ours divided by the reference in the unit of the row, so what counts as
better depends on the unit: more steps per CPU-second, fewer microseconds.
"""

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Literal, Self

from attrs import frozen


Better = Literal["more", "less"]


class Skipped(Exception):
    """What cannot be measured here; the message says why."""


@frozen
class Spread:
    """Several measurements of one thing: their median, the least and the most."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, measured: Iterable[float]) -> Self:
        """Of at least one number."""
        numbers = list(measured)
        return cls(median(numbers), min(numbers), max(numbers))


def ratio_of(ours: Sequence[float], reference: Sequence[float]) -> Spread:
    """Ours divided by the reference, round by round.

    Give the rounds in the order in which they were measured: neighbours in time are
    compared, so what the machine did in between weighs as little as it can.
    """
    return Spread.of(a / b for a, b in zip(ours, reference, strict=True))


@frozen
class Aim:
    """What a figure is held to.

    Args:
        bound: the least or the most that is allowed.
        sense: whether it has to be reached or must not be exceeded.
        of: the ratio to the reference, or our own figure in the unit of the row.
    """

    bound: float
    sense: Literal["at least", "at most"]
    of: Literal["ratio", "ours"] = "ratio"

    def met_by(self, value: float) -> bool:
        """Whether a value is within the bound."""
        return value >= self.bound if self.sense == "at least" else value <= self.bound


def at_least(bound: float, of: Literal["ratio", "ours"] = "ratio") -> Aim:
    """A figure that should reach its bound."""
    return Aim(bound, "at least", of)


def at_most(bound: float, of: Literal["ratio", "ours"] = "ratio") -> Aim:
    """A figure that should not exceed its bound."""
    return Aim(bound, "at most", of)


@frozen(kw_only=True)
class Surroundings:
    """What else the machine did while a row was measured.

    Args:
        load: the load average of a minute, at the end; ours and the load generator's
            processes are part of it.
        steal: the share of processor time that the hypervisor gave to others, in [0, 1].
    """

    load: float
    steal: float


@frozen(kw_only=True)
class Row:
    """One figure of one case.

    Args:
        suite: the suite's name.
        case: under what conditions, in words; unique in a suite with `figure`.
        figure: what was measured, in words.
        unit: of `ours` and `reference`.
        better: whether more or less of it is better.
        ours: what we need or reach.
        reference: the same of what we compare with; None when it has no such thing.
        ratio: ours divided by the reference.
        against: what the reference is.
        aim: what the figure is held to, if anything.
        note: what a reader has to know of this row, in a few words.
        guarded: whether `make bench-check` holds the ratio.
        detail: whether the row is only for the document, not for the page.
        surroundings: of the rounds, where they were noted.
    """

    suite: str
    case: str
    figure: str
    unit: str
    better: Better
    ours: Spread
    reference: Spread | None = None
    ratio: Spread | None = None
    against: str = "official"
    aim: Aim | None = None
    note: str = ""
    guarded: bool = False
    detail: bool = False
    surroundings: Surroundings | None = None

    @property
    def name(self) -> str:
        """Of the row among all rows of all suites."""
        return f"{self.suite} / {self.case} / {self.figure}"

    @property
    def met(self) -> bool | None:
        """Whether the aim is met by the median; None without an aim, or a ratio for it."""
        if self.aim is None:
            return None
        if self.aim.of == "ours":
            return self.aim.met_by(self.ours.median)
        return None if self.ratio is None else self.aim.met_by(self.ratio.median)


def compared(ours: Sequence[float], reference: Sequence[float], **row: object) -> Row:
    """A row with both sides measured in turn, so that there is a ratio."""
    return Row(
        ours=Spread.of(ours),
        reference=Spread.of(reference),
        ratio=ratio_of(ours, reference),
        **row,  # type: ignore[arg-type]  # the fields of a row, checked by its class
    )
