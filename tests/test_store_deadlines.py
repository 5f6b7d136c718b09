"""One timer tells everybody who waits for a database when it has been too long."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st
from stores import played, started

from support_queue_env.core.errors import NotRecorded
from support_queue_env.store.deadlines import Deadlines
from support_queue_env.store.waiting import Waiting


EPISODE = played()
SECONDS = 10.0


class Clock:
    """An event loop on which time passes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        """The time that was set."""
        return self.now

    def call_later(self, delay: float, callback: Callable[[], None]) -> object:
        """Remember it for `pass_to`."""
        self.timers.append((self.now + delay, callback))
        return callback

    def pass_to(self, moment: float) -> None:
        """Let time pass, and what is due happen in time."""
        while due := [timer for timer in self.timers if timer[0] <= moment]:
            timer = min(due, key=lambda timer: timer[0])
            self.timers.remove(timer)
            self.now = timer[0]
            timer[1]()
        self.now = moment


def expire(waiting: Waiting) -> None:
    """As the writer does it."""
    if not waiting.done:
        waiting.expired = True
        waiting.error = NotRecorded("too slow", in_doubt=True)


@given(
    st.lists(
        st.tuples(
            st.floats(0, 5),
            st.none() | st.floats(0, 30),
            st.booleans(),
        ),
        max_size=12,
    )
)
def test_who_waits_too_long_is_told_in_time(
    given_: list[tuple[float, float | None, bool]],
) -> None:
    """Told at the deadline are those, and only those, not answered before it."""
    loop, real = Clock(), asyncio.new_event_loop()
    deadlines = Deadlines(cast("Any", loop), SECONDS, expire)
    came: list[tuple[float, float | None, asyncio.Future[None]]] = []
    told: dict[int, float] = {}
    moment = 0.0
    for number, (pause, answered_after, answered_at_last) in enumerate(given_):
        moment += pause
        _answer(loop, came, until=moment)
        loop.pass_to(moment)
        future = real.create_future()
        waiting = Waiting(started("k", EPISODE[0]), moment, future)
        # The writer has it already; the loop is about to be told.
        waiting.done = answered_at_last and answered_after is None
        deadlines.add(waiting, future)
        late = None if answered_after is None else moment + answered_after
        came.append((moment, late, future))
        told[number] = moment + SECONDS
    _answer(loop, came, until=moment + 100)
    loop.pass_to(moment + 100)

    assert not loop.timers
    for (at, answered, future), (_, _, done) in zip(came, given_, strict=True):
        if answered is not None and answered < at + SECONDS:
            assert future.result() is None
        elif answered is None and done:
            assert not future.done()
        elif answered != at + SECONDS:
            assert isinstance(future.exception(), NotRecorded)
        else:
            future.exception()
    real.close()


def _answer(
    loop: Clock,
    came: list[tuple[float, float | None, "asyncio.Future[None]"]],
    until: float,
) -> None:
    """What the database answers up to that moment, in the order of moments."""
    due = [entry for entry in came if entry[1] is not None and entry[1] <= until]
    for _, answered, future in sorted(due, key=lambda entry: entry[1] or 0.0):
        loop.pass_to(max(loop.now, answered or 0.0))
        if not future.done():
            future.set_result(None)


def test_one_timer_for_all() -> None:
    """However many wait, one timer is armed, and those answered are not kept."""
    loop, real = Clock(), asyncio.new_event_loop()
    deadlines = Deadlines(cast("Any", loop), SECONDS, expire)
    for _ in range(1000):
        future = real.create_future()
        deadlines.add(Waiting(started("k", EPISODE[0]), 0.0, future), future)
        future.set_result(None)

    assert len(loop.timers) == 1
    assert len(deadlines._waiting) == 1
    loop.pass_to(SECONDS)
    assert not loop.timers
    assert not deadlines._waiting
    real.close()
