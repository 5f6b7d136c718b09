"""Keys of episodes: unique, and in the order of time."""

import os
import time
import uuid


def new_key() -> str:
    """A UUID of version 7, as RFC 9562 section 5.7 has it.

    Its first 48 bits are milliseconds since 1970. A clock that jumps back costs order,
    and with it speed; 74 bits of chance keep it unique all the same.
    """
    milliseconds = time.time_ns() // 1_000_000 & (1 << 48) - 1
    chance = int.from_bytes(os.urandom(10))
    return str(
        uuid.UUID(
            int=milliseconds << 80
            | 7 << 76
            | (chance >> 68) << 64
            | 0b10 << 62
            | chance & (1 << 62) - 1
        )
    )
