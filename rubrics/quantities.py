"""Exact numbers in [0, 1], one type per meaning.

A weight can not be passed where a cap is wanted, and neither can be 1.2, NaN or
negative: such values cannot be constructed.
"""

import math
from decimal import Decimal
from fractions import Fraction

from attrs import field, frozen

from ..core.conversion import kind_of


_LONGEST = 100

Number = Fraction | Decimal | float | str
"""What a person may write: `Fraction(3, 5)`, `"3/5"`, `"0.6"`, `0.6`, `1`."""


def exact(value: Number) -> Fraction:
    """`value` as a fraction; a float stands for exactly the number it stores.

    Raises:
        TypeError: `value` is no number (a boolean is none either).
        ValueError: it is not finite, or a text that holds no number.
    """
    if type(value) is Fraction:
        return value
    if isinstance(value, Fraction):  # a subclass may answer differently next time
        return Fraction(int(value.numerator), int(value.denominator))
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise TypeError(f"expected a number, found {kind_of(value)}")
    if isinstance(value, str):
        return _written(value)
    if isinstance(value, Decimal):
        return _of_decimal(value)
    if not isinstance(value, int) and not math.isfinite(value):
        raise ValueError(f"expected a finite number, found {value}")
    return Fraction(value)


def decimal(text: str) -> Decimal:
    """A number as TOML writes it, underscores included, kept to the last digit."""
    return Decimal(text)


def _written(text: str) -> Fraction:
    """A number as a person writes it: `3/5`, `0.6`, `1`, `6e-1`."""
    shown = f"expected a number, found {text!r:.40}"
    if len(text) > _LONGEST:
        raise ValueError(shown)
    try:
        if "/" in text:
            return Fraction(text)
        return _of_decimal(Decimal(text))
    except (ArithmeticError, ValueError):
        raise ValueError(shown) from None


def _of_decimal(value: Decimal) -> Fraction:
    if not value.is_finite():
        raise ValueError(f"expected a finite number, found {value}")
    _, digits, exponent = value.as_tuple()
    if len(digits) > _LONGEST or not -_LONGEST <= int(exponent) <= _LONGEST:
        # 1e-999999999 as a fraction would fill the memory with zeros.
        raise ValueError("expected a number of at most 100 digits")
    return Fraction(value)


def exact_in_unit_interval(value: Number) -> Fraction:
    """`value` as a fraction in [0, 1]; raises like `exact`, or `ValueError`."""
    number = exact(value)
    if not 0 <= number.numerator <= number.denominator:
        raise ValueError(f"expected a number from 0 to 1, found {value!s:.40}")
    return number


@frozen
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
