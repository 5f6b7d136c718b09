"""When Python looks for garbage: not while a server starts, and not in what it starts with.

A start makes sixty thousand objects that stay, and hardly any garbage. Looking through
them again and again takes a seventh of the start, and later ten milliseconds each time,
in which no session is answered.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def not_collecting() -> Iterator[None]:
    """Look for none until the block ends, or `settle` is called in it."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def settle() -> None:
    """Take all there is now for what stays, and look for garbage from now on."""
    gc.freeze()
    gc.enable()
