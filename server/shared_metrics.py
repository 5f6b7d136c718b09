"""One page of metrics for several workers: each writes down what it has counted.

The parent makes a folder before it starts workers, and tells them where it is:

    prepare_shared_metrics(folder)                                 # parent, once
    create_application(environment, settings, shared_metrics=folder)   # each worker

A worker keeps one file there, and writes it anew every second
and when it ends. Whoever is asked for `/metrics` adds its own numbers of the moment to
those in the other files. What a worker counted stays when it has ended, so that
counters never fall; sessions and the like count only for workers that still write.

prometheus_client's own way is a memory-mapped file per process that each increment
writes to; ours costs a step nothing.
"""

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec
from attrs import frozen

from ..core.errors import said
from .samples import Samples, merged


log = logging.getLogger(__name__)


PUBLISH_SECONDS = 1.0
"""How old the numbers of other workers may be."""

_ALIVE_SECONDS = 10.0

_ENDING = ".samples"

_decoder = msgspec.json.Decoder(Samples)


def prepare_shared_metrics(folder: Path) -> None:
    """Make the folder, for this user only and without files of an earlier run.

    Raises:
        OSError: it cannot be made.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in folder.glob(f"*{_ENDING}"):
        old.unlink()


@frozen
class SharedMetrics:
    """The numbers of this worker and of those beside it.

    Args:
        folder: where every worker writes.
        own: this worker's numbers of the moment.
        worker: what its file is called.
    """

    folder: Path
    own: Callable[[], Samples]
    worker: str

    def samples(self) -> Samples:
        """Those of all workers as one worker's."""
        alive: list[Samples] = [self.own()]
        ended: list[Samples] = []
        for path in sorted(self.folder.glob(f"*{_ENDING}")):
            if path.stem == self.worker:
                continue
            try:
                read = _decoder.decode(path.read_bytes())
                fresh = time.time() - path.stat().st_mtime < _ALIVE_SECONDS
            except (OSError, msgspec.MsgspecError) as error:
                log.warning("metrics of another worker cannot be read: %s", said(error))
                continue
            (alive if fresh else ended).append(read)
        return merged(alive, ended)

    def publish(self, *, ended: bool = False) -> None:
        """Write this worker's numbers; a reader sees the old file or the new one.

        A disk that is full loses a page of metrics, not the server.
        """
        path = self.folder / f"{self.worker}{_ENDING}"
        with suppress(OSError):
            half = path.with_suffix(".half")
            half.write_bytes(msgspec.json.encode(self.own()))
            if ended:
                os.utime(half, (0, 0))
            half.replace(path)

    @asynccontextmanager
    async def published(self) -> AsyncIterator[None]:
        """Publish every second within, and once more at the end."""
        self.publish()
        task = asyncio.create_task(self._keep_publishing())
        try:
            yield
        finally:
            task.cancel()
            self.publish(ended=True)

    async def _keep_publishing(self) -> None:
        while True:
            await asyncio.sleep(PUBLISH_SECONDS)
            self.publish()
