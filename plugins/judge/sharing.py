"""Asking once what many want to know: a bounded memory, and calls in common."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from attrs import define


T = TypeVar("T")


class Memory(Generic[T]):
    """The values used last, `size` of them at most."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[str, T] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def recall(self, key: str) -> T | None:
        """The value kept under `key`, or None."""
        if key in self._values:
            self._values.move_to_end(key)
        return self._values.get(key)

    def keep(self, key: str, value: T) -> None:
        """Keep a value; the one unused for longest may have to go."""
        self._values[key] = value
        self._values.move_to_end(key)
        while len(self._values) > self._size:
            self._values.popitem(last=False)


@define
class _Call(Generic[T]):
    task: "asyncio.Task[T]"
    waiting: int = 0


class SharedCalls(Generic[T]):
    """Callers that want the same at the same time wait for one call.

    The call ends early only when nobody waits for it any more. Belongs to one loop.
    """

    def __init__(self) -> None:
        self._calls: dict[str, _Call[T]] = {}

    async def share(self, key: str, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The result of the call under way for `key`, or of the new one of `make`."""
        call = self._calls.get(key)
        if call is None:
            call = _Call(asyncio.create_task(make()))
            self._calls[key] = call
            call.task.add_done_callback(_retrieve)
        call.waiting += 1
        try:
            return await asyncio.shield(call.task)
        finally:
            call.waiting -= 1
            if call.task.done() or not call.waiting:
                call.task.cancel()  # without effect on one that is done
                if self._calls.get(key) is call:
                    del self._calls[key]


def _retrieve(task: "asyncio.Task[Any]") -> None:
    """Look at what the task raised: if all waiters have left, nobody else does."""
    if not task.cancelled():
        task.exception()
