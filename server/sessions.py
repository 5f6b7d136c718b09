"""The sessions of one server: how many there may be, and who holds which.

A WebSocket has a session for as long as it is open. A session made by JSON-RPC
(`openenv/session/create`) outlives its requests and may be joined by one WebSocket at
a time. Such sessions get half of the slots at most, so that a server with one slot has
none for them; one that is left alone for longer than the idle timeout is dropped when
room is needed.
"""

import logging
import uuid
from collections.abc import Callable

from attrs import define, field

from ..core.errors import SupportQueueError
from ..core.session import Session
from .refusals import Refusals
from .wire import plain_word


log = logging.getLogger(__name__)


class AtCapacity(SupportQueueError):
    """No slot is free; with a `maximum` of 0 there is none to be had."""

    def __init__(self, active: int, maximum: int) -> None:
        self.active = active
        self.maximum = maximum
        super().__init__(
            f"Server at capacity: {active}/{maximum} sessions active. "
            "Cannot accept new connections."
            if maximum
            else "Sessions made over HTTP get half of the slots, and this server has "
            "one: connect a WebSocket, or have it started with more --max-sessions."
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
    made_by_request: bool
    closing: bool = False


@define
class Sessions:
    """Slots, and the sessions in them by id.

    Args:
        open_session: makes a session; whatever it raises becomes `SessionFailed`.
        capacity: how many sessions there may be.
        idle_timeout: seconds after which an unattached session may be dropped.
        clock: a monotonic clock in seconds.
        refusals: where those turned away are counted.
    """

    open_session: Callable[[], Session]
    capacity: int
    idle_timeout: float
    clock: Callable[[], float]
    refusals: Refusals = field(factory=Refusals)
    _held: dict[str, Held] = field(init=False, factory=dict)

    def __len__(self) -> int:
        return len(self._held)

    def by_kind(self) -> dict[str, int]:
        """How many there are, by what made them: a `websocket`, or a `request`."""
        made = sum(held.made_by_request for held in self._held.values())
        return {"websocket": len(self._held) - made, "request": made}

    def open(self, *, attached: bool) -> Held:
        """A new session in a slot of its own.

        Raises:
            AtCapacity: no slot is free.
            SessionFailed: the session could not be made.
        """
        self._require_room(attached=attached)
        try:
            session = self.open_session()
        except Exception as error:
            log.exception("a session could not be made")
            raise SessionFailed from error
        held = Held(
            str(uuid.uuid4()),
            session,
            self.clock(),
            attached=attached,
            made_by_request=not attached,
        )
        self._held[held.id] = held
        return held

    def _require_room(self, *, attached: bool) -> None:
        if self._refusal(attached=attached):
            self._drop_idle()
        if refusal := self._refusal(attached=attached):
            self.refusals.count("capacity")
            raise refusal

    def _refusal(self, *, attached: bool) -> AtCapacity | None:
        """Why there is no room, if there is none.

        Sessions made by a request get half of the slots at most, joined or not: they
        cost a caller nothing to make, and a flood of them must not lock WebSockets
        out.
        """
        if len(self._held) >= self.capacity:
            return AtCapacity(len(self._held), self.capacity)
        if attached:
            return None
        made = sum(held.made_by_request for held in self._held.values())
        share = self.capacity // 2
        return AtCapacity(made, share) if made >= share else None

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

    def _drop_idle(self) -> None:
        """Drop sessions that no WebSocket has joined and nobody used for long."""
        expired = self.clock() - self.idle_timeout
        for held in list(self._held.values()):
            if not held.attached and held.last_used < expired:
                del self._held[held.id]
