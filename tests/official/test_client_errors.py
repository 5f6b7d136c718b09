"""What openenv's clients tell their users when the server refuses."""

from typing import Any

import pytest
from answers import ACTION, oracle, without
from openenv.core import GenericEnvClient

from support_queue_env.client import SupportQueueEnv
from support_queue_env.models import SupportQueueAction


TASK = "easy_inbox_cleanup"


@pytest.mark.parametrize(
    ("action", "code"),
    [
        (without("queue"), "VALIDATION_ERROR"),
        (ACTION | {"priority": "P9"}, "VALIDATION_ERROR"),
        (ACTION | {"confidence": 2}, "VALIDATION_ERROR"),
        (ACTION | {"mood": "good"}, "VALIDATION_ERROR"),
        ({}, "VALIDATION_ERROR"),
    ],
    ids=["missing", "label", "range", "unknown", "empty"],
)
def test_a_bad_action(server: str, action: dict[str, Any], code: str) -> None:
    """A refused action is a RuntimeError with the code, and costs nothing."""
    with GenericEnvClient(base_url=server).sync() as env:
        env.reset(task_id=TASK)
        with pytest.raises(RuntimeError, match=rf"\(code: {code}\)"):
            env.step(action)
        results = [env.step(right) for right in oracle(TASK)]

    assert [1.0, 1.0] == [result.reward for result in results]


def test_a_step_before_the_first_reset(server: str) -> None:
    """The user reads that reset comes first."""
    with (
        SupportQueueEnv(base_url=server).sync() as env,
        pytest.raises(RuntimeError, match=r"reset.*\(code: EXECUTION_ERROR\)"),
    ):
        env.step(SupportQueueAction(**ACTION))


def test_a_step_after_the_last_ticket(server: str) -> None:
    """The user reads that the episode is over; its state is still there."""
    with GenericEnvClient(base_url=server).sync() as env:
        env.reset(task_id=TASK)
        for action in oracle(TASK):
            env.step(action)
        with pytest.raises(RuntimeError, match=r"\(code: EXECUTION_ERROR\)"):
            env.step(ACTION)

        assert 2 == env.state()["step_count"]


def test_an_unknown_task(server: str) -> None:
    """The user reads which tasks there are, and may go on with one of them."""
    with GenericEnvClient(base_url=server).sync() as env:
        with pytest.raises(RuntimeError, match=rf"{TASK}.*\(code: EXECUTION_ERROR\)"):
            env.reset(task_id="no_such_task")

        assert 2 == env.reset(task_id=TASK).observation["total_tickets"]


def test_a_bad_seed(server: str) -> None:
    """A reset option that breaks its rules is an EXECUTION_ERROR that names it."""
    with (
        GenericEnvClient(base_url=server).sync() as env,
        pytest.raises(RuntimeError, match=r"seed.*\(code: EXECUTION_ERROR\)"),
    ):
        env.reset(seed=-1)
