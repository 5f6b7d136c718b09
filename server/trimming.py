"""Keeping a store within its size: the oldest episodes go before it is full.

A full store refuses every step. On a public server strangers fill it, so that would hand
them a switch for everybody's steps.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from attrs import frozen
from litestar import Litestar
from sqlalchemy import URL

from ..core.errors import StoreError
from ..core.log import EpisodeLog
from ..store.retention import prune, used
from ..store.threads import DaemonThreads
from ..store.urls import resolve_url
from .settings import LEAST_STORE_BYTES, Settings


log = logging.getLogger(__name__)

_FULL = 0.8
"""The share of its size that is left in use: room for what comes until the next look."""

_SECONDS = 30.0


@frozen
class Trimmer:
    """Looks at a store now and then. `max_bytes` is the size that it may have."""

    url: URL
    max_bytes: int
    seconds: float = _SECONDS

    @asynccontextmanager
    async def lifespan(self, _: Litestar) -> AsyncIterator[None]:
        """Look for as long as the application serves."""
        task = asyncio.create_task(self._work())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def trim(self) -> int:
        """Remove the oldest episodes as far as needed; how many went."""
        limit = int(self.max_bytes * _FULL)
        try:
            if used(self.url) <= limit:
                return 0
            gone = prune(self.url, max_bytes=limit, checked=False)
        except StoreError as error:
            log.warning("the store could not be trimmed: %s", error)
            return 0
        if gone.episodes:
            log.warning(
                "the store nears its %d bytes: its oldest %d episodes were removed",
                self.max_bytes,
                gone.episodes,
            )
        return gone.episodes

    async def _work(self) -> None:
        # One that waits for a lock must not hold up the end of the process.
        threads = DaemonThreads(1, "trimmer")
        while True:
            await asyncio.wrap_future(threads.submit(self.trim))
            await asyncio.sleep(self.seconds)


def trimmer_of(settings: Settings, kept_in: EpisodeLog | None) -> Trimmer | None:
    """What keeps the store of these settings within its size; None where nothing has to.

    PostgreSQL has no size of ours: its server is somebody's to look after.
    """
    url = resolve_url(settings.database_url)
    if kept_in is None or url is None or not settings.max_store_bytes:
        return None
    # A number that was meant in larger units must not remove everything.
    size = max(settings.max_store_bytes, LEAST_STORE_BYTES)
    return Trimmer(url, size) if url.drivername == "sqlite" else None
