"""What the load sends: resets, and steps of which none is like one before it."""

import itertools
import json
import os
import random
from collections.abc import Callable

from attrs import define, field


TASK = "hard_exec_escalations"
TICKETS = 4
"""Of that task: so many steps make an episode."""

CLOSE = b'{"type":"close"}'
RESET_BODY = json.dumps({"task_id": TASK}, separators=(",", ":")).encode()
RESET = b'{"type":"reset","data":' + RESET_BODY + b"}"

GENERATED = "generated-"
"""With a number after it, a task of a pack that packs.py has written."""

_MARK = "0000000000"
_ACTION = {
    "priority": "P2",
    "queue": "technical",
    "disposition": "respond",
    "summary": f"Customer reports an outage since this morning, case {_MARK}.",
    "response": (
        f"Thank you for the report. Our engineers are looking into case {_MARK} now; "
        "I will share the next update within the hour and keep you posted until it "
        "is resolved."
    ),
    "confidence": 0.5,
}


@define
class Numbered:
    """A text with gaps, into which each call puts the next number.

    Servers may remember what they have read; no agent writes the same twice, so neither
    does the load, nor does one run write what another has written.
    """

    _parts: list[bytes]
    _number: "itertools.count[int]" = field(
        factory=lambda: itertools.count(int.from_bytes(os.urandom(4), "big")),
        init=False,
    )

    def __call__(self) -> bytes:
        """The text with a number that it never had."""
        return (b"%010d" % next(self._number)).join(self._parts)


def numbered(text: str) -> Callable[[], bytes]:
    """A text whose marks become numbers."""
    return Numbered(text.encode().split(_MARK.encode()))


def resets(tasks: int) -> Callable[[], bytes]:
    """Reset messages for a WebSocket.

    Args:
        tasks: of a generated pack, of which each message names one by chance; 0: all
            name the same classic one.
    """
    if not tasks:
        return lambda: RESET
    draw = random.Random().randrange  # noqa: S311 - not for secrets
    start = b'{"type":"reset","data":{"task_id":"' + GENERATED.encode()
    return lambda: b'%b%d"}}' % (start, draw(tasks))


def steps() -> Callable[[], bytes]:
    """Step messages for a WebSocket."""
    message = {"type": "step", "data": _ACTION}
    return numbered(json.dumps(message, separators=(",", ":")))


def step_bodies(episode_id: str) -> Callable[[], bytes]:
    """Bodies of `POST /step` for an episode."""
    message = {"action": _ACTION, "episode_id": episode_id}
    return numbered(json.dumps(message, separators=(",", ":")))
