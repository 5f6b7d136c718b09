"""The suite that measures the engine in process."""

import pytest
from harness.engine_calls import LONGEST, STEP, engine_calls
from harness.plan import PLANS
from suites import engine

from support_queue_env.models import SupportQueueObservation


@pytest.mark.parametrize("case", engine.CASES, ids=lambda case: case.name)
def test_every_call_can_be_made(case: engine.Case) -> None:
    """Each call works, as often as one likes, for each rubric."""
    calls = engine_calls(case.rubric, long=case.long)
    for call in calls.values():
        call()
    observation = calls[STEP]()

    assert isinstance(observation, SupportQueueObservation)
    assert 1.0 == observation.reward or case.long


def test_the_longest_reply() -> None:
    """A long reply is as long as one may be, and none is like another."""
    calls = engine_calls("classic", long=True)
    making = next(call for name, call in calls.items() if "making" in name)
    texts = [getattr(making(), "response", "") for _ in range(3)]

    assert [LONGEST] * 3 == [len(text) for text in texts]
    assert 3 == len(set(texts))


def test_a_row_has_its_aim_and_a_ratio_to_the_hash() -> None:
    """The classic step is held to microseconds, and the guard to its ratio."""
    (case, *_) = engine.CASES
    call = engine_calls(case.rubric, long=False)[STEP]
    row = engine.of_call(case, STEP, call, PLANS["smoke"], guarded=True)

    assert row.met is not None
    assert row.guarded
    assert row.ratio is not None
    assert 0 < row.ratio.median
    assert "classic" in row.name
