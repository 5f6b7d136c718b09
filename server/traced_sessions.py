"""Sessions whose resets and steps are spans of OpenTelemetry (extra `tracing`).

Where spans go is for OpenTelemetry's own variables to say, such as
`OTEL_EXPORTER_OTLP_ENDPOINT`. A span tells what was played and what was earned; texts
and labels are in none.
"""

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from attrs import define, field, frozen
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, Status, StatusCode, Tracer

from .. import __version__
from ..core.episode import Episode
from ..core.log import Source
from ..core.session import Environment
from ..models import ResetOptions, SupportQueueAction, SupportQueueObservation
from .log_fields import plain
from .tallies import Tallies
from .watching import WatchedSession


NAME = "support_queue"

_EXPORT_SECONDS = 2
_CLOSE_SECONDS = 3.0
_ID_SHOWN = 64


@frozen(eq=False)
class Tracing:
    """Where the spans of one server process go."""

    provider: TracerProvider

    @classmethod
    def exporting(cls) -> "Tracing":
        """To a collector, in the background; one that is away costs spans, no steps.

        Raises:
            ModuleNotFoundError: the exporter is not installed.
        """
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )

        resource = Resource.create(
            {"service.name": "support-queue", "service.version": __version__}
        )
        provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        exporter = OTLPSpanExporter(timeout=_EXPORT_SECONDS)
        provider.add_span_processor(BatchSpanProcessor(exporter))
        return cls(provider)

    def open_session(
        self, environment: Environment, source: Source, *, tallies: Tallies
    ) -> "TracedSession":
        """A session that is traced."""
        tracer = self.provider.get_tracer(NAME, __version__)
        return TracedSession(environment, source, tallies=tallies, tracer=tracer)

    def close(self) -> None:
        """Send what is waiting, but do not wait for a collector that is away."""
        thread = threading.Thread(target=self.provider.shutdown, daemon=True)
        thread.start()
        thread.join(_CLOSE_SECONDS)


@define
class TracedSession(WatchedSession):
    """A session of a server, with a span for each reset and each step."""

    tracer: Tracer = field(kw_only=True)

    def reset(
        self, options: ResetOptions, ignored: Collection[str] = ()
    ) -> SupportQueueObservation:
        """As `Session` has it."""
        with self._span("reset") as span:
            observation = super().reset(options, ignored)
            if self.episode is not None:
                self._describe(span, self.episode)
            return observation

    async def reset_async(
        self, options: ResetOptions, ignored: Collection[str] = ()
    ) -> SupportQueueObservation:
        """As `Session` has it."""
        with self._span("reset") as span:
            observation = await super().reset_async(options, ignored)
            if self.episode is not None:
                self._describe(span, self.episode)
            return observation

    def advance(self, action: SupportQueueAction) -> Episode:
        """As `Session` has it."""
        with self._step_span() as span:
            episode = super().advance(action)
            _tell_scores(span, episode)
            return episode

    async def advance_async(
        self, action: SupportQueueAction, request_id: str | None = None
    ) -> Episode:
        """As `Session` has it."""
        with self._step_span() as span:
            episode = await super().advance_async(action, request_id)
            _tell_scores(span, episode)
            return episode

    @contextmanager
    def _step_span(self) -> Iterator[Span]:
        with self._span("step") as span:
            if self.episode is not None:
                self._describe(span, self.episode)
                span.set_attribute(f"{NAME}.ticket_index", len(self.episode.graded))
            yield span

    @contextmanager
    def _span(self, name: str) -> Iterator[Span]:
        # What an exception says may be a text; its type is not.
        with self.tracer.start_as_current_span(
            f"{NAME}.{name}", record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span
            except Exception as error:
                span.set_status(Status(StatusCode.ERROR))
                span.set_attribute("error.type", type(error).__name__)
                raise

    def _describe(self, span: Span, episode: Episode) -> None:
        scorer = episode.scorer
        span.set_attributes(
            {
                f"{NAME}.task": episode.task.task_id,
                f"{NAME}.episode_id": plain(episode.episode_id, _ID_SHOWN),
                f"{NAME}.source": self.source,
                f"{NAME}.rubric": scorer.name,
                f"{NAME}.rubric_digest": scorer.digest,
            }
        )


def _tell_scores(span: Span, episode: Episode) -> None:
    """The reward, and each component as OpenTelemetry's evaluation event."""
    ticket = episode.graded[-1]
    span.set_attributes({f"{NAME}.reward": ticket.paid, f"{NAME}.done": episode.done})
    for component in ticket.score.components:
        score = component.numerator / component.denominator
        span.add_event(
            "gen_ai.evaluation.result",
            {
                "gen_ai.evaluation.name": component.name,
                "gen_ai.evaluation.score.value": score,
            },
        )
