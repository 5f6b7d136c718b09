"""WebSocket messages: text in, a message or an error frame out. Pure.

The protocol is OpenEnv's: one JSON object per text frame, `type` and perhaps `data`.
Checks come in this order: JSON, type, envelope; the action follows in the session.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any

from attrs import frozen
from msgspec import UNSET, Struct, UnsetType

from ..core.action_fields import (
    ActionFields,
    accounts_for,
    flat_strings,
    has_strings,
    typed_decoder,
)
from ..core.documents import decode_document
from ..core.errors import Fault, InvalidInput, NotJSON
from .wire import error_entries, plain_word


class ErrorCode(StrEnum):
    """OpenEnv's error codes."""

    INVALID_JSON = "INVALID_JSON"
    UNKNOWN_TYPE = "UNKNOWN_TYPE"
    VALIDATION_ERROR = "VALIDATION_ERROR"
    EXECUTION_ERROR = "EXECUTION_ERROR"
    CAPACITY_REACHED = "CAPACITY_REACHED"
    FACTORY_ERROR = "FACTORY_ERROR"
    SESSION_ERROR = "SESSION_ERROR"


class MessageType(StrEnum):
    """What a client may send."""

    RESET = "reset"
    STEP = "step"
    STATE = "state"
    CLOSE = "close"
    MCP = "mcp"


_TYPES = {str(member): member for member in MessageType}


@frozen
class Message:
    """A well-formed envelope; `data` is not looked into yet.

    It is an object, or for a step perhaps the `ActionFields` of one.
    """

    type: MessageType
    data: Any


class Refused(Exception):
    """A message that gets an error frame; the session goes on."""

    def __init__(self, code: ErrorCode, message: str, **details: Any) -> None:
        self.frame = error_frame(code, message, **details)
        super().__init__(message)


def error_frame(code: ErrorCode, message: str, **details: Any) -> dict[str, Any]:
    """The frame `{"type": "error", …}`; details stand beside message and code."""
    return {"type": "error", "data": {"message": message, "code": code, **details}}


def invalid(faults: Iterable[Fault]) -> Refused:
    """A message whose envelope or action breaks its rules."""
    return Refused(
        ErrorCode.VALIDATION_ERROR, "Invalid message", errors=error_entries(faults)
    )


def read_message(text: str) -> Message:
    """The message that a frame holds.

    Raises:
        Refused: the frame is no message.
    """
    return _read_typed(text) or _read_document(text)


class _Typed(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type"):
    """A message of the fast path. Its type has to be there: there are several."""


class _Step(_Typed, frozen=True, tag="step"):
    data: ActionFields


class _Reset(_Typed, frozen=True, tag="reset"):
    data: dict[str, Any] | UnsetType = UNSET


class _State(_Typed, frozen=True, tag="state"):
    pass


_decoded: Callable[[str | bytes], _Step | _Reset | _State | None]
_decoded = typed_decoder(_Step | _Reset | _State)
_THE_TYPE, _AND_DATA = 2, 3
"""The strings that a message has around its data."""


def _read_typed(text: str) -> Message | None:
    """The fast path, for what clients send most, as they write it."""
    message = _decoded(text)
    if type(message) is _Step:
        if accounts_for(text, message.data, _AND_DATA):
            return Message(MessageType.STEP, message.data)
    elif type(message) is _Reset and message.data is not UNSET:
        flat = flat_strings(message.data)
        if flat and has_strings(text, _AND_DATA + flat[0], flat[1]):
            return Message(MessageType.RESET, message.data)
    elif message is not None and has_strings(text, _THE_TYPE, ()):
        kind = MessageType.RESET if type(message) is _Reset else MessageType.STATE
        return Message(kind, {})
    return None


def _read_document(text: str) -> Message:
    """The slow path: any text, and every fault in it."""
    try:
        document = decode_document(text, "message")
    except NotJSON as error:
        raise Refused(ErrorCode.INVALID_JSON, f"Invalid JSON: {error.reason}") from None
    except InvalidInput as error:
        raise invalid(error.faults) from None
    if not isinstance(document, Mapping):
        raise invalid([Fault((), "model_attributes_type", "expected an object")])
    type_ = _type(document.get("type"))
    faults = list(_envelope_faults(type_, document))
    if faults:
        raise invalid(faults)
    return Message(type_, document.get("data", {}))


def _type(found: object) -> MessageType:
    if isinstance(found, str) and found in _TYPES:
        return _TYPES[found]
    raise Refused(ErrorCode.UNKNOWN_TYPE, f"Unknown message type: {plain_word(found)}")


def _envelope_faults(
    type_: MessageType, document: Mapping[str, Any]
) -> Iterable[Fault]:
    takes_data = type_ in {MessageType.RESET, MessageType.STEP, MessageType.MCP}
    allowed = {"type", "data"} if takes_data else {"type"}
    for key in sorted(document.keys() - allowed):
        yield Fault((key[:64],), "extra_forbidden", "unknown key")
    if not takes_data:
        return
    if "data" not in document:
        if type_ is not MessageType.RESET:
            yield Fault(("data",), "missing", "required field missing")
    elif not isinstance(document["data"], Mapping):
        yield Fault(("data",), "dict_type", "expected an object")
