"""Exact numbers in [0, 1], one type per meaning.

A weight can not be passed where a cap is wanted, and neither can be 1.2, NaN or
negative: such values cannot be constructed.
"""

import math
from decimal import Decimal
from fractions import Fraction

from attrs import field, frozen


Number = Fraction | Decimal | float | str
"""What a person may write: `Fraction(3, 5)`, `"3/5"`, `"0.6"`, `0.6`, `1`."""


def exact(value: Number) -> Fraction:
    """`value` as a fraction; a float stands for exactly the number it stores.

    Raises:
        TypeError: `value` is no number (a boolean is none either).
        ValueError: it is not finite, or a text that holds no number.
    """
    if isinstance(value, Fraction):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise TypeError(f"expected a number, found {type(value).__name__}")
    if isinstance(value, float | Decimal) and not math.isfinite(value):
        raise ValueError(f"expected a finite number, found {value}")
    try:
        return Fraction(value)
    except ZeroDivisionError:
        raise ValueError(f"expected a number, found {value!r}") from None
    except ValueError:
        raise ValueError(f"expected a number, found {value!r:.40}") from None


def exact_in_unit_interval(value: Number) -> Fraction:
    """`value` as a fraction in [0, 1]; raises like `exact`, or `ValueError`."""
    number = exact(value)
    if not 0 <= number.numerator <= number.denominator:
        raise ValueError(f"expected a number from 0 to 1, found {float(number):g}")
    return number


@frozen(order=True)
class UnitQuantity:
    """An exact number in [0, 1]. Use the subclass that says what it means."""

    value: Fraction = field(converter=exact_in_unit_interval)

    def __str__(self) -> str:
        return str(self.value)


class Weight(UnitQuantity):
    """A criterion's share of the reward; the weights of a rubric sum to 1."""


class Credit(UnitQuantity):
    """What a partly right answer earns."""


class Amount(UnitQuantity):
    """What a penalty takes away at full severity."""


class Cap(UnitQuantity):
    """The most that a reward can be once a gate has closed."""
