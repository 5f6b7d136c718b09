"""Ids that nobody can guess, drawn from the system many at a time.

Asking the system gives Python up for a moment, and a server with a store then waits
until the thread that writes lets it have Python again: longer than all else of a reset.
"""

import os
import uuid
from collections import deque


_SIZE = 16
_AT_ONCE = 64

_drawn: deque[bytes] = deque()
if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(after_in_child=_drawn.clear)


def new_uuid() -> str:
    """A UUID of version 4; may be called in any thread."""
    return str(uuid.UUID(bytes=_chance(), version=4))


def _chance() -> bytes:
    while True:
        try:
            return _drawn.pop()
        except IndexError:
            block = os.urandom(_SIZE * _AT_ONCE)
            _drawn.extend(
                block[start : start + _SIZE] for start in range(0, len(block), _SIZE)
            )
