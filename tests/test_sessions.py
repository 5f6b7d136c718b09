"""Slots: who gets one, who keeps it, who makes room."""

import pytest
from attrs import define

from support_queue_env.core.session import Environment, Session
from support_queue_env.environment import load_environment
from support_queue_env.server.sessions import (
    AtCapacity,
    SessionFailed,
    Sessions,
    SessionUnavailable,
)


ENVIRONMENT: Environment = load_environment()


@define
class Clock:
    """A clock that goes when it is told to."""

    now: float = 0.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def some_sessions(capacity: int = 2, clock: Clock | None = None) -> Sessions:
    """Slots whose sessions idle out after ten seconds."""
    return Sessions(lambda: Session(ENVIRONMENT), capacity, 10.0, clock or Clock())


def test_capacity_is_the_limit() -> None:
    """A WebSocket finds no place when others have them all, and is told how many."""
    sessions = some_sessions()
    sessions.open(attached=True)
    sessions.open(attached=True)

    with pytest.raises(AtCapacity, match="2/2 sessions active"):
        sessions.open(attached=True)


def test_a_place_is_free_at_once_when_its_holder_leaves() -> None:
    """There is no waiting for a timer."""
    sessions = some_sessions(1)
    sessions.leave(sessions.open(attached=True), keep=False)

    assert len(sessions) == 0
    assert sessions.open(attached=True).attached


def test_sessions_made_over_http_do_not_lock_websockets_out() -> None:
    """They get half of the slots, and none of them is given up for another."""
    sessions = some_sessions(4)
    made = [sessions.open(attached=False) for _ in range(2)]

    with pytest.raises(AtCapacity, match="2/2 sessions active"):
        sessions.open(attached=False)

    sessions.open(attached=True)
    sessions.open(attached=True)

    with pytest.raises(AtCapacity, match="4/4 sessions active"):
        sessions.open(attached=True)
    assert made == [sessions.find(held.id) for held in made]


def test_the_only_slot_is_for_websockets() -> None:
    """Half of one slot is none: a session over HTTP is refused, and told why."""
    sessions = some_sessions(1)

    with pytest.raises(AtCapacity, match="this server has one: connect a WebSocket"):
        sessions.open(attached=False)
    assert sessions.open(attached=True).attached


def test_joining_frees_no_share() -> None:
    """Or making, joining and leaving again would take every slot in the end."""
    sessions = some_sessions(4)
    for _ in range(2):
        held = sessions.attach(sessions.open(attached=False).id)

        with pytest.raises(SessionUnavailable):
            sessions.attach(held.id)
    with pytest.raises(AtCapacity, match="2/2"):
        sessions.open(attached=False)


def test_idle_sessions_make_room_for_anybody() -> None:
    """One that nobody joined or used for the idle timeout is given up."""
    clock = Clock()
    sessions = some_sessions(2, clock)
    sessions.open(attached=False)
    clock.now = 11.0

    assert not sessions.open(attached=False).attached


def test_a_joined_session_is_never_given_up() -> None:
    """However long its WebSocket is silent; that has a timeout of its own."""
    clock = Clock()
    sessions = some_sessions(2, clock)
    sessions.open(attached=True)
    held = sessions.attach(sessions.open(attached=False).id)
    clock.now = 1_000.0

    with pytest.raises(AtCapacity):
        sessions.open(attached=True)
    assert sessions.find(held.id) is held


def test_one_websocket_at_a_time() -> None:
    """A session can be joined again only when its WebSocket has left."""
    sessions = some_sessions()
    held = sessions.attach(sessions.open(attached=False).id)

    with pytest.raises(SessionUnavailable, match="already has an attached WebSocket"):
        sessions.attach(held.id)

    sessions.leave(held, keep=True)

    assert sessions.attach(held.id) is held


def test_closing_waits_for_the_websocket() -> None:
    """A joined session that is closed ends when its WebSocket leaves."""
    sessions = some_sessions()
    held = sessions.attach(sessions.open(attached=False).id)

    assert not sessions.close(held.id)

    sessions.leave(held, keep=True)

    assert len(sessions) == 0
    with pytest.raises(SessionUnavailable):
        sessions.close(held.id)


def test_a_session_that_cannot_be_made_takes_no_place() -> None:
    """The reason goes to the log; the caller learns that it failed."""

    def fail() -> Session:
        raise RuntimeError("secret")

    sessions = Sessions(fail, 1, 10.0, Clock())

    with pytest.raises(SessionFailed) as caught:
        sessions.open(attached=True)

    assert len(sessions) == 0
    assert "secret" not in str(caught.value)
