"""The theorems of the kernel, tried on made-up numbers; `make crosshair` proves them."""

import inspect
import random
import re
from collections.abc import Callable
from fractions import Fraction

import kernel_theorems
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import unit_fractions

from support_queue_env.rubrics.kernel import held, weighted_sum


THEOREMS = [
    function
    for _, function in inspect.getmembers(kernel_theorems, inspect.isfunction)
    if "post: _" in (function.__doc__ or "")
]


@pytest.mark.parametrize("theorem", THEOREMS, ids=lambda theorem: theorem.__name__)
def test_theorems_hold(theorem: Callable[..., bool]) -> None:
    """Wherever its `pre:` holds, a theorem is true."""
    names = inspect.signature(theorem).parameters
    conditions = " and ".join(re.findall("pre: (.*)", theorem.__doc__ or ""))
    rule = compile(conditions, theorem.__name__, "eval")
    numbers = random.Random(4)  # noqa: S311 - not for secrets
    tried = 0
    while tried < 100:
        drawn = {name: numbers.randint(-2, 6) for name in names}
        if eval(rule, {}, drawn):  # noqa: S307 - our own contract
            tried += 1

            assert theorem(**drawn), drawn


def test_there_are_theorems() -> None:
    """Bound, order and clamp are all stated."""
    assert 7 == len(THEOREMS)


@given(st.lists(st.tuples(st.integers(-99, 99), unit_fractions), max_size=8))
def test_the_sum_is_exact(terms: list[tuple[int, Fraction]]) -> None:
    """Whatever the denominators, and for any number of terms."""
    numerator, denominator = weighted_sum([a for a, _ in terms], [v for _, v in terms])
    expected = sum((a * v for a, v in terms), Fraction(0))

    assert expected == Fraction(numerator, denominator)


@given(st.fractions(max_value=1), st.lists(unit_fractions, max_size=4))
def test_what_is_held_is_the_definition(raw: Fraction, caps: list[Fraction]) -> None:
    """The least of the caps and what is left of raw above 0."""
    assert min([max(Fraction(0), raw), *caps]) == held(raw, Fraction(0), caps)
