"""`GET /metrics`: what was counted, and how things stand."""

import platform
from collections.abc import Callable, Iterator

from attrs import frozen
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from .. import __version__
from ..core.log import LogStatus
from ..core.session import Environment
from ..core.status import JudgeCounts
from .logs import dropped_lines
from .refusals import Refusals
from .replies import AnyRequest
from .samples import Sample, Samples
from .sessions import Sessions
from .tallies import Tallies


@frozen
class Metrics:
    """Everything that one process can say of itself in numbers."""

    environment: Environment
    sessions: Sessions
    refusals: Refusals
    tallies: Tallies

    def samples(self) -> Samples:
        """All of it now; costs a fraction of a millisecond and never raises."""
        return (
            *self._standing(),
            *self.tallies.samples(),
            *self._store(),
            *self._judges(),
        )

    def _standing(self) -> Iterator[Sample]:
        rubric = self.environment.find_rubric(None)
        labels = (__version__, platform.python_version(), rubric.name, rubric.digest)
        yield Sample("build_info", labels, 1)
        yield Sample("workers", (), 1)
        for kind, count in self.sessions.by_kind().items():
            yield Sample("sessions", (kind,), count)
        yield Sample("sessions_capacity", (), self.sessions.capacity)
        yield Sample("log_lines_dropped", (), dropped_lines())
        for reason, count in self.refusals.by_reason().items():
            yield Sample("refused", (reason,), count)

    def _store(self) -> Iterator[Sample]:
        if self.environment.log is not None:
            yield from _store_samples(self.environment.log.status)

    def _judges(self) -> Iterator[Sample]:
        status = self.environment.scoring_status()
        yield Sample("scorers_resting", (), len(status.resting))
        for judge in status.judges:
            yield from _judge_samples(judge)


def metrics_route(samples: Callable[[], Samples]) -> HTTPRouteHandler:
    """The page; of several workers any one answers for all, if `samples` does."""

    @get("/metrics")
    async def metrics(request: AnyRequest) -> Response[bytes]:
        """The metrics, as text or in OpenMetrics' format if that is asked for."""
        # The library is as large as a small server, and many are never asked.
        from .metrics_page import metrics_page  # noqa: PLC0415

        content, content_type = metrics_page(samples, request.headers.get("accept", ""))
        return Response(content, headers={"content-type": content_type})

    return metrics


def _store_samples(status: LogStatus) -> Iterator[Sample]:
    yield Sample("store_healthy", (), int(status.healthy))
    yield Sample("store_waiting", (), status.waiting)
    yield Sample("store_events", (), status.events)
    yield Sample("store_commits", (), status.commits)
    yield Sample("store_commit_seconds", (), status.commit_seconds)


def _judge_samples(judge: JudgeCounts) -> Iterator[Sample]:
    name = judge.name
    yield Sample("judge_requests", (name,), judge.requests)
    yield Sample("judge_remembered", (name,), judge.remembered)
    yield Sample("judge_samples", (name,), judge.asked)
    yield Sample("judge_seconds", (name,), judge.seconds)
    for code, count in judge.failed_by.items():
        yield Sample("judge_failures", (name, code), count)
    yield Sample("judge_tokens", (name, "read"), judge.prompt_tokens)
    yield Sample("judge_tokens", (name, "written"), judge.completion_tokens)
    if judge.cost is not None:
        yield Sample("judge_cost_usd", (name,), judge.cost)
