"""The reply to a message of `WS /ws`: at once where nothing has to be waited for."""

import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from attrs import frozen

from ..core.conversion import unstructure
from ..core.documents import encode_document
from ..core.episode import Episode
from ..core.errors import Fault, InvalidInput, SupportQueueError
from ..core.session import Session, read_reset_options
from ..models import SupportQueueAction, SupportQueueObservation
from .messages import (
    ErrorCode,
    Message,
    MessageType,
    Refused,
    error_frame,
    invalid,
    read_message,
)
from .replies import log_cause
from .wire import encoded_socket_observation, encoded_socket_step, error_entries


log = logging.getLogger(__name__)

MAX_TEXT = 64 * 1024
"""Characters of a message, as many as bytes of an HTTP body."""

Reply = bytes | None
"""A frame as JSON; None ends the conversation."""

Later = Coroutine[Any, Any, Reply]

Answer = Callable[[str | None], Reply | Later]
"""A text frame (None: a binary one) to the reply, or to one that takes time.

It never raises, and neither does the coroutine.
"""


# Looking a member up takes as long as a scorer.
_STEP, _RESET = MessageType.STEP, MessageType.RESET
_STATE, _MCP = MessageType.STATE, MessageType.MCP


@frozen(eq=False)
class Answers:
    """Answers the messages of one session; `mcp` its JSON-RPC requests."""

    session: Session
    mcp: Callable[[object], Awaitable[Mapping[str, Any]]]

    def __call__(self, text: str | None) -> Reply | Later:
        """The reply to one message; None for `close`."""
        try:
            reply = self._perform(_message(text))
        except Exception as error:  # noqa: BLE001 - whatever it is, the client is told
            return explained(error)
        if reply is None or isinstance(reply, bytes):
            return reply
        return self._later(reply)

    async def _later(self, reply: Later) -> Reply:
        try:
            return await reply
        except Exception as error:  # noqa: BLE001 - whatever it is, the client is told
            return explained(error)

    def _perform(self, message: Message) -> Reply | Later:
        session, kind = self.session, message.type
        if kind is _STEP:
            action = self._action(message.data)
            if session.steps_at_once:
                return encoded_socket_step(session.advance(action))
            return _advanced(session.advance_async(action))
        if kind is _RESET:
            options, ignored = read_reset_options(message.data)
            if session.resets_at_once:
                return encoded_socket_observation(session.reset(options, ignored))
            return _observed(session.reset_async(options, ignored))
        if kind is _STATE:
            state = unstructure(session.state)
            return encode_document({"type": "state", "data": state})
        return self._call(message.data) if kind is _MCP else None

    def _action(self, data: object) -> SupportQueueAction:
        try:
            return self.session.read_action(data)
        except InvalidInput as error:
            raise invalid(error.faults) from None

    async def _call(self, request: object) -> Reply:
        return encode_document({"type": "mcp", "data": await self.mcp(request)})


async def _advanced(step: Coroutine[Any, Any, Episode]) -> Reply:
    return encoded_socket_step(await step)


async def _observed(reset: Coroutine[Any, Any, SupportQueueObservation]) -> Reply:
    return encoded_socket_observation(await reset)


def _message(text: str | None) -> Message:
    if text is None:
        words = "Invalid JSON: expected a text frame"
        raise Refused(ErrorCode.INVALID_JSON, words)
    if len(text) > MAX_TEXT:
        rule = f"expected at most {MAX_TEXT} characters"
        raise invalid([Fault((), "too_long", rule)])
    return read_message(text)


def explained(error: Exception) -> bytes:
    """The frame that tells the client of an error, and no more than it should know."""
    if isinstance(error, Refused):
        return encode_document(error.frame)
    if isinstance(error, InvalidInput):
        entries = error_entries(error.faults)
        frame = error_frame(ErrorCode.EXECUTION_ERROR, error.public, errors=entries)
    elif isinstance(error, SupportQueueError):
        log_cause(error)
        frame = error_frame(ErrorCode.EXECUTION_ERROR, error.public)
    else:
        log.error("a message could not be handled", exc_info=error)
        frame = error_frame(ErrorCode.EXECUTION_ERROR, "internal error")
    return encode_document(frame)
