"""Counting while a server plays: plain numbers, added where things happen.

Everything here is called on one event loop, so nothing is locked; what a step costs is
one to two microseconds. Labels are known beforehand: tasks, rubrics and components that
are loaded, and words of ours. Nothing that a client sends becomes one.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

from attrs import define, field

from ..core.episode import Episode
from ..core.errors import ScoringError
from ..core.scoring import TicketScore, TicketScorer
from .metric_list import METRICS
from .samples import Sample


MOST_TASKS = 100
"""Tasks that are counted by name; those beyond count as `other`."""

OTHER = "other"

_METHODS = frozenset(("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"))


@define(eq=False)
class Histogram:
    """How often values fell between which bounds, and their sum."""

    bounds: tuple[float, ...]
    counts: list[int] = field(init=False)
    total: float = field(init=False, default=0.0)

    def __attrs_post_init__(self) -> None:
        self.counts = [0] * (len(self.bounds) + 1)

    def observe(self, value: float) -> None:
        """One more value; a bucket holds its own upper bound."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def sample(self, metric: str, labels: tuple[str, ...] = ()) -> Sample:
        """What it says now."""
        return Sample(metric, labels, self.total, tuple(self.counts))


def histogram(metric: str) -> Histogram:
    """A new one with the bounds of that metric."""
    return Histogram(METRICS[metric].bounds)


@define(eq=False)
class Part:
    """A component of a rubric, with those of its own rubric."""

    path: str
    kind: str
    seconds: Histogram = field(init=False, factory=lambda: histogram("scorer_seconds"))
    parts: "dict[str, Part]" = field(init=False, factory=dict)


@define(eq=False)
class RubricTally:
    """What the scorers of one rubric did. It keeps the rubric, so that its id is its."""

    scorer: TicketScorer
    parts: dict[str, Part] = field(init=False, factory=dict)
    unscored: Counter[str] = field(init=False, factory=Counter)
    faults: Counter[tuple[str, str]] = field(init=False, factory=Counter)
    rewards: Histogram = field(init=False, factory=lambda: histogram("episode_reward"))
    _by_path: dict[str, Part] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        for component in self.scorer.description["components"]:
            *above, name = component["name"].split(".")
            parts = self.parts
            for outer in above:
                parts = parts[outer].parts
            part = Part(component["name"], component["kind"])
            parts[name] = self._by_path[part.path] = part

    def add(self, score: TicketScore) -> None:
        """One more ticket was scored."""
        parts = self.parts
        for component in score.components:
            seconds = component.seconds
            found = parts[component.terms.name].seconds
            found.counts[bisect_left(found.bounds, seconds)] += 1
            found.total += seconds
            if component.inner is not None:
                self._add_inner(parts[component.terms.name].parts, component.inner)
        for left_out in score.unscored:
            self.unscored[left_out.name] += 1
            self._by_path[left_out.name].seconds.observe(left_out.seconds)

    def _add_inner(self, parts: dict[str, Part], score: TicketScore) -> None:
        for component in score.components:
            part = parts[component.terms.name]
            part.seconds.observe(component.seconds)
            if component.inner is not None:
                self._add_inner(part.parts, component.inner)

    def fail(self, error: ScoringError) -> None:
        """A step was refused."""
        self.faults[error.component, str(error.kind)] += 1

    def samples(self) -> Iterator[Sample]:
        """What it counted."""
        rubric = self.scorer.name
        for part in self._by_path.values():
            labels = (rubric, part.path, part.kind)
            yield part.seconds.sample("scorer_seconds", labels)
        for path, count in self.unscored.items():
            yield Sample("unscored", (rubric, path), count)
        for (path, kind), count in self.faults.items():
            yield Sample("scorer_faults", (rubric, path, kind), count)
        yield self.rewards.sample("episode_reward", (rubric,))


def _first_tasks(ids: Iterable[str]) -> frozenset[str]:
    return frozenset(islice(ids, MOST_TASKS))


@define(eq=False)
class Tallies:
    """What one process counted so far.

    Args:
        tasks: the ids of the tasks there are.
    """

    tasks: frozenset[str] = field(converter=_first_tasks)
    _started: Counter[tuple[str, str]] = field(init=False, factory=Counter)
    _finished: Counter[tuple[str, str]] = field(init=False, factory=Counter)
    _steps: dict[str, int] = field(init=False)
    _step_seconds: Histogram = field(
        init=False, factory=lambda: histogram("step_seconds")
    )
    _rubrics: dict[int, RubricTally] = field(init=False, factory=dict)
    _requests: Counter[tuple[str, str, str]] = field(init=False, factory=Counter)
    _request_seconds: dict[str, Histogram] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        self._steps = dict.fromkeys(self.tasks, 0)

    def episode_started(self, episode: Episode, source: str) -> None:
        """An episode was reset."""
        self._started[self._task(episode), source] += 1

    def ticket_scored(self, episode: Episode, seconds: float) -> None:
        """The newest of `episode.graded` was scored; the step took so long."""
        task = episode.task.task_id
        steps = self._steps
        if task in steps:
            steps[task] += 1
        else:
            steps[OTHER] = steps.get(OTHER, 0) + 1
        times = self._step_seconds
        times.counts[bisect_left(times.bounds, seconds)] += 1
        times.total += seconds
        scorer = episode.scorer
        tally = self._rubrics.get(id(scorer)) or self._new_rubric(scorer)
        tally.add(episode.graded[-1].score)

    def episode_finished(self, episode: Episode, source: str) -> None:
        """An episode has no ticket left."""
        self._finished[self._task(episode), source] += 1
        self._rubric(episode.scorer).rewards.observe(episode.average_reward)

    def scorer_failed(self, scorer: TicketScorer, error: ScoringError) -> None:
        """A step of an episode under that rubric was refused."""
        self._rubric(scorer).fail(error)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """An HTTP request was answered; `route` is a template of ours."""
        known = method if method in _METHODS else OTHER
        self._requests[known, route, str(status)] += 1
        times = self._request_seconds.get(route)
        if times is None:
            times = self._request_seconds[route] = histogram("http_request_seconds")
        times.observe(seconds)

    def samples(self) -> Iterator[Sample]:
        """What was counted."""
        for (task, source), count in self._started.items():
            yield Sample("episodes_started", (task, source), count)
        for (task, source), count in self._finished.items():
            yield Sample("episodes_finished", (task, source), count)
        for task, count in self._steps.items():
            yield Sample("steps", (task,), count)
        yield self._step_seconds.sample("step_seconds")
        for tally in self._rubrics.values():
            yield from tally.samples()
        for labels, count in self._requests.items():
            yield Sample("http_requests", labels, count)
        for route, times in self._request_seconds.items():
            yield times.sample("http_request_seconds", (route,))

    def _task(self, episode: Episode) -> str:
        task = episode.task.task_id
        return task if task in self._steps else OTHER

    def _rubric(self, scorer: TicketScorer) -> RubricTally:
        return self._rubrics.get(id(scorer)) or self._new_rubric(scorer)

    def _new_rubric(self, scorer: TicketScorer) -> RubricTally:
        tally = self._rubrics[id(scorer)] = RubricTally(scorer)
        return tally
