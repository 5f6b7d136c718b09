"""Calling a scorer's `score` as the engine would, with the arguments that it takes."""

import inspect
from functools import lru_cache
from typing import Any

from ..core.cases import Case
from ..models import SupportQueueAction


def is_async(scorer: Any) -> bool:
    """Whether the scorer's `score` is a coroutine function."""
    return inspect.iscoroutinefunction(scorer.score)


def call(scorer: Any, case: Case, action: SupportQueueAction) -> Any:
    """What `score` returns; of an async one the coroutine.

    A hook may leave out arguments that it does not need.
    """
    given = {"case": case, "action": action}
    cls: Any = type(scorer)
    return scorer.score(**{name: given[name] for name in _taken(cls)})


@lru_cache(maxsize=8)
def _taken(cls: Any) -> tuple[str, ...]:
    """Which of the two arguments `score` takes."""
    parameters = inspect.signature(cls.score).parameters
    return tuple(name for name in ("case", "action") if name in parameters)
