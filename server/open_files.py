"""How many files and connections this process may have open."""

import logging
from contextlib import suppress


try:
    import resource
except ImportError:  # Windows, which has no such limit
    resource = None  # type: ignore[assignment]

log = logging.getLogger(__name__)

SPARE = 512
"""For everything but sessions: HTTP clients, the store, plugins' processes."""


def make_room(sessions: int) -> None:
    """Raise this process's limit to what so many sessions need, as far as it may.

    Many systems start with 1,024, where a server full of sessions could not even accept
    a client to tell it so. Where the limit cannot be raised far enough, a warning says.
    """
    if resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = sessions + SPARE
    if not _covers(soft, needed):
        soft = needed if _covers(hard, needed) else hard
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if not _covers(soft, needed):
        log.warning(
            "--max-sessions %d may need %d open files, and this process may have %d: "
            "raise its limit (ulimit -n) or allow fewer sessions",
            sessions,
            needed,
            soft,
        )


def _covers(limit: int, needed: int) -> bool:
    return limit == resource.RLIM_INFINITY or limit >= needed
