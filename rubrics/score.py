"""What a scorer returns."""

from fractions import Fraction

from attrs import field, frozen

from .quantities import exact_in_unit_interval


@frozen
class Score:
    """A value in [0, 1] and why.

    `value` takes an int, a `Fraction`, a text such as `"3/5"` or a float, and is
    kept exactly; anything outside [0, 1], NaN or a boolean raises. For a penalty
    or a gate it is the severity. `reason` is a short code that trainers may group
    by (`exact`, `adjacent`); the agent sees it, so it must not give the truth away.
    `explanation` and `evidence` are for people and logs and never reach the agent.
    """

    value: Fraction = field(converter=exact_in_unit_interval)
    reason: str
    explanation: str = ""
    evidence: tuple[str, ...] = ()
