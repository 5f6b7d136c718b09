"""Keys of episodes: unique, and in the order of time."""

import os
import random
import time


# Not the system's own chance: asking it gives Python up, and while a commit is under way
# that costs more than everything else here. Keys have to differ, not to be secret.
_chance = random.Random(os.urandom(32))  # noqa: S311
if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(after_in_child=lambda: _chance.seed(os.urandom(32)))


def new_key() -> str:
    """A UUID of version 7, as RFC 9562 section 5.7 has it.

    Its first 48 bits are milliseconds since 1970. A clock that jumps back costs order,
    and with it speed; 74 bits of chance keep it unique all the same.
    """
    milliseconds = time.time_ns() // 1_000_000 & (1 << 48) - 1
    chance = _chance.getrandbits(74)
    number = (
        milliseconds << 80
        | 7 << 76
        | (chance >> 62) << 64
        | 0b10 << 62
        | chance & (1 << 62) - 1
    )
    digits = f"{number:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
