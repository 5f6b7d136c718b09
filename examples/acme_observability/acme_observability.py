"""Timing, tracing and keeping around every scorer, and an account of each episode.

A wrapper is a generator that yields once: what comes out of the `yield` is the result
of the scorer inside, and what the generator returns goes on to the reward. So the rule
is to return what came in. Wrappers run in threads, several at a time, hence the locks.

Three ways to use this file:

    plugins = ["acme-observability"]             in a rubric, once it is installed
    --plugin acme_observability:Observability    for every rubric, from this folder
    --plugin acme_observability:Keeping          scores that survive a failing judge

With ACME_TRACE set to a path, the spans of finished episodes are appended there, as
JSON lines.
"""

import json
import logging
import os
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from time import perf_counter

from attrs import asdict, define, evolve, field, frozen

from support_queue_env.core.episode import Episode, GradedTicket
from support_queue_env.plugins import (
    Case,
    Score,
    SupportQueueAction,
    Unscored,
    hookimpl,
)


log = logging.getLogger("acme_observability")

Result = Score | Unscored
Wrapping = Generator[None, Result, Result]


@frozen
class Timing:
    """How long one component has taken so far, in seconds."""

    calls: int = 0
    total: float = 0.0
    longest: float = 0.0

    @property
    def mean(self) -> float:
        """Seconds per call; 0 before the first."""
        return self.total / self.calls if self.calls else 0.0

    def after(self, seconds: float) -> "Timing":
        """The same with one more call."""
        return Timing(self.calls + 1, self.total + seconds, max(self.longest, seconds))


@frozen
class Span:
    """One call of one scorer; `outcome` is its reason, or the error's name."""

    ticket_id: str
    component: str
    seconds: float
    outcome: str


@define(eq=False)
class Journal:
    """The spans not written yet, and the timings by component."""

    most_spans: int = 10_000
    _spans: "deque[Span]" = field(init=False)
    _timings: dict[str, Timing] = field(init=False, factory=dict)
    _lock: threading.Lock = field(init=False, factory=threading.Lock)

    def __attrs_post_init__(self) -> None:
        # When nobody takes the spans, the oldest ones go.
        self._spans = deque(maxlen=self.most_spans)

    def add(self, span: Span) -> None:
        """A scorer was called."""
        with self._lock:
            self._spans.append(span)
            timing = self._timings.get(span.component, Timing())
            self._timings[span.component] = timing.after(span.seconds)

    def take(self) -> tuple[Span, ...]:
        """The spans since the last time."""
        with self._lock:
            spans = tuple(self._spans)
            self._spans.clear()
        return spans

    @property
    def timings(self) -> dict[str, Timing]:
        """The timings so far, the slowest component first."""
        with self._lock:
            found = dict(self._timings)
        return dict(sorted(found.items(), key=lambda item: -item[1].total))


@frozen
class Account:
    """What has been played and paid so far."""

    started: int = 0
    finished: int = 0
    tickets: int = 0
    paid: float = 0.0


def lines(spans: Iterable[Span]) -> str:
    """Spans as JSON lines."""
    return "".join(json.dumps(asdict(span)) + "\n" for span in spans)


class Observability:
    """Times and traces every scorer, and keeps account of episodes."""

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self.journal = Journal()
        self.account = Account()
        self._clock = clock

    @hookimpl(wrapper=True)
    def score(self, case: Case, action: SupportQueueAction, component: str) -> Wrapping:
        """Measure from before the scorer to after it, whatever comes of it."""
        started = self._clock()
        outcome = "abandoned"
        try:
            result = yield
            outcome = result.reason
        except Exception as error:
            outcome = type(error).__name__
            raise
        finally:
            seconds = self._clock() - started
            self.journal.add(Span(case.ticket.ticket_id, component, seconds, outcome))
        return result

    # An observer runs in one thread, and what it raises goes no further.

    @hookimpl
    def episode_started(self, episode: Episode) -> None:
        """Count it."""
        self.account = evolve(self.account, started=self.account.started + 1)

    @hookimpl
    def ticket_scored(self, episode: Episode, ticket: GradedTicket) -> None:
        """Add what was paid."""
        self.account = evolve(
            self.account,
            tickets=self.account.tickets + 1,
            paid=self.account.paid + ticket.paid,
        )

    @hookimpl
    def episode_finished(self, episode: Episode) -> None:
        """Log the episode's score and the slowest scorer; write the spans."""
        self.account = evolve(self.account, finished=self.account.finished + 1)
        slowest = next(iter(self.journal.timings.items()), ("none", Timing()))
        log.info(
            "%s scored %.4f; %s takes %.2f ms a call",
            episode.task.task_id,
            episode.average_reward,
            slowest[0],
            slowest[1].mean * 1000,
        )
        if path := os.environ.get("ACME_TRACE"):
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(lines(self.journal.take()))


class Keeping:
    """Keeps scores, so that the same answer never earns two different ones.

    Made for judges. The first score of a question stands; when the scorer fails or is
    silent later, as for an answer that is tried again, the kept one is returned. A
    wrapper cannot skip the scorer inside, so this saves no time: it saves the reward
    from a judge's moods.

    A wrapper is told the component and not the rubric. Use this where one rubric is
    played, because two of them may call different scorers by one name.
    """

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[object, ...], tuple[Case, Score]] = OrderedDict()
        self._lock = threading.Lock()

    @hookimpl(wrapper=True)
    def score(self, case: Case, action: SupportQueueAction, component: str) -> Wrapping:
        """The kept score, if there is one; else the new one, which is kept."""
        question = _question(case, action, component)
        kept = self.find(question)
        try:
            result = yield
        except Exception:
            if kept is None:
                raise
            return kept
        if kept is None and isinstance(result, Score):
            self.keep(question, case, result)
        return result if kept is None else kept

    def find(self, question: tuple[object, ...]) -> Score | None:
        """The score kept for a question."""
        with self._lock:
            if question not in self._kept:
                return None
            self._kept.move_to_end(question)
            return self._kept[question][1]

    def keep(self, question: tuple[object, ...], case: Case, score: Score) -> None:
        """Keep a score; the question not asked for longest makes room."""
        with self._lock:
            # With the case, so that no other object can get its id.
            self._kept[question] = (case, score)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)


def _question(
    case: Case, action: SupportQueueAction, component: str
) -> tuple[object, ...]:
    """What a score depends on; an action's metadata is ignored everywhere."""
    labels = (action.priority, action.queue, action.disposition)
    texts = (action.summary, action.response)
    return (component, id(case), *labels, *texts, action.confidence)
