"""What those who run a server see of it: health, metrics, and its first and last line."""

import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cached_property
from pathlib import Path
from uuid import uuid4

from attrs import frozen
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from .. import __version__
from ..core.session import Environment
from .health import Readiness, health_routes
from .logs import flush_logs
from .metrics import Metrics, metrics_route
from .refusals import Refusals
from .samples import Samples
from .sessions import Sessions
from .shared_metrics import SharedMetrics
from .tallies import Tallies


log = logging.getLogger(__name__)


@frozen(slots=False)
class Operations:
    """Of one server process.

    Args:
        environment: what is served.
        sessions: who plays.
        refusals: what was turned away.
        tallies: what was counted.
        shared_metrics: the folder where workers put their metrics together; None for a
            process that serves alone.
    """

    environment: Environment
    sessions: Sessions
    refusals: Refusals
    tallies: Tallies
    shared_metrics: Path | None = None

    @property
    def routes(self) -> list[HTTPRouteHandler]:
        """What is below `/health`, `/ready`, `/version`, `/metrics`."""
        return [
            *health_routes(self.environment, self._readiness),
            metrics_route(self._samples),
        ]

    @asynccontextmanager
    async def lifespan(self, _: Litestar) -> AsyncIterator[None]:
        """Say when serving begins and ends; share metrics meanwhile."""
        rubric = self.environment.find_rubric(None)
        store = self.environment.log
        log.info(
            "server started",
            extra={
                "version": __version__,
                "rubric": rubric.name,
                "digest": rubric.digest[:12],
                "store": store.status.backend if store else "none",
                "max_sessions": self.sessions.capacity,
            },
        )
        try:
            if self._shared is None:
                yield
            else:
                async with self._shared.published():
                    yield
        finally:
            log.info("server stopped")
            flush_logs()

    @property
    def _samples(self) -> Callable[[], Samples]:
        return self._metrics.samples if self._shared is None else self._shared.samples

    @cached_property
    def _metrics(self) -> Metrics:
        return Metrics(self.environment, self.sessions, self.refusals, self.tallies)

    @cached_property
    def _shared(self) -> SharedMetrics | None:
        if self.shared_metrics is None:
            return None
        # A process id may come again; what the first one counted has to stay.
        worker = f"{os.getpid()}-{uuid4().hex[:8]}"
        return SharedMetrics(self.shared_metrics, self._metrics.samples, worker)

    @property
    def _readiness(self) -> Readiness:
        environment = self.environment
        return Readiness(
            log_status=lambda: environment.log.status if environment.log else None,
            sessions=self.sessions.__len__,
            max_sessions=self.sessions.capacity,
            resting=lambda: environment.scoring_status().resting,
        )
