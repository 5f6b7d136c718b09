"""The components of a compiled rubric, each with something to score it.

A component of trusted, plain code is scored at once, where it stands. Any other is
started, and waited for until its deadline: by blocking, or on an event loop. Those of
one ticket run at the same time, and the order in which they finish changes nothing.
"""

import asyncio
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from fractions import Fraction
from time import perf_counter
from typing import Any, Protocol

from attrs import define, field, frozen

from ..core.cases import Case
from ..core.errors import FaultKind, ScoringError
from ..core.scoring import ComponentScore, Terms, TicketScore, UnscoredComponent
from ..models import SupportQueueAction
from ..rubrics.kernel import Ratio
from ..rubrics.rubric import ZERO, Rubric
from ..rubrics.score import Score, Unscored
from .running.outcomes import Failed, Outcome, Returned, raised


ScoreHook = Callable[[Case, SupportQueueAction], Any]
Result = ComponentScore | UnscoredComponent

_ENDED = Failed(FaultKind.DISABLED, "the environment was closed")


class Lane(Protocol):
    """Where the calls of one scorer run, apart from ours."""

    def start(self, case: Case, action: SupportQueueAction) -> "Future[Outcome]":
        """Begin a call; the future never holds an exception."""

    def give_up(self, future: "Future[Outcome]") -> None:
        """Nobody waits for the call any more."""


@frozen
class Place:
    """Where a component stands in its rubric, and what its failure means there."""

    terms: Terms
    path: str
    refuses: bool = True

    def result(self, outcome: Outcome, started: float) -> Result:
        """A scorer's outcome as a component of the reward.

        Raises:
            ScoringError: it is no score, and the rubric wants one.
        """
        if isinstance(outcome, Failed):
            return self.failed(outcome, started)
        value = outcome.value
        if type(value) is Score:
            # Checked again: frozen values only keep honest code from changing them.
            ratio = value.value
            if type(ratio) is Fraction and 0 <= ratio.numerator <= ratio.denominator:
                return ComponentScore(
                    self.terms,
                    ratio.numerator,
                    ratio.denominator,
                    value.reason,
                    value.explanation,
                    perf_counter() - started,
                )
        if type(value) is Unscored:
            return self._left_out(value.reason, value.explanation, started)
        words = f"it returned {type(value).__name__}, not a Score in [0, 1]"
        return self.failed(Failed(FaultKind.INVALID, words), started)

    def failed(self, failed: Failed, started: float) -> UnscoredComponent:
        """A fault as a component that is left out, or as the end of the step."""
        if self.refuses:
            raise ScoringError(
                self.path, self.terms.scorer, failed.words, failed.kind
            ) from failed.error
        return self._unscored(str(failed.kind), "", started)

    def _left_out(
        self, reason: str, explanation: str, started: float
    ) -> UnscoredComponent:
        if self.refuses:
            words = f"{reason}: {explanation}" if explanation else reason
            kind = FaultKind.UNSCORED
            raise ScoringError(self.path, self.terms.scorer, words, kind)
        return self._unscored(reason, explanation, started)

    def _unscored(
        self, reason: str, explanation: str, started: float
    ) -> UnscoredComponent:
        seconds = perf_counter() - started
        return UnscoredComponent(
            self.path, self.terms.scorer, reason, explanation, seconds
        )


@frozen
class InlineLeaf:
    """A component scored by trusted, plain code."""

    place: Place
    call: ScoreHook

    inline = True

    def score(self, case: Case, action: SupportQueueAction, started: float) -> Result:
        """Call the scorer; its time counts from `started`."""
        try:
            value = self.call(case, action)
        # Nothing that a scorer raises, not even an exit, may end the server.
        except BaseException as error:
            if is_interrupt(error):
                raise
            return self.place.failed(raised(error), started)
        # What `Place.result` would say, without a detour: this runs at every step.
        ratio = value.value if type(value) is Score else None
        if type(ratio) is Fraction:
            numerator, denominator = ratio.as_integer_ratio()
            if 0 <= numerator <= denominator:
                return ComponentScore(
                    self.place.terms,
                    numerator,
                    denominator,
                    value.reason,
                    value.explanation,
                    perf_counter() - started,
                )
        return self.place.result(Returned(value), started)


@frozen
class LaneLeaf:
    """A component whose scorer runs elsewhere, and has until its deadline."""

    place: Place
    lane: Lane
    deadline: float

    inline = False

    def start(self, case: Case, action: SupportQueueAction) -> "PendingLeaf":
        """Begin the call."""
        return PendingLeaf(self, self.lane.start(case, action), perf_counter())


@define(eq=False)
class PendingLeaf:
    """A call that has begun."""

    leaf: LaneLeaf
    future: "Future[Outcome]"
    started: float

    def wait(self) -> Result:
        """The result, at the deadline at the latest."""
        try:
            outcome = self.future.result(self._left())
        except TimeoutError:
            return self._timed_out()
        except CancelledError:
            return self.leaf.place.failed(_ENDED, self.started)
        return self.leaf.place.result(outcome, self.started)

    async def wait_async(self) -> Result:
        """The same on an event loop."""
        waiting = asyncio.wrap_future(self.future)
        done, _ = await asyncio.wait([waiting], timeout=self._left())
        if not done:
            return self._timed_out()
        if waiting.cancelled():
            return self.leaf.place.failed(_ENDED, self.started)
        return self.leaf.place.result(waiting.result(), self.started)

    def abandon(self) -> None:
        """Its result is of no use any more; that is no fault of the scorer's."""
        self.future.cancel()

    def _left(self) -> float:
        return max(0.0, self.started + self.leaf.deadline - perf_counter())

    def _timed_out(self) -> Result:
        self.leaf.lane.give_up(self.future)
        words = f"it gave no answer within {self.leaf.deadline:g} s"
        failed = Failed(FaultKind.TIMED_OUT, words)
        return self.leaf.place.failed(failed, self.started)


@frozen
class Branch:
    """A criterion scored by a rubric of its own."""

    place: Place
    tree: "Tree"

    @property
    def inline(self) -> bool:
        """Whether everything in it is scored at once."""
        return self.tree.inline

    def score(
        self, case: Case, action: SupportQueueAction, started: float
    ) -> ComponentScore:
        """Score the inner rubric; its time counts from `started`."""
        return self.result(self.tree.score(case, action), started)

    def start(self, case: Case, action: SupportQueueAction) -> "PendingBranch":
        """Begin what takes time in the inner rubric."""
        return PendingBranch(self, self.tree.start(case, action), perf_counter())

    def result(self, inner: TicketScore, started: float) -> ComponentScore:
        """The inner reward as a score."""
        numerator, denominator = inner.reward.as_integer_ratio()
        return ComponentScore(
            self.place.terms,
            numerator,
            denominator,
            "nested",
            "",
            perf_counter() - started,
            inner,
        )


@define(eq=False)
class PendingBranch:
    """An inner rubric that is being scored."""

    branch: Branch
    ticket: "PendingTicket"
    started: float

    def wait(self) -> ComponentScore:
        """The result."""
        return self.branch.result(self.ticket.wait(), self.started)

    async def wait_async(self) -> ComponentScore:
        """The same on an event loop."""
        return self.branch.result(await self.ticket.wait_async(), self.started)

    def abandon(self) -> None:
        """Its result is of no use any more."""
        self.ticket.abandon()


Pending = PendingLeaf | PendingBranch


@frozen
class Tree:
    """A rubric with something to score each of its components.

    `inline`: all of them at once, where they stand. `complete`: none may be left out.
    """

    rubric: Rubric
    nodes: tuple[InlineLeaf | LaneLeaf | Branch, ...]
    digest: str = ""
    inline: bool = field(init=False)
    complete: bool = field(init=False)

    def __attrs_post_init__(self) -> None:
        inline = all(node.inline for node in self.nodes)
        complete = all(_complete(node) for node in self.nodes)
        object.__setattr__(self, "inline", inline)
        object.__setattr__(self, "complete", complete)

    def score(self, case: Case, action: SupportQueueAction) -> TicketScore:
        """The reward; waits for what takes time."""
        if not self.inline:
            return self.start(case, action).wait()
        results: list[Any] = []
        now = perf_counter()
        for node in self.nodes:
            result = node.score(case, action, now)  # type: ignore[union-attr]  # all of them are inline
            now += result.seconds  # one ends where the next begins: one clock reading
            results.append(result)
        if not self.complete:
            return self.combined(results)
        raw, reward = self.rubric.combine(results)
        return TicketScore(reward, raw, tuple(results), (), self.digest)

    async def score_async(self, case: Case, action: SupportQueueAction) -> TicketScore:
        """The same without blocking the event loop it is awaited on."""
        if self.inline:
            return self.score(case, action)
        return await self.start(case, action).wait_async()

    def start(self, case: Case, action: SupportQueueAction) -> "PendingTicket":
        """Begin what takes time, then score what does not."""
        parts: dict[int, Pending | Result] = {}
        for number, node in enumerate(self.nodes):
            if not isinstance(node, InlineLeaf) and not node.inline:
                parts[number] = node.start(case, action)
        try:
            for number, node in enumerate(self.nodes):
                if number not in parts:
                    parts[number] = node.score(case, action, perf_counter())  # type: ignore[union-attr]  # only inline ones are left
        except BaseException:
            abandon(parts)
            raise
        return PendingTicket(self, parts)

    def combined(self, results: Sequence[Result]) -> TicketScore:
        """The results of all components as one."""
        scored: list[ComponentScore] = []
        unscored: list[UnscoredComponent] = []
        values: list[Ratio] = []
        for result in results:
            if isinstance(result, ComponentScore):
                scored.append(result)
                values.append(result)
                if result.inner:
                    unscored += result.inner.unscored
            else:
                # What is left out adds nothing; no score of 0 is kept for it.
                unscored.append(result)
                values.append(ZERO)
        raw, reward = self.rubric.combine(values)
        return TicketScore(reward, raw, tuple(scored), tuple(unscored), self.digest)


@define(eq=False)
class PendingTicket:
    """A ticket of which some components are being scored."""

    tree: Tree
    parts: Mapping[int, Pending | Result]

    def wait(self) -> TicketScore:
        """The reward, at the last deadline at the latest."""
        results: list[Result] = []
        try:
            for number in range(len(self.parts)):
                part = self.parts[number]
                done = isinstance(part, ComponentScore | UnscoredComponent)
                results.append(part if done else part.wait())  # type: ignore[arg-type,union-attr]  # done tells which it is
        except BaseException:
            self.abandon()
            raise
        return self.tree.combined(results)

    async def wait_async(self) -> TicketScore:
        """The same on an event loop."""
        results: list[Result] = []
        try:
            for number in range(len(self.parts)):
                part = self.parts[number]
                if isinstance(part, ComponentScore | UnscoredComponent):
                    results.append(part)
                else:
                    results.append(await part.wait_async())
        except BaseException:
            self.abandon()
            raise
        return self.tree.combined(results)

    def abandon(self) -> None:
        """Nobody wants the reward any more."""
        abandon(self.parts)


def _complete(node: InlineLeaf | LaneLeaf | Branch) -> bool:
    """Whether the rubric lets nothing in it be left out."""
    return node.tree.complete if isinstance(node, Branch) else node.place.refuses


def abandon(parts: Mapping[int, Pending | Result]) -> None:
    """Give up what has begun of a ticket."""
    for part in parts.values():
        if isinstance(part, PendingLeaf | PendingBranch):
            part.abandon()


def is_interrupt(error: BaseException) -> bool:
    """Whether a person asks this process to stop.

    Where a server has its own handler for the signal, a `KeyboardInterrupt` can only
    come from the scorer.
    """
    return (
        isinstance(error, KeyboardInterrupt)
        and threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
