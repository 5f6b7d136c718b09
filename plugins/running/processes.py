"""Processes of one plugin, which can be killed (`--isolate-plugins`)."""

import json
import os
import socket
import subprocess
import sys
import threading
from concurrent.futures import Future
from multiprocessing.connection import Connection
from time import monotonic

from attrs import define, field

from ...core.errors import FaultKind
from .limits import Limits
from .outcomes import Failed, Outcome
from .protocol import MOST_BYTES, heard
from .threads import ThreadPool


_START_SECONDS = 30.0
_PROCESSES = 4


class _Child:
    """A process that has been started; it becomes ready by itself."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        ends, self._lifeline = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
                [
                    *(sys.executable, "-m", f"{__package__}.child"),
                    *(str(theirs.fileno()), str(ends)),
                    json.dumps(sys.path),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), ends),
            )
        finally:
            theirs.close()
            os.close(ends)
        self._connection = Connection(ours.detach())
        self._ready = False

    def ask(self, request: bytes, seconds: float) -> Outcome | None:
        """The outcome of a request; None when the process is of no more use."""
        try:
            if not self._ready:
                self._ready = self._connection.poll(_START_SECONDS)
                self._connection.recv_bytes(MOST_BYTES)
            self._connection.send_bytes(request)
            if not self._connection.poll(seconds):
                return None
            return heard(self._connection.recv_bytes(MOST_BYTES))
        except (EOFError, OSError):
            return None

    def kill(self) -> None:
        """End it, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        self._connection.close()
        os.close(self._lifeline)


@define(eq=False)
class ProcessPool:
    """Runs the scorers of one plugin in a few processes; one that hangs is killed."""

    name: str
    limits: Limits = field(factory=lambda: Limits(threads=_PROCESSES))
    _threads: ThreadPool = field(init=False)
    _free: list[_Child] = field(init=False, factory=list)
    _lock: threading.Lock = field(init=False, factory=threading.Lock)

    def __attrs_post_init__(self) -> None:
        self._threads = ThreadPool(self.name, self.limits)

    def submit(self, request: bytes, seconds: float) -> "Future[Outcome]":
        """Have a process answer a request within `seconds`."""
        return self._threads.submit(lambda: self._ask(request, seconds))

    @property
    def resting(self) -> bool:
        """Whether its plugin is left alone now."""
        return self._threads.resting

    def give_up(self, future: "Future[Outcome]") -> None:
        """Nobody waits for it any more, because its deadline has passed."""
        self._threads.give_up(future)

    def warm(self) -> None:
        """Start a process before it is needed; it takes half a second to be ready."""
        with self._lock:
            if not self._free:
                self._free.append(_Child())

    def close(self) -> None:
        """End the processes that have nothing to do."""
        with self._lock:
            idle, self._free = self._free, []
        for child in idle:
            child.kill()

    def _ask(self, request: bytes, seconds: float) -> Outcome:
        with self._lock:
            child = self._free.pop() if self._free else _Child()
        begun = monotonic()
        outcome = child.ask(request, seconds)
        if outcome is None:
            child.kill()
            self.warm()
            if monotonic() - begun >= seconds:
                words = f"it gave no answer within {seconds:g} s; its process was ended"
                return Failed(FaultKind.TIMED_OUT, words)
            return Failed(FaultKind.RAISED, "it ended its process")
        with self._lock:
            self._free.append(child)
        return outcome
