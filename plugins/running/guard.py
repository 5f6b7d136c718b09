"""A call to a stranger's scorer: on copies, without a voice, with a look afterwards."""

import copy
import inspect
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

from attrs import field, frozen

from ...core.cases import Case
from ...core.conversion import converter
from ...core.errors import FaultKind
from ...models import SupportQueueAction
from .outcomes import Failed, Outcome, Returned, outcome_of, outcome_of_async
from .printing import MOST_PRINTED, Printed, muffled


_REMEMBERED = 128

ScoreFunction = Callable[[Case, SupportQueueAction], Any]


class CaseCopies:
    """Copies of cases for one scorer, made once each.

    Frozen values only keep honest code from changing them. What a stranger's scorer
    changes is its own copy, and the look afterwards notices.
    """

    def __init__(self) -> None:
        self._copies: OrderedDict[int, tuple[Case, Case]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, case: Case) -> Case:
        """The scorer's copy of `case`."""
        with self._lock:
            known = self._copies.get(id(case))
            if known is not None:
                return known[1]
        # Taken apart and put together: no object of ours is in it, however deep.
        own = converter.structure(converter.unstructure(case), Case)
        with self._lock:
            # The original is kept with it, so that no other case can get its id.
            self._copies[id(case)] = (case, own)
            while len(self._copies) > _REMEMBERED:
                self._copies.popitem(last=False)
        return own

    def forget(self, case: Case) -> None:
        """Drop a copy that was spoilt."""
        with self._lock:
            self._copies.pop(id(case), None)


@frozen(eq=False)
class Guard:
    """Calls one scorer of a stranger's, as a function or a coroutine function."""

    function: ScoreFunction
    _copies: CaseCopies = field(init=False, factory=CaseCopies)

    def call(self, case: Case, action: SupportQueueAction) -> Outcome:
        """What the function returns, or what it did instead."""
        theirs, given = self._copies.of(case), copy.copy(action)
        with muffled() as printed:
            outcome = outcome_of(lambda: self.function(theirs, given))
        if isinstance(outcome, Returned) and inspect.iscoroutine(outcome.value):
            outcome.value.close()  # nobody awaits it; Python would complain of that
        return self._seen(outcome, printed, (case, theirs), (action, given))

    async def call_async(self, case: Case, action: SupportQueueAction) -> Outcome:
        """The same for a coroutine function."""
        theirs, given = self._copies.of(case), copy.copy(action)

        def call() -> Awaitable[Any]:
            result: Awaitable[Any] = self.function(theirs, given)
            return result

        with muffled() as printed:
            outcome = await outcome_of_async(call)
        return self._seen(outcome, printed, (case, theirs), (action, given))

    def _seen(
        self,
        outcome: Outcome,
        printed: Printed,
        cases: tuple[Case, Case],
        actions: tuple[SupportQueueAction, SupportQueueAction],
    ) -> Outcome:
        if not (_same(*cases) and _same(*actions)):
            self._copies.forget(cases[0])
            return Failed(FaultKind.MUTATED, "it changed the case or the action")
        if printed.too_much:  # whether or not it let the exception through
            words = f"it printed more than {MOST_PRINTED} characters"
            return Failed(FaultKind.PRINTED, words)
        return outcome


def _same(original: object, given: object) -> bool:
    """Whether they are equal; something that cannot be compared was changed."""
    try:
        return bool(original == given)
    except Exception:  # noqa: BLE001 - what was put in may raise when compared
        return False
