"""Whole episodes, and what each of their actions earns."""

from functools import cache
from typing import Any

from answers import TASKS, environment, task, varied

from support_queue_env.core.session import Session
from support_queue_env.evaluation.heuristic import HeuristicPolicy
from support_queue_env.models import (
    ResetOptions,
    SupportQueueAction,
    SupportQueueObservation,
)


TASK_IDS = tuple(TASKS)


def heuristic() -> HeuristicPolicy:
    """A policy that earns something on every ticket, not all of it."""
    return HeuristicPolicy()


@cache
def heuristic_rewards(task_id: str) -> tuple[float, ...]:
    """What the heuristic policy earns in this process, ticket by ticket."""
    policy, session = heuristic(), Session(environment())
    seen = session.reset(ResetOptions(task_id=task_id))
    rewards = []
    while not seen.done:
        seen = session.step(policy.act(seen))
        rewards.append(paid(seen))
    return tuple(rewards)


def oracle_actions(task_id: str) -> list[SupportQueueAction]:
    """The actions that earn 1.0 each."""
    return [case.gold.oracle() for case in task(task_id).cases]


def script(number: int) -> tuple[str, list[Any]]:
    """A task and actions for it; other numbers play other episodes."""
    task_id = TASK_IDS[number % len(TASK_IDS)]
    return task_id, varied(task_id, number)


@cache
def script_rewards(number: int) -> tuple[float, ...]:
    """What a script earns in this process, played alone."""
    task_id, actions = script(number)
    session = Session(environment())
    session.reset(ResetOptions(task_id=task_id))
    return tuple(paid(session.step(session.read_action(a))) for a in actions)


def paid(seen: SupportQueueObservation) -> float:
    """The reward of a step, which always has one."""
    assert seen.reward is not None
    return seen.reward
