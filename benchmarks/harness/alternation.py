"""Measuring two things in turn, A B B A, so that a drift of the machine hits both alike."""

from collections.abc import Callable
from typing import Generic, Literal, TypeVar

from attrs import frozen


T = TypeVar("T")

Side = Literal["A", "B"]


@frozen
class Rounds(Generic[T]):
    """What each side gave, in order; the n-th of both were neighbours in time."""

    ours: list[T]
    reference: list[T]


def order(repeats: int) -> list[Side]:
    """A B B A that many times: each pair holds both, and each leads as often."""
    once: list[Side] = ["A", "B", "B", "A"]
    return once * repeats


def alternated(
    ours: Callable[[], T], reference: Callable[[], T], repeats: int
) -> Rounds[T]:
    """Call both in the order A B B A."""
    rounds: Rounds[T] = Rounds([], [])
    for side in order(repeats):
        if side == "A":
            rounds.ours.append(ours())
        else:
            rounds.reference.append(reference())
    return rounds
