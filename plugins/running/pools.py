"""The places of all plugins, made when they are first needed."""

import threading
from collections.abc import Callable
from typing import TypeVar

from attrs import define, field

from .limits import Limits
from .loops import LoopThread
from .processes import ProcessPool
from .threads import ThreadPool


T = TypeVar("T")


@define(eq=False)
class Pools:
    """Threads, a loop and processes by plugin."""

    limits: Limits = field(factory=Limits)
    _threads: dict[str, ThreadPool] = field(init=False, factory=dict)
    _loops: dict[str, LoopThread] = field(init=False, factory=dict)
    _processes: dict[str, ProcessPool] = field(init=False, factory=dict)
    _lock: threading.Lock = field(init=False, factory=threading.Lock)

    def threads(self, plugin: str) -> ThreadPool:
        """The threads of a plugin."""
        return self._get(self._threads, plugin, lambda: ThreadPool(plugin, self.limits))

    def loop(self, plugin: str, *, trusted: bool) -> LoopThread:
        """The event loop of a plugin."""
        return self._get(
            self._loops, plugin, lambda: LoopThread(plugin, self.limits, trusted)
        )

    def processes(self, plugin: str) -> ProcessPool:
        """The processes of a plugin; the first one is started at once."""
        pool = self._get(self._processes, plugin, lambda: ProcessPool(plugin))
        pool.warm()
        return pool

    def resting(self) -> tuple[str, ...]:
        """The plugins that are left alone now, by name."""
        with self._lock:
            pools: list[tuple[str, ThreadPool | LoopThread | ProcessPool]] = [
                *self._threads.items(),
                *self._loops.items(),
                *self._processes.items(),
            ]
        return tuple(sorted({name for name, pool in pools if pool.resting}))

    def close(self) -> None:
        """End what is running. Idle threads leave by themselves."""
        with self._lock:
            for loop in self._loops.values():
                loop.close()
            for processes in self._processes.values():
                processes.close()

    def _get(self, pools: dict[str, T], plugin: str, make: Callable[[], T]) -> T:
        with self._lock:
            if plugin not in pools:
                pools[plugin] = make()
            return pools[plugin]
