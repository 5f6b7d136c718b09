"""HTTP bodies of `reset` and `step`: bytes in, values or faults out. Pure."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from attrs import frozen
from msgspec import UNSET, Meta, Struct, UnsetType

from ..core.action_fields import (
    ActionFields,
    accounts_for,
    flat_strings,
    has_strings,
    typed_decoder,
)
from ..core.conversion import structure
from ..core.documents import decode_document
from ..core.errors import Fault, InvalidInput
from ..models import EpisodeId


RequestId = Annotated[str, Meta(min_length=1, max_length=255)]

_STEP_OPTIONS = ("episode_id", "request_id", "ticket_id", "timeout_s")


class InvalidAction(InvalidInput):
    """Faults of an action nested in a body; their places are relative to the action."""


@frozen(kw_only=True)
class StepOptions:
    """What a step takes beside the action.

    A repeated `request_id` gets the answer that the first one got, and its action is
    not looked at, even if it is another one. With `ticket_id` the step is refused
    unless that ticket is the current one. `timeout_s` is accepted and ignored, as by
    the official server.
    """

    episode_id: EpisodeId | None = None
    ticket_id: EpisodeId | None = None
    request_id: RequestId | None = None
    timeout_s: Annotated[float, Meta(gt=0)] | None = None


@frozen
class StepRequest:
    """A step: the action as plain values or as `ActionFields`, its labels unchecked."""

    action: Any
    options: StepOptions
    flat: bool


def read_object(body: bytes, content_type: str | None) -> Mapping[str, Any]:
    """The JSON object in a request body.

    Raises:
        InvalidInput: no JSON, no object, or a content type that is not JSON.
    """
    if content_type is not None and not _is_json(content_type):
        raise InvalidInput(
            "body",
            [
                Fault(
                    (),
                    "model_attributes_type",
                    "expected content type application/json",
                )
            ],
        )
    document = _read_flat(body)
    if document is None:
        document = decode_document(body, "body")
    if not isinstance(document, Mapping):
        raise InvalidInput(
            "body", [Fault((), "model_attributes_type", "expected an object")]
        )
    return document


_decoded_object: Callable[[str | bytes], dict[str, Any] | None]
_decoded_object = typed_decoder(dict[str, Any])


def _read_flat(body: bytes) -> Mapping[str, Any] | None:
    """An object of plain values, as resets are; None for anything else, or for faults."""
    document = _decoded_object(body)
    if document is not None:
        flat = flat_strings(document)
        if flat is not None and has_strings(body, *flat):
            return document
    return None


def read_step_body(body: bytes, content_type: str | None) -> StepRequest:
    """The step in a request body: `read_step` of its `read_object`, faster.

    Raises:
        InvalidInput: as those two.
    """
    if content_type is None or _is_json(content_type):
        typed = _decoded(body)
        if typed is not None and (options := _accounted_for(body, typed)):
            return StepRequest(typed.action, options, flat=False)
    return read_step(read_object(body, content_type))


class _Nested(Struct, frozen=True, forbid_unknown_fields=True):
    action: ActionFields
    episode_id: EpisodeId | UnsetType = UNSET
    ticket_id: EpisodeId | UnsetType = UNSET
    request_id: RequestId | UnsetType = UNSET


_decoded = typed_decoder(_Nested)


def _accounted_for(body: bytes, typed: _Nested) -> StepOptions | None:
    """The options beside an action, if the body holds these and the action alone."""
    given = {
        name: value
        for name in ("episode_id", "ticket_id", "request_id")
        if (value := getattr(typed, name)) is not UNSET
    }
    strings = 1 + 2 * len(given)
    if accounts_for(body, typed.action, strings, tuple(given.values())):
        return StepOptions(**given)
    return None


def read_step(document: Mapping[str, Any]) -> StepRequest:
    """A step request: `{"action": {…}}`, or the action's fields themselves.

    Raises:
        InvalidInput: there is no action, or an option breaks its rules.
    """
    options = structure(
        {key: document[key] for key in _STEP_OPTIONS if key in document},
        StepOptions,
        "body",
    )
    if "action" in document:
        return StepRequest(document["action"], options, flat=False)
    flat = {key: value for key, value in document.items() if key not in _STEP_OPTIONS}
    if not flat:
        raise InvalidInput(
            "body", [Fault(("action",), "missing", "required field missing")]
        )
    return StepRequest(flat, options, flat=True)


def _is_json(content_type: str) -> bool:
    essence = content_type.partition(";")[0].strip().lower()
    return essence == "application/json" or (
        essence.startswith("application/") and essence.endswith("+json")
    )
