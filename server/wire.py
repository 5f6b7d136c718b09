"""Our values in the shapes that OpenEnv puts on the wire. Pure."""

import re
from collections.abc import Iterable
from typing import Any

from ..core.conversion import unstructure
from ..core.errors import Fault, shown
from ..models import SupportQueueObservation


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
