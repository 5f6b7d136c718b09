"""Limits in annotations: the check at a glance says what the whole check says."""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Meta

from support_queue_env.constraints import (
    NOT_BLANK,
    ONE_LINE,
    _text_violation,
    check_for,
)


LENGTHS = st.none() | st.integers(0, 6)
VALUES = st.text(st.characters(exclude_categories=()), max_size=8) | st.sampled_from(
    [None, 0, 1.5, b"text", ["text"], "\ud800", "\n", " "]
)


@given(LENGTHS, LENGTHS, st.sampled_from([None, NOT_BLANK, ONE_LINE]), VALUES)
@example(None, 0, None, "x")
@example(1, None, None, "\ud800")
def test_a_glance_is_enough(
    least: int | None, most: int | None, pattern: str | None, value: Any
) -> None:
    """Whatever the limits, a value that passes at a glance breaks none of them."""
    meta = Meta(min_length=least, max_length=most, pattern=pattern)
    check = check_for(meta)
    limited = (least, most, pattern) != (None, None, None)

    assert limited == (check is not None)
    if check is not None:
        assert _text_violation(meta, value) == check(value)
