"""What the load generator counts."""

import os
import time

import pytest
from harness.figures import Row, Spread
from harness.meter import Meter, percentile
from harness.rounds import noted
from hypothesis import given
from hypothesis import strategies as st


@given(
    st.lists(st.integers(0, 10**9), min_size=1), st.integers(min_value=1, max_value=100)
)
def test_a_percentile_is_not_exceeded_by_so_many(
    numbers: list[int], percent: int
) -> None:
    """It is one of them, at least so many do not exceed it, and none less will do."""
    ordered = sorted(numbers)
    found = percentile(ordered, percent)
    below = [n for n in ordered if n < found]

    assert found in ordered
    assert sum(n <= found for n in ordered) * 100 >= percent * len(ordered)
    assert len(below) * 100 < percent * len(ordered)


def test_only_what_is_between_begin_and_end_counts() -> None:
    """What a warm-up has answered is forgotten, with its latencies and its time."""
    meter = Meter(os.getpid())
    meter.operations = 1000
    meter.taken.append(10**9)
    meter.begin()
    spent = time.process_time()
    while time.process_time() - spent < 0.01:
        pass
    meter.operations += 2
    meter.taken.extend([1000, 3000])
    done = meter.end()

    assert 2 == done.operations
    assert (1.0, 3.0) == (done.p50, done.p99)
    assert 0.01 <= done.processor <= done.seconds + 0.005
    assert done.per_second == 2 / done.seconds
    assert done.per_cpu_second == 2 / done.processor


def test_no_answer_is_no_result() -> None:
    """A server that answers nothing has no rate of zero: the load ends."""
    meter = Meter(os.getpid())
    meter.begin()

    with pytest.raises(RuntimeError, match="answered nothing"):
        meter.end()


@pytest.mark.parametrize(("rate", "note"), [(69.0, ""), (71.0, "71% of what the load generator reaches at all")])  # fmt: skip
def test_a_row_near_the_ceiling_says_so(rate: float, note: str) -> None:
    """Beyond 70 % of what the load reaches against nothing, it is part of the figure."""
    row = Row(
        suite="ws",
        case="1 connection",
        figure="steps per second",
        unit="/s",
        better="more",
        ours=Spread(rate, rate, rate),
    )

    assert note == noted(row, 100).note
