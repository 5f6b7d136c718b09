"""Ids that every line logged in a task carries, such as those of session and request."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar


_ids: ContextVar[Mapping[str, str]] = ContextVar("ids", default={})  # noqa: B039 - never changed in place


def bind(**ids: str) -> None:
    """From now on lines of this task, and of those that it starts, carry these, too."""
    _ids.set({**_ids.get(), **ids})


@contextmanager
def bound(**ids: str) -> Iterator[None]:
    """The same for as long as the block takes."""
    before = _ids.set({**_ids.get(), **ids})
    try:
        yield
    finally:
        _ids.reset(before)


def bound_ids() -> Mapping[str, str]:
    """The ids of this task."""
    return _ids.get()
