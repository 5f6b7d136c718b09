"""Results made of logged episodes are those that playing them gave."""

import pytest
from attrs import evolve
from memory_log import MemoryLog

from support_queue_env.environment import load_environment
from support_queue_env.evaluation.connection import Connection
from support_queue_env.evaluation.heuristic import HeuristicPolicy
from support_queue_env.evaluation.runner import play
from support_queue_env.evaluation.stored_results import result_of
from support_queue_env.server.application import create_application
from support_queue_env.server.running import embedded
from support_queue_env.server.settings import Settings


@pytest.mark.parametrize("rubric", ["classic", "strict"])
def test_a_result_of_the_log_is_the_result_of_playing(rubric: str) -> None:
    """Rewards, score, digests: all of it, for each task."""
    log = MemoryLog()
    environment = evolve(load_environment(), log=log)
    settings = Settings(port=0)
    with (
        embedded(create_application(environment, settings), settings) as url,
        Connection(url) as connection,
    ):
        played = [
            play(connection, HeuristicPolicy(), task.task_id, rubric=rubric)
            for task in environment.tasks
        ]
    assert [result_of(stored) for stored in log.episodes.values()] == played


def test_an_interrupted_episode_has_no_score() -> None:
    """It is no 0: it has an error instead."""
    log = MemoryLog()
    environment = evolve(load_environment(), log=log)
    settings = Settings(port=0)
    with (
        embedded(create_application(environment, settings), settings) as url,
        Connection(url) as connection,
    ):
        seen = connection.reset()
        connection.step(HeuristicPolicy().act(seen))
    (stored,) = log.episodes.values()
    result = result_of(stored)
    assert (result.score, result.error) == (None, "it was interrupted")
    assert len(result.rewards) == 1
