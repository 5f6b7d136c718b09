"""Telling observers: each in a thread of its own, in order, after the fact.

What an observer raises is logged; one that hangs fills its queue and misses events,
which is logged as well. Nothing of it reaches a reward or holds up a step.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from queue import SimpleQueue
from time import monotonic
from typing import Any

from attrs import define, field

from ..core.episode import Episode, GradedTicket
from ..core.errors import said
from .binding import new_manager
from .hookspecs import OBSERVERS
from .offers import Offer
from .running.printing import muffled


log = logging.getLogger(__name__)

MOST_WAITING = 10_000
"""Events that an observer may be behind; what comes then, it misses."""

CLOSE_SECONDS = 5.0

Event = tuple[str, Mapping[str, Any]]


@define(eq=False)
class Watcher:
    """One observer with its thread."""

    name: str
    hooks: Mapping[str, Callable[..., object]]
    trusted: bool = False
    most_waiting: int = MOST_WAITING
    missed: int = field(init=False, default=0)
    failures: int = field(init=False, default=0)
    _events: "SimpleQueue[Event | None]" = field(init=False, factory=SimpleQueue)
    _thread: threading.Thread | None = field(init=False, default=None)

    def tell(self, hook: str, arguments: Mapping[str, Any]) -> None:
        """Put an event at the end of the queue; never waits."""
        if hook not in self.hooks:
            return
        if self._events.qsize() >= self.most_waiting:
            self.missed += 1
            if self.missed == 1:
                log.error("observer %s is too far behind and misses events", self.name)
            return
        self._events.put((hook, arguments))
        if self._thread is None:
            name = f"support-queue-observer-{self.name}"
            self._thread = threading.Thread(target=self._work, name=name, daemon=True)
            self._thread.start()

    def close(self, seconds: float) -> None:
        """Wait until it has seen everything so far, but no longer than that."""
        thread = self._thread
        if thread is None:
            return
        self._events.put(None)
        thread.join(max(seconds, 0))
        if thread.is_alive():
            log.error("observer %s did not finish in time", self.name)
        else:
            self._thread = None

    def _work(self) -> None:
        while (event := self._events.get()) is not None:
            hook, arguments = event
            try:
                if self.trusted:
                    self.hooks[hook](**arguments)
                else:
                    with muffled():
                        self.hooks[hook](**arguments)
            except BaseException as error:  # noqa: BLE001 - it must not end the thread
                self.failures += 1
                log.error("observer %s failed in %s: %s", self.name, hook, said(error))  # noqa: TRY400 - a traceback may hold what was observed


def watcher_of(offer: Offer) -> Watcher:
    """An observing plugin as a watcher."""
    hook = new_manager([offer.plugin]).hook
    hooks = {name: getattr(hook, name) for name in OBSERVERS if name in offer.hooks}
    return Watcher(offer.origin.plugin, hooks, trusted=offer.origin.trusted)


@define(eq=False)
class Observers:
    """Tells the observers of an episode's rubric, and those that see everything.

    This is the `Observer` that `core` knows.
    """

    everywhere: Sequence[Watcher] = ()
    _by_plugin: dict[int, tuple[Offer, Watcher]] = field(init=False, factory=dict)

    def episode_started(self, episode: Episode) -> None:
        """An episode was reset."""
        self._tell("episode_started", episode, {"episode": episode})

    def ticket_scored(self, episode: Episode, ticket: GradedTicket) -> None:
        """A ticket was scored."""
        self._tell("ticket_scored", episode, {"episode": episode, "ticket": ticket})

    def episode_finished(self, episode: Episode) -> None:
        """An episode has no ticket left."""
        self._tell("episode_finished", episode, {"episode": episode})

    def close(self, seconds: float = CLOSE_SECONDS) -> None:
        """Let all of them finish, within that time altogether."""
        end = monotonic() + seconds
        for watcher in (*self.everywhere, *(w for _, w in self._by_plugin.values())):
            watcher.close(end - monotonic())

    def _tell(self, hook: str, episode: Episode, arguments: Mapping[str, Any]) -> None:
        for watcher in self.everywhere:
            watcher.tell(hook, arguments)
        offers: Sequence[Offer] = getattr(episode.scorer, "observers", ())
        for offer in offers:
            self._watcher(offer).tell(hook, arguments)

    def _watcher(self, offer: Offer) -> Watcher:
        # One per plugin, however many rubrics list it; the offer is kept beside it,
        # so that no other object can get its id.
        known = self._by_plugin.get(id(offer.plugin))
        if known is None:
            known = self._by_plugin[id(offer.plugin)] = (offer, watcher_of(offer))
        return known[1]
