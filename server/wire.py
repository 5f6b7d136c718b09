"""Our values in the shapes that OpenEnv puts on the wire. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.json import Encoder

from ..core.conversion import unstructure
from ..core.episode import Episode
from ..core.errors import Fault, shown
from ..core.views import observe
from ..models import Feedback, SupportQueueObservation
from .beginnings import Beginnings
from .step_text import StepTexts


_ENTRIES_SHOWN = 8
_PLAIN = re.compile(r"[A-Za-z0-9_./-]{1,64}")


def error_entries(faults: Iterable[Fault], prefix: tuple[str, ...] = ()) -> list[Any]:
    """Faults as `{type, loc, msg}`; never the value that was found."""
    return [
        {
            "type": fault.type,
            "loc": [*prefix, *map(_place, fault.path)],
            "msg": str(fault),
        }
        for fault in list(faults)[:_ENTRIES_SHOWN]
    ]


def _place(part: str | int) -> str | int:
    return shown(part) if isinstance(part, str) else part


def plain_word(text: object) -> str:
    """`text` if it is a short plain word, else nothing.

    The official server says what it was asked for. So does ours, where that cannot
    carry anything into a log or a page.
    """
    return text if isinstance(text, str) and _PLAIN.fullmatch(text) else ""


def socket_observation(observation: SupportQueueObservation) -> dict[str, Any]:
    """The frame that answers `reset` and `step`; `metadata` only when there is some."""
    data = _envelope(observation)
    if observation.metadata:
        data["metadata"] = dict(observation.metadata)
    return {"type": "observation", "data": data}


def http_observation(observation: SupportQueueObservation) -> dict[str, Any]:
    """The body that answers `POST /reset` and `/step`; `metadata` null when empty."""
    metadata = dict(observation.metadata) or None
    return {**_envelope(observation), "metadata": metadata}


def _envelope(observation: SupportQueueObservation) -> dict[str, Any]:
    """Reward and done move out of the observation; metadata stays in it as well."""
    inner = unstructure(observation)
    reward, done = inner.pop("reward"), inner.pop("done")
    return {"observation": inner, "reward": reward, "done": done}


def encoded_socket_observation(observation: SupportQueueObservation) -> bytes:
    """`socket_observation` as JSON, at a third of the cost."""
    data = _encoded_envelope(observation)
    if not observation.metadata:
        return b"".join((_FRAME, data, b"}}"))
    metadata = _encode(dict(observation.metadata))
    return b"".join((_FRAME, data, _METADATA, metadata, b"}}"))


def encoded_http_observation(observation: SupportQueueObservation) -> bytes:
    """`http_observation` as JSON, at a third of the cost."""
    metadata = _encode(dict(observation.metadata) or None)
    data = _encoded_envelope(observation)
    return b"".join((b"{", data, _METADATA, metadata, b"}"))


def encoded_socket_step(episode: Episode) -> bytes:
    """The frame that answers a step: `encoded_socket_observation` of what follows."""
    data = _step_texts.of(episode)
    if data is None:
        return encoded_socket_observation(observe(episode))
    return b"".join((_FRAME, data, b"}}"))


def encoded_http_step(episode: Episode) -> bytes:
    """The body that answers a step: `encoded_http_observation` of what follows."""
    data = _step_texts.of(episode)
    if data is None:
        return encoded_http_observation(observe(episode))
    return b"".join((b"{", data, _METADATA, b"null}"))


_FRAME = b'{"type":"observation","data":{'
_METADATA = b',"metadata":'


class _Rest(Struct):
    """What an observation has after its beginning."""

    last_feedback: Feedback | None
    cumulative_reward: float
    info: Mapping[str, Any]
    metadata: Mapping[str, Any]


class _Paid(Struct):
    reward: float | None
    done: bool


# Classes without slots are encoded in the order of their fields, as the converter does.
_encode = Encoder(enc_hook=unstructure).encode
_beginnings = Beginnings()
_step_texts = StepTexts()


def _encoded_envelope(observation: SupportQueueObservation) -> bytes:
    """The envelope as JSON, without the braces around it.

    Each part is an object of its own; the brace that opens it is left out, and so are
    those between the parts.
    """
    rest = _Rest(
        observation.last_feedback,
        observation.cumulative_reward,
        observation.info,
        observation.metadata,
    )
    paid = _Paid(observation.reward, observation.done)
    return b"".join(
        (
            b'"observation":',
            _beginnings.of(observation),
            _encode(rest)[1:],
            b",",
            _encode(paid)[1:-1],
        )
    )
