"""Threads that read, and that never hold up the end of the process.

Those of `concurrent.futures` are waited for when the interpreter ends, even if a
database that froze never answers them.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

from attrs import define, field


T = TypeVar("T")
_Task = tuple["Future[Any]", Callable[[], Any]]


@define(eq=False)
class DaemonThreads:
    """`count` threads of that name, started with the first task."""

    count: int
    name: str
    _tasks: "SimpleQueue[_Task | None]" = field(init=False, factory=SimpleQueue)
    _threads: list[threading.Thread] = field(init=False, factory=list)
    _lock: threading.Lock = field(init=False, factory=threading.Lock)
    _closed: bool = field(init=False, default=False)

    def submit(self, task: Callable[[], T]) -> "Future[T]":
        """Have `task` done by one of them.

        Raises:
            RuntimeError: they are closed.
        """
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError("the threads are closed")
            if not self._threads:
                self._threads = [self._started() for _ in range(self.count)]
            self._tasks.put((future, task))
        return future

    def close(self, seconds: float) -> None:
        """Finish what is waiting, for so long at most; what is left is abandoned."""
        give_up = time.monotonic() + seconds
        with self._lock:
            if not self._closed:
                self._closed = True
                for _ in self._threads:
                    self._tasks.put(None)
        for thread in self._threads:
            thread.join(max(0.0, give_up - time.monotonic()))

    def _started(self) -> threading.Thread:
        thread = threading.Thread(target=self._work, name=self.name, daemon=True)
        thread.start()
        return thread

    def _work(self) -> None:
        while (found := self._tasks.get()) is not None:
            future, task = found
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = task()
            except BaseException as error:  # noqa: BLE001 - whoever asked is told
                future.set_exception(error)
            else:
                future.set_result(result)
