"""Every metric that a server has: `docs/operations.md` describes the same ones."""

from collections.abc import Mapping
from typing import Literal

from attrs import frozen


PREFIX = "support_queue_"

STEP_SECONDS = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05),
    *(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)
"""Upper bounds in seconds: a step of the built-in scorers takes a fraction of a
millisecond, one with a judge seconds."""

SCORER_SECONDS = (0.00001, 0.000025, 0.00005, *STEP_SECONDS)

REWARDS = tuple(step / 10 for step in range(11))

Kind = Literal["counter", "gauge", "histogram"]
Merge = Literal["sum", "max", "min"]


@frozen
class Metric:
    """One metric.

    Args:
        name: without the prefix, and without the `_total` of a counter.
        kind: as Prometheus has it.
        help: what it counts, in which unit.
        labels: the names of its labels.
        merge: how the values of several workers become one.
        bounds: the upper bounds of a histogram's buckets.
    """

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    merge: Merge = "sum"
    bounds: tuple[float, ...] = ()

    @property
    def shown(self) -> str:
        """The name as a page of metrics has it."""
        return PREFIX + self.name + ("_total" if self.kind == "counter" else "")


def _counter(name: str, help_: str, *labels: str) -> Metric:
    return Metric(name, "counter", help_, labels)


def _gauge(name: str, help_: str, *labels: str, merge: Merge = "sum") -> Metric:
    return Metric(name, "gauge", help_, labels, merge)


def _histogram(
    name: str, help_: str, *labels: str, bounds: tuple[float, ...]
) -> Metric:
    return Metric(name, "histogram", help_, labels, bounds=bounds)


METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        _gauge(
            "build_info",
            "1; the labels tell what runs.",
            *("version", "python", "rubric", "rubric_digest"),
            merge="max",
        ),
        _gauge("workers", "Processes that serve."),
        _gauge("sessions", "Sessions open now.", "kind"),
        _gauge("sessions_capacity", "Sessions that may be open at a time."),
        _counter("refused", "Requests, handshakes and sessions refused.", "reason"),
        _counter("episodes_started", "Episodes begun.", "task", "source"),
        _counter("episodes_finished", "Episodes played to the end.", "task", "source"),
        _histogram(
            "episode_reward",
            "Mean reward of a finished episode, from 0 to 1.",
            "rubric",
            bounds=REWARDS,
        ),
        _counter("steps", "Tickets graded.", "task"),
        _histogram(
            "step_seconds",
            "Seconds from a read action to a graded ticket, recording included.",
            bounds=STEP_SECONDS,
        ),
        _histogram(
            "scorer_seconds",
            "Seconds that a component's scorer took.",
            *("rubric", "component", "kind"),
            bounds=SCORER_SECONDS,
        ),
        _counter(
            "scorer_faults",
            "Steps refused because a scorer gave no score.",
            *("rubric", "component", "kind"),
        ),
        _counter(
            "unscored",
            "Components left out of a reward, as their rubric allows.",
            *("rubric", "component"),
        ),
        _gauge("scorers_resting", "Plugins and judges left alone now.", merge="max"),
        _counter("judge_requests", "Requests sent to a judge, retries too.", "judge"),
        _counter("judge_remembered", "Verdicts that needed no request.", "judge"),
        _counter("judge_samples", "Verdicts that were asked for.", "judge"),
        _counter("judge_seconds", "Seconds that those took together.", "judge"),
        _counter("judge_failures", "Questions without a verdict.", "judge", "code"),
        _counter("judge_tokens", "Tokens read and written.", "judge", "direction"),
        _counter("judge_cost_usd", "What those cost, where prices are set.", "judge"),
        _gauge("store_healthy", "1 while the store takes what it gets.", merge="min"),
        _gauge("store_waiting", "Events given to the store and not committed yet."),
        _counter("store_events", "Events that the store has kept."),
        _counter("store_commits", "Transactions that those took."),
        _counter("store_commit_seconds", "Seconds that commits took together."),
        _counter("log_lines_dropped", "Log lines that nobody took in time."),
        _counter("http_requests", "HTTP requests.", "method", "route", "status"),
        _histogram(
            "http_request_seconds",
            "Seconds from a request's head to the end of its answer.",
            "route",
            bounds=STEP_SECONDS,
        ),
    )
}
"""By name, in the order of the page."""
