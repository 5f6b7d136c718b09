"""Calling a scorer's `score` as the engine would, with the arguments that it takes."""

import inspect
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
    taken = inspect.signature(scorer.score).parameters
    return scorer.score(**{name: given[name] for name in given if name in taken})
