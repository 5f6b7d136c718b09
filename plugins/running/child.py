"""The process of a plugin: reads requests, scores, replies; started by `processes`.

    python -m support_queue_env.plugins.running.child SOCKET LIFELINE PATH

The first two are open file descriptors, PATH is the parent's `sys.path` as JSON. When
the lifeline closes, the parent is gone.
"""

import asyncio
import json
import os
import sys
import threading
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any

import msgspec
from attrs import frozen

from ...core.cases import Case
from ...core.conversion import converter, structure
from ...models import SupportQueueAction
from ...rubrics.conversion import rubric_converter
from ..binding import bound
from .guard import Guard
from .outcomes import Outcome, raised
from .protocol import Request, told


def serve(connection: Connection, path: list[str]) -> None:
    """Answer requests until the other side is gone."""
    sys.path[:] = path
    scorers: dict[bytes, _Scorer] = {}
    connection.send_bytes(b"ready")
    while True:
        try:
            message = connection.recv_bytes()
        except (EOFError, OSError):
            return
        reply = told(_answer(message, scorers))
        connection.send_bytes(msgspec.json.encode(reply))


def _answer(message: bytes, scorers: dict[bytes, "_Scorer"]) -> Outcome:
    try:
        request = msgspec.json.decode(message, type=Request)
        key = msgspec.json.encode((request.scorer, request.parameters))
        scorer = scorers.get(key)
        if scorer is None:
            scorer = scorers[key] = _scorer(request)
        case = converter.structure(request.case, Case)
        action = converter.structure(request.action, SupportQueueAction)
    except BaseException as error:  # noqa: BLE001 - building a scorer is its own code
        return raised(error)
    if scorer.is_async:
        return asyncio.run(scorer.guard.call_async(case, action))
    return scorer.guard.call(case, action)


@frozen
class _Scorer:
    guard: Guard
    is_async: bool


def _scorer(request: Request) -> _Scorer:
    """The scorer that the request describes."""
    module, _, name = request.scorer.partition(":")
    cls: Any = import_module(module)
    for part in name.split("."):
        cls = getattr(cls, part)
    built: Any = structure(request.parameters, cls, "scorer", rubric_converter)
    hook = bound(built)
    return _Scorer(Guard(hook.call), hook.is_async)


def _end_with(lifeline: int) -> None:
    """End at once when the parent is gone, whatever a scorer is doing."""
    os.read(lifeline, 1)
    os._exit(0)


def main() -> None:
    """Serve on the descriptors that the parent passed."""
    descriptor, lifeline = int(sys.argv[1]), int(sys.argv[2])
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    serve(Connection(descriptor), json.loads(sys.argv[3]))


if __name__ == "__main__":
    main()
