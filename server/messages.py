"""WebSocket messages: text in, a message or an error frame out. Pure.

The protocol is OpenEnv's: one JSON object per text frame, `type` and perhaps `data`.
Checks come in this order: JSON, type, envelope; the action follows in the session.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Literal

from attrs import frozen
from msgspec import Struct

from ..core.action_fields import ActionFields, accounts_for, typed_decoder
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


class _Step(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    type: Literal["step"]
    data: ActionFields


_read_step = typed_decoder(_Step)
_STRINGS_AROUND_A_STEP = 3
"""`type`, `step` and `data`."""


def _read_typed(text: str) -> Message | None:
    """The fast path, for a step as clients send it."""
    step = _read_step(text)
    if step is None or not accounts_for(text, step.data, _STRINGS_AROUND_A_STEP):
        return None
    return Message(MessageType.STEP, step.data)


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
