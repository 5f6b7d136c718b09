"""Calls that end: a scorer that does not come back is interrupted, or left behind.

In the main thread an alarm interrupts it, also in the midst of a regular expression.
Elsewhere, and where there is no alarm, it runs in a thread that is abandoned.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any, TypeVar


T = TypeVar("T")


class Hung(BaseException):
    """The call did not come back in time."""


class Stopped(KeyboardInterrupt):
    """A person pressed Ctrl-C; any other KeyboardInterrupt is the scorer's."""


def within(seconds: float, function: Callable[[], T]) -> T:
    """What `function` returns or raises.

    Raises:
        Hung: it took longer than `seconds`.
        Stopped: a person wants to stop.
    """
    if not _can_be_interrupted():
        return _in_a_thread(seconds, function)
    start = monotonic()
    with _alarm(seconds), _ctrl_c():
        result = function()
    if monotonic() - start > seconds:  # it swallowed the alarm
        raise Hung
    return result


def _can_be_interrupted() -> bool:
    return (
        hasattr(signal, "setitimer")
        and threading.current_thread() is threading.main_thread()
    )


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Raise `Hung` after `seconds`; somebody else's alarm rings later, as it should."""
    start = monotonic()
    handler = signal.signal(signal.SIGALRM, _ring)
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        if left:
            rest = max(left - (monotonic() - start), 0.001)
            signal.setitimer(signal.ITIMER_REAL, rest, interval)


@contextmanager
def _ctrl_c() -> Iterator[None]:
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, _press)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _ring(*_: object) -> None:
    raise Hung


def _press(*_: object) -> None:
    raise Stopped


def _in_a_thread(seconds: float, function: Callable[[], T]) -> T:
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.extend((True, function()))
        except BaseException as error:  # noqa: BLE001 - raised again by the caller
            outcome.extend((False, error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcome:
        raise Hung
    fine, result = outcome
    if fine:
        return result  # type: ignore[no-any-return]  # what `function` returned
    raise result
