"""What a scorer returns: a `Score`, or `Unscored` when it could not tell."""

from fractions import Fraction
from typing import Annotated

from attrs import field, frozen
from msgspec import Meta

from ..constraints import check_limits
from .quantities import exact_in_unit_interval


@frozen(field_transformer=check_limits)
class Score:
    """A value in [0, 1] and why.

    `value` takes an int, a `Fraction`, a text such as `"3/5"` or a float, and is
    kept exactly; anything outside [0, 1], NaN or a boolean raises. For a penalty
    or a gate it is the severity. `reason` is a short code that trainers may group
    by (`exact`, `adjacent`); the agent sees it, so it must not give the truth away.
    `explanation` is for people: it is sent only with `feedback="full"`.
    """

    value: Fraction = field(converter=exact_in_unit_interval)
    reason: Annotated[str, Meta(min_length=1, max_length=64)]
    explanation: Annotated[str, Meta(max_length=4000)] = ""


@frozen(field_transformer=check_limits)
class Unscored:
    """No number: the scorer could not tell, as a judge that does not answer.

    It is never taken for 0. By default the step is refused and may be retried; a
    component whose rubric says `on_error = "unscored"` is left out and named among
    the faults. `reason` is a short code, as in `Score`.
    """

    reason: Annotated[str, Meta(min_length=1, max_length=64)]
    explanation: Annotated[str, Meta(max_length=4000)] = ""
