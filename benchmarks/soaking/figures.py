"""What a scenario measures, and the bar that it is held to."""

from collections.abc import Callable

from attrs import frozen


@frozen
class Figure:
    """One line of the table.

    Args:
        name: what was measured.
        bar: what is asked for, in words.
        measured: what was found, in words.
        holds: whether that is within the bar.
    """

    name: str
    bar: str
    measured: str
    holds: bool


Scenario = Callable[[], list[Figure]]


def at_most(name: str, bar: float, measured: float, unit: str) -> Figure:
    """A figure that must not exceed its bar."""
    return Figure(
        name, f"at most {bar:g} {unit}", f"{measured:.4g} {unit}", measured <= bar
    )


def at_least(name: str, bar: float, measured: float, unit: str = "") -> Figure:
    """A figure that must reach its bar."""
    words = f" {unit}".rstrip()
    return Figure(
        name, f"at least {bar:g}{words}", f"{measured:.4g}{words}", measured >= bar
    )


def equal(name: str, bar: object, measured: object) -> Figure:
    """A figure that must be exactly its bar."""
    return Figure(name, str(bar), str(measured), bar == measured)
