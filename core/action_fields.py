"""The fast path of reading an action: typed JSON text to checked fields.

A text is read straight into a struct, so that nothing is looked at twice. What the fast
reader takes more leniently than `decode_document` and `structure_action` do, or refuses
in other words, is left to those two: the fast path gives their value or None, never an
error and never another value (decision 0016).
"""

from collections.abc import Callable, Iterable, Mapping
from types import UnionType
from typing import Any, Final, TypeVar

import msgspec
from msgspec import UNSET, Struct, UnsetType

from ..models import Label, Response, Summary, SupportQueueAction


T = TypeVar("T")


class ActionFields(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """An action as it was sent; its lengths are right, its labels not looked up yet.

    A struct of yours that has one as a field is read by `typed_decoder`, and is to be
    trusted when `accounts_for` says so.
    """

    priority: Label
    queue: Label
    disposition: Label
    summary: Summary
    response: Response
    confidence: Any = UNSET
    metadata: dict[str, Any] | UnsetType = UNSET

    def action(self) -> SupportQueueAction:
        """The action, its labels unchecked; only for fields that were accounted for."""
        action = _new(SupportQueueAction)
        confidence = self.confidence
        _set_priority(action, self.priority)
        _set_queue(action, self.queue)
        _set_disposition(action, self.disposition)
        _set_summary(action, self.summary)
        _set_response(action, self.response)
        _set_confidence(
            action, _BARE.confidence if confidence is UNSET else float(confidence)
        )
        _set_metadata(action, _BARE.metadata)
        return action

    def document(self) -> dict[str, Any]:
        """The same in plain values, as `decode_document` would have given them."""
        every = msgspec.structs.asdict(self).items()
        return {name: value for name, value in every if value is not UNSET}


def typed_decoder(kind: type[T] | UnionType) -> Callable[[str | bytes], T | None]:
    """What reads JSON text as a `kind`; None for a text that is none.

    Make it once. A struct has to forbid unknown fields and to have no field that may be
    missing without a trace, and what it gives has to be accounted for, since of a
    repeated key it keeps the last. Several structs need a tag to be told apart by.
    """
    # Floats are made by the same function that the standard library uses.
    decode: Callable[[str | bytes], T]
    decode = msgspec.json.Decoder(kind, float_hook=float).decode

    def read(text: str | bytes) -> T | None:
        try:
            return decode(text)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None

    return read


def accounts_for(
    text: str | bytes,
    action: ActionFields,
    strings: int,
    others: tuple[str, ...] = (),
) -> bool:
    """Whether a text that was read holds this action, what is around it, and no more.

    `strings` is how many strings the text has outside the action, keys included; the
    values among them are `others`. Then no key is repeated: a repeated one would be a
    string too many. False is no fault, but a text for the slow path.
    """
    confidence, metadata = action.confidence, action.metadata
    strings += _STRINGS
    if confidence is not UNSET:
        kind = type(confidence)
        if (kind is not float and kind is not int) or not 0 <= confidence <= 1:
            return False
        strings += 1
    if metadata is not UNSET:
        if metadata:
            return False
        strings += 1
    return has_strings(text, strings, (action.summary, action.response, *others))


def has_strings(text: str | bytes, strings: int, values: Iterable[str]) -> bool:
    """Whether a JSON text has so many strings and no more; `values` are among them.

    False, too, where it cannot be told: a mark may be spelled as an escape, or a string
    that is not given has marks in it.
    """
    marks = text.count(b'"') if isinstance(text, bytes) else text.count('"')
    # There are two for each string, and those within strings.
    return marks == 2 * strings or (
        marks == 2 * strings + sum(value.count('"') for value in values)
        and not _spells_marks_out(text)
    )


def _spells_marks_out(text: str | bytes) -> bool:
    """Whether some mark within a string may be written without one."""
    return b"\\u0022" in text if isinstance(text, bytes) else "\\u0022" in text


def flat_strings(fields: Mapping[str, Any]) -> tuple[int, list[str]] | None:
    """How many strings an object of plain values has, keys included, and its values.

    None for an object that holds others, or numbers that readers take differently.
    """
    values = []
    for value in fields.values():
        kind = type(value)
        if kind is str:
            values.append(value)
        elif not (value is None or kind is bool or (kind is int and _small(value))):
            return None
    return len(fields) + len(values), [*fields, *values]


def _small(number: int) -> bool:
    return -(2**64) < number < 2**64


_STRINGS: Final = 10
"""Five keys and five values that every action has."""

_BARE: Final = SupportQueueAction(
    priority="-", queue="-", disposition="-", summary="-" * 8, response="-" * 16
)
"""What an action has where nothing else is said."""

# Checked once is enough: the constructor would check every limit again.
_new = object.__new__


def _setter(name: str) -> Callable[[SupportQueueAction, object], None]:
    setter: Callable[[SupportQueueAction, object], None]
    setter = getattr(SupportQueueAction, name).__set__
    return setter


_set_priority = _setter("priority")
_set_queue = _setter("queue")
_set_disposition = _setter("disposition")
_set_summary = _setter("summary")
_set_response = _setter("response")
_set_confidence = _setter("confidence")
_set_metadata = _setter("metadata")
