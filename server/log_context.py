"""Ids that every line logged in a task carries, such as those of session and request."""

from collections.abc import Mapping
from contextvars import ContextVar


_ids: ContextVar[Mapping[str, str]] = ContextVar("ids", default={})  # noqa: B039 - never changed in place


def bind(**ids: str) -> None:
    """From now on lines of this task, and of those that it starts, carry these, too."""
    _ids.set({**_ids.get(), **ids})


class bound:  # noqa: N801 - a function to those who use it
    """The same for as long as the block takes.

    A class of its own, since a generator takes as long as all else that a request's id
    costs.
    """

    __slots__ = ("_before", "_ids")

    def __init__(self, **ids: str) -> None:
        self._ids = ids

    def __enter__(self) -> None:
        """Bind."""
        self._before = _ids.set({**_ids.get(), **self._ids})

    def __exit__(self, *_: object) -> None:
        """Whatever was bound in the block, too, is forgotten."""
        _ids.reset(self._before)


def bound_ids() -> Mapping[str, str]:
    """The ids of this task."""
    return _ids.get()
