"""What became of a call to a scorer: a value, or a fault with a name. Never an exception."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from attrs import frozen

from ...core.errors import FaultKind, said


@frozen
class Returned:
    """The call came back with this; whether it is a score is for others to see."""

    value: Any


@frozen
class Failed:
    """The call gave nothing. `words` are for the log, and may quote the plugin."""

    kind: FaultKind
    words: str
    error: BaseException | None = None


Outcome = Returned | Failed


class Faulty(Exception):
    """Carries a fault through the wrappers around a scorer."""

    def __init__(self, failed: Failed) -> None:
        self.failed = failed
        super().__init__(failed.words)


def outcome_of(call: Callable[[], Any]) -> Outcome:
    """Call it, and keep whatever it raises: not even an exit ends a thread of ours."""
    try:
        return Returned(call())
    except BaseException as error:  # noqa: BLE001 - a plugin may raise anything
        return raised(error)


async def outcome_of_async(call: Callable[[], Awaitable[Any]]) -> Outcome:
    """The same for a coroutine; only our own cancellation passes through."""
    try:
        return Returned(await call())
    except BaseException as error:
        task = asyncio.current_task()
        ours = isinstance(error, asyncio.CancelledError) and task and task.cancelling()
        if ours:
            raise
        return raised(error)


def raised(error: BaseException) -> Failed:
    """An exception as an outcome."""
    if isinstance(error, Faulty):
        return error.failed
    return Failed(FaultKind.RAISED, f"it raised {said(error)}", error)
