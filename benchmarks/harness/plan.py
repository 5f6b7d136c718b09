"""How much a run measures."""

from typing import Literal

from attrs import frozen


Length = Literal["smoke", "guard", "short", "full"]
"""smoke is for tests: the shortest that goes through everything once."""


@frozen(kw_only=True)
class Plan:
    """What `bench.py` asks of every suite.

    Args:
        length: guard measures only rows that are guarded, short those with an aim and
            what is cheap, full everything.
        seconds: that one round lasts.
        repeats: of the order A B B A, so there are twice as many rounds of each.
    """

    length: Length
    seconds: float
    repeats: int

    @property
    def full(self) -> bool:
        """Whether everything is wanted."""
        return self.length == "full"


PLANS: dict[Length, Plan] = {
    "smoke": Plan(length="smoke", seconds=0.1, repeats=1),
    "guard": Plan(length="guard", seconds=1.0, repeats=2),
    "short": Plan(length="short", seconds=1.0, repeats=1),
    "full": Plan(length="full", seconds=2.0, repeats=2),
}
