"""P14: a scorer changes neither its arguments nor the process that it runs in."""

import decimal
import locale
import logging
import os
import random
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .counterexamples import hold
from .findings import Broken
from .questions import Question
from .subject import Subject


def _environment() -> Any:
    return dict(os.environ)


def _put_environment(kept: Any) -> None:
    os.environ.clear()
    os.environ.update(kept)


def _put_path(kept: Any) -> None:
    sys.path[:] = kept


def _filters() -> Any:
    return list(warnings.filters)


def _put_filters(kept: Any) -> None:
    warnings.filters[:] = kept  # type: ignore[index]  # typed as a sequence, is a list


def _log() -> Any:
    root = logging.getLogger()
    return root.level, tuple(root.handlers)


def _put_log(kept: Any) -> None:
    root = logging.getLogger()
    root.setLevel(kept[0])
    root.handlers[:] = kept[1]


def _context() -> Any:
    now = decimal.getcontext()
    return now.prec, now.rounding


def _put_context(kept: Any) -> None:
    now = decimal.getcontext()
    now.prec, now.rounding = kept


def _put_locale(kept: Any) -> None:
    locale.setlocale(locale.LC_ALL, kept)


_WORLD: Mapping[str, tuple[Callable[[], Any], Callable[[Any], None]]] = {
    "the environment variables": (_environment, _put_environment),
    "the current folder": (Path.cwd, os.chdir),
    "sys.path": (lambda: list(sys.path), _put_path),
    "the state of the random module": (random.getstate, random.setstate),
    "the recursion limit": (sys.getrecursionlimit, sys.setrecursionlimit),
    "the locale": (lambda: locale.setlocale(locale.LC_ALL), _put_locale),
    "the decimal context": (_context, _put_context),
    "the filters of warnings": (_filters, _put_filters),
    "the root logger": (_log, _put_log),
}
"""What a scorer might change, how to look at it, and how to put it back."""


def changes_nothing(subject: Subject) -> None:
    """P14, on every question."""

    def test(question: Question) -> None:
        before = question.copy()
        printed = subject.printed
        with _world_kept(question), _deeds_forbidden(question):
            subject.ask(question)
        if changed := question.differing(before):
            raise Broken("P14", f"it changes {', '.join(changed)}", str(before))
        if count := subject.printed - printed:
            sentence = f"it prints: {count} characters in one call"
            raise Broken("P14", sentence, str(before))

    hold(subject.questions(), test)


@contextmanager
def _world_kept(question: Question) -> Iterator[None]:
    before = {name: look() for name, (look, _) in _WORLD.items()}
    told = str(question)
    yield
    for name, (look, put) in _WORLD.items():
        if look() != before[name]:
            put(before[name])
            raise Broken("P14", f"it changes {name}", told)


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
def _deeds_forbidden(question: Question) -> Iterator[None]:
    _watch.install()
    _watch.deeds.clear()
    told = str(question)
    _watch.thread = threading.get_ident()
    try:
        yield
    finally:
        _watch.thread = None
    if _watch.deeds:
        raise Broken("P14", f"it {_watch.deeds[0]}", told)
