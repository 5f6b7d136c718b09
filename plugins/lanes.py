"""Where a scorer's calls run, and by when they have to come back."""

from collections.abc import Coroutine, Sequence
from concurrent.futures import CancelledError, Future
from typing import Any

import msgspec
from attrs import field, frozen

from ..core.cases import Case
from ..core.conversion import unstructure
from ..core.errors import FaultKind, PluginError
from ..models import SupportQueueAction
from ..rubrics.conversion import rubric_converter
from .binding import Bound, ScoreFunction, wrapped
from .components import InlineLeaf, Lane, LaneLeaf, Place
from .offers import Offer, RegisteredScorer
from .running.guard import Guard
from .running.limits import DEADLINE, GRACE
from .running.loops import LoopThread
from .running.outcomes import Failed, Faulty, Outcome, Returned, outcome_of_async
from .running.pools import Pools
from .running.processes import ProcessPool
from .running.protocol import Request
from .running.threads import ThreadPool


@frozen
class ThreadLane:
    """A plain function of a stranger's, in threads of its plugin."""

    pool: ThreadPool
    guard: Guard

    def start(self, case: Case, action: SupportQueueAction) -> "Future[Outcome]":
        """Call it in a thread."""
        return self.pool.submit(lambda: self.guard.call(case, action))

    def give_up(self, future: "Future[Outcome]") -> None:
        """Nobody waits for the call any more."""
        self.pool.give_up(future)


@frozen
class LoopLane:
    """A coroutine function, on the event loop of its plugin."""

    loop: LoopThread
    call: ScoreFunction
    trusted: bool
    _guard: Guard = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_guard", Guard(self.call))

    def start(self, case: Case, action: SupportQueueAction) -> "Future[Outcome]":
        """Run it on the loop."""

        def make() -> Coroutine[Any, Any, Outcome]:
            if self.trusted:
                return outcome_of_async(lambda: self.call(case, action))
            return self._guard.call_async(case, action)

        return self.loop.submit(make)

    def give_up(self, future: "Future[Outcome]") -> None:
        """Nobody waits for the call any more."""
        self.loop.give_up(future)


@frozen
class ProcessLane:
    """A scorer of a stranger's, built and called in processes of its plugin."""

    pool: ProcessPool
    scorer: str
    parameters: Any
    seconds: float

    def start(self, case: Case, action: SupportQueueAction) -> "Future[Outcome]":
        """Have a process call it."""
        request = Request(
            self.scorer, self.parameters, unstructure(case), unstructure(action)
        )
        return self.pool.submit(msgspec.json.encode(request), self.seconds)

    def give_up(self, future: "Future[Outcome]") -> None:
        """Nobody waits for the call any more."""
        self.pool.give_up(future)


@frozen
class Bridge:
    """A lane as a plain function, for wrappers, which see results and no futures."""

    lane: Lane
    seconds: float

    def __call__(self, case: Case, action: SupportQueueAction) -> Any:
        """The scorer's result; raises `Faulty` where there is none."""
        future = self.lane.start(case, action)
        try:
            outcome = future.result(self.seconds)
        except TimeoutError:
            self.lane.give_up(future)
            words = f"it gave no answer within {self.seconds:g} s"
            raise Faulty(Failed(FaultKind.TIMED_OUT, words)) from None
        except CancelledError:
            words = "the environment was closed"
            raise Faulty(Failed(FaultKind.DISABLED, words)) from None
        if isinstance(outcome, Returned):
            return outcome.value
        raise Faulty(outcome)


@frozen
class Calling:
    """How the components of one rubric are called."""

    pools: Pools
    isolate: bool
    wrappers: Sequence[Offer]

    def leaf(
        self,
        place: Place,
        registered: RegisteredScorer,
        scorer: Any,
        hook: Bound,
        timeout: float | None,
    ) -> InlineLeaf | LaneLeaf:
        """The component of `scorer` at `place`.

        Raises:
            PluginError: it cannot run in a process of its own, and should; or it has a
                timeout and runs where nothing can be cut off.
        """
        seconds = timeout or _own_timeout(scorer) or DEADLINE
        inline = registered.origin.trusted and not hook.is_async
        lane = None if inline else self._lane(registered, scorer, hook, seconds)
        # A process is ended at its deadline, which takes a moment longer.
        deadline = seconds + GRACE if isinstance(lane, ProcessLane) else seconds
        if self.wrappers:
            inner = hook.call if lane is None else Bridge(lane, deadline)
            plugins = [offer.plugin for offer in self.wrappers]
            call = wrapped(inner, plugins, place.path)
            outermost = self.wrappers[0].origin.plugin
            guarded = ThreadLane(self.pools.threads(outermost), Guard(call))
            return LaneLeaf(place, guarded, deadline + GRACE)
        if lane is None:
            if timeout is not None:
                raise PluginError(
                    f"scorer {registered.id!r} runs inline, where nothing can cut it "
                    "off: leave `timeout` out"
                )
            return InlineLeaf(place, hook.call)
        return LaneLeaf(place, lane, deadline)

    def _lane(
        self, registered: RegisteredScorer, scorer: Any, hook: Bound, seconds: float
    ) -> Lane:
        plugin, trusted = registered.origin.plugin, registered.origin.trusted
        if self.isolate and not trusted:
            cls = registered.cls
            name = f"{cls.__module__}:{cls.__qualname__}"
            if "<locals>" in name or cls.__module__ == "__main__":
                raise PluginError(f"{name} cannot be imported by another process")
            parameters = rubric_converter.unstructure(scorer)
            pool = self.pools.processes(plugin)
            return ProcessLane(pool, name, parameters, seconds)
        if hook.is_async:
            loop = self.pools.loop(plugin, trusted=trusted)
            return LoopLane(loop, hook.call, trusted)
        return ThreadLane(self.pools.threads(plugin), Guard(hook.call))


def _own_timeout(scorer: object) -> float | None:
    """The deadline of a scorer that keeps one itself, and a moment to say so."""
    own = getattr(scorer, "timeout", None)
    return own + GRACE if isinstance(own, int | float) and 0 < own < 3600 else None
