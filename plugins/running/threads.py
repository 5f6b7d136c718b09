"""Threads of one plugin: a bounded number, which nothing ever waits for at exit."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue

from attrs import define, field

from ...core.errors import FaultKind
from .limits import Health, Limits
from .outcomes import Failed, Outcome, raised


_IDLE_SECONDS = 30.0

Job = Callable[[], Outcome]


def refusal(words: str) -> "Future[Outcome]":
    """A call that is not even begun."""
    future: Future[Outcome] = Future()
    future.set_result(Failed(FaultKind.DISABLED, words))
    return future


@define(eq=False)
class ThreadPool:
    """Runs jobs in daemon threads, which a hanging job cannot keep from exiting.

    A thread cannot be killed. One that outlives its deadline is counted as stuck and
    replaced; past a number of those the plugin gets no more threads until some return.
    """

    name: str
    limits: Limits = field(factory=Limits)
    _jobs: "SimpleQueue[tuple[Future[Outcome], Job]]" = field(
        init=False, factory=SimpleQueue
    )
    _lock: threading.Lock = field(init=False, factory=threading.Lock)
    _idle: threading.Semaphore = field(
        init=False, factory=lambda: threading.Semaphore(0)
    )
    _threads: int = field(init=False, default=0)
    _stuck: "set[Future[Outcome]]" = field(init=False, factory=set)
    _health: Health = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._health = Health(self.limits)

    def submit(self, job: Job) -> "Future[Outcome]":
        """Run `job`, which must not raise; its future never holds an exception."""
        with self._lock:
            if self._refuses():
                return refusal(f"plugin {self.name!r} timed out too often")
            future: Future[Outcome] = Future()
            self._jobs.put((future, job))
            busy = not self._idle.acquire(blocking=False)
            if busy and self._threads - len(self._stuck) < self.limits.threads:
                self._threads += 1
                name = f"support-queue-plugin-{self.name}"
                threading.Thread(target=self._work, name=name, daemon=True).start()
        return future

    @property
    def resting(self) -> bool:
        """Whether its plugin is left alone now."""
        with self._lock:
            return self._refuses()

    def _refuses(self) -> bool:
        return self._health.resting or len(self._stuck) >= self.limits.stuck

    def give_up(self, future: "Future[Outcome]") -> None:
        """Nobody waits for it any more, because its deadline has passed."""
        if future.cancel():
            return  # it had not begun: others held the threads
        with self._lock:
            if not future.done():
                self._stuck.add(future)
            self._health.timed_out()

    def _work(self) -> None:
        idle = False
        while True:
            try:
                future, job = self._jobs.get(timeout=_IDLE_SECONDS)
            except Empty:
                if self._retire(idle=idle):
                    return
                continue
            if future.set_running_or_notify_cancel():
                try:
                    outcome = job()
                except BaseException as error:  # noqa: BLE001 - somebody waits for it
                    outcome = raised(error)
                self._finished(future)
                future.set_result(outcome)
            idle = self._jobs.empty()
            if idle:
                self._idle.release()

    def _retire(self, *, idle: bool) -> bool:
        """Leave, unless a job was promised to this thread meanwhile."""
        with self._lock:
            if idle and not self._idle.acquire(blocking=False):
                return False
            self._threads -= 1
            return True

    def _finished(self, future: "Future[Outcome]") -> None:
        with self._lock:
            if future in self._stuck:
                self._stuck.remove(future)
            else:
                self._health.answered()
