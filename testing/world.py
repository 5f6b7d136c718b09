"""P14: a scorer changes neither its arguments nor the process that it runs in."""

import os
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from .counterexamples import hold
from .elsewhere import seeded
from .findings import Broken
from .questions import Question
from .subject import Subject
from .surroundings import changed_since, look_at_the_world


_UNLIKELY = 886_231
"""A seed that no scorer uses, so that setting another one shows."""


def changes_nothing(subject: Subject) -> None:
    """P14, on every question."""
    changed_since(subject.world)  # what earlier calls did would hide what this one does

    # A judge has to ask its model somehow.
    deeds = _deeds_allowed if subject.claims.judge else _deeds_forbidden

    def test(question: Question) -> None:
        before = question.copy()
        printed = subject.printed
        with seeded(_UNLIKELY), _world_kept(before), deeds(before):
            subject.ask(question)
        if changed := question.differing(before):
            raise Broken("P14", f"it changes {', '.join(changed)}", str(before))
        if count := subject.printed - printed:
            sentence = f"it prints: {count} characters in one call"
            raise Broken("P14", sentence, str(before))

    hold(subject.questions(), test)


@contextmanager
def _world_kept(question: Question) -> Iterator[None]:
    before = look_at_the_world()
    yield
    if changed := changed_since(before):
        raise Broken("P14", f"it changes {', '.join(changed)}", str(question))


_DEEDS: Mapping[str, str] = {
    "socket.connect": "opens a connection",
    "subprocess.Popen": "starts a process",
    "os.system": "starts a process",
    "os.fork": "starts a process",
    "os.remove": "removes a file",
    "os.rename": "renames a file",
    "os.mkdir": "makes a folder",
}
"""Events of the interpreter that no scorer has a reason to cause."""


class _Watch:
    """The thread that is watched, and what it did. Audit hooks are there for good."""

    def __init__(self) -> None:
        self.thread: int | None = None
        self.deeds: list[str] = []
        self._installed = False

    def install(self) -> None:
        """Add the hook, the first time."""
        if not self._installed:
            self._installed = True
            sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.thread is None or self.thread != threading.get_ident():
            return
        if event in _DEEDS:
            self.deeds.append(_DEEDS[event])
        elif event == "open" and _writes(*arguments):
            self.deeds.append(f"writes the file {str(arguments[0])!r:.80}")


def _writes(path: Any, mode: Any, flags: Any) -> bool:
    if isinstance(path, int) or ".pyc" in str(path):
        return False  # a descriptor that is open already; an import's cache
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


_watch = _Watch()


@contextmanager
def _deeds_allowed(_: Question) -> Iterator[None]:
    yield


@contextmanager
def _deeds_forbidden(question: Question) -> Iterator[None]:
    _watch.install()
    _watch.deeds.clear()
    _watch.thread = threading.get_ident()
    try:
        yield
    finally:
        _watch.thread = None
    if _watch.deeds:
        raise Broken("P14", f"it {_watch.deeds[0]}", str(question))
