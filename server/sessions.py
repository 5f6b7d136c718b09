"""The sessions of one server: how many there may be, and who holds which.

A WebSocket has a session for as long as it is open. A session made by JSON-RPC
(`openenv/session/create`) outlives its requests and may be joined by one WebSocket at
a time; left alone for longer than the idle timeout, it is dropped when room is needed.
"""

import logging
import uuid
from collections.abc import Callable

from attrs import define, field

from ..core.errors import SupportQueueError
from ..core.session import Session
from .wire import plain_word


log = logging.getLogger(__name__)


class AtCapacity(SupportQueueError):
    """No slot is free."""

    def __init__(self, active: int, maximum: int) -> None:
        self.active = active
        self.maximum = maximum
        super().__init__(
            f"Server at capacity: {active}/{maximum} sessions active. "
            "Cannot accept new connections."
        )


class SessionFailed(SupportQueueError):
    """The environment could not make a session; the log says why."""

    factory_name = "Session"

    def __init__(self) -> None:
        super().__init__(
            f"Environment factory '{self.factory_name}' failed to create instance."
        )


class SessionUnavailable(SupportQueueError):
    """A session id that is unknown, or whose session has a WebSocket already."""


@define(eq=False)
class Held:
    """A session that occupies a slot."""

    id: str
    session: Session
    last_used: float
    attached: bool
    closing: bool = False


@define
class Sessions:
    """Slots, and the sessions in them by id.

    Args:
        open_session: makes a session; whatever it raises becomes `SessionFailed`.
        capacity: how many sessions there may be.
        idle_timeout: seconds after which an unattached session may be dropped.
        clock: a monotonic clock in seconds.
    """

    open_session: Callable[[], Session]
    capacity: int
    idle_timeout: float
    clock: Callable[[], float]
    _held: dict[str, Held] = field(init=False, factory=dict)

    def __len__(self) -> int:
        return len(self._held)

    def open(self, *, attached: bool) -> Held:
        """A new session in a slot of its own.

        Raises:
            AtCapacity: no slot is free.
            SessionFailed: the session could not be made.
        """
        if len(self._held) >= self.capacity:
            self._make_room(for_socket=attached)
        if len(self._held) >= self.capacity:
            raise AtCapacity(len(self._held), self.capacity)
        try:
            session = self.open_session()
        except Exception as error:
            log.exception("a session could not be made")
            raise SessionFailed from error
        held = Held(str(uuid.uuid4()), session, self.clock(), attached)
        self._held[held.id] = held
        return held

    def attach(self, session_id: str) -> Held:
        """Join a WebSocket to a session that was made without one.

        Raises:
            SessionUnavailable: there is no such session, or it is joined already.
        """
        held = self.find(session_id)
        if held.attached:
            raise SessionUnavailable(
                f"Session {held.id} already has an attached WebSocket"
            )
        held.attached = True
        return held

    def find(self, session_id: str) -> Held:
        """The session of that id, which counts as used now.

        Raises:
            SessionUnavailable: there is none.
        """
        try:
            held = self._held[session_id]
        except KeyError:
            raise SessionUnavailable(
                f"Unknown session_id: {plain_word(session_id)}"
            ) from None
        held.last_used = self.clock()
        return held

    def leave(self, held: Held, *, keep: bool) -> None:
        """The WebSocket of `held` is gone; `keep` what it had only joined."""
        held.attached = False
        held.last_used = self.clock()
        if not keep or held.closing:
            self._held.pop(held.id, None)

    def close(self, session_id: str) -> bool:
        """End a session; False when it ends once its WebSocket has gone.

        Raises:
            SessionUnavailable: there is none.
        """
        held = self.find(session_id)
        if held.attached:
            held.closing = True
            return False
        del self._held[session_id]
        return True

    def _make_room(self, *, for_socket: bool) -> None:
        """Drop sessions that nobody is joined to: the idle ones, or else one.

        That one goes only for a WebSocket, whose client is there and waiting; a
        flood of sessions made over HTTP could lock them all out otherwise.
        """
        loose = [held for held in self._held.values() if not held.attached]
        loose.sort(key=lambda held: held.last_used)
        expired = self.clock() - self.idle_timeout
        idle = [held for held in loose if held.last_used < expired]
        for held in idle or (loose[:1] if for_socket else ()):
            del self._held[held.id]
