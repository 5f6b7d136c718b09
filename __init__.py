"""Support Queue: support-ticket triage for agents, scored by pluggable rubrics."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .core.version import __version__


if TYPE_CHECKING:
    from .core.session import Environment, Session
    from .environment import load_environment
    from .models import (
        ResetOptions,
        SupportQueueAction,
        SupportQueueObservation,
        SupportQueueState,
    )
    from .plugins import Case, Score, hookimpl


__all__ = [
    "Case",
    "Environment",
    "ResetOptions",
    "Score",
    "Session",
    "SupportQueueAction",
    "SupportQueueObservation",
    "SupportQueueState",
    "__version__",
    "hookimpl",
    "load_environment",
]

_HOMES = {
    "Case": "plugins",
    "Environment": "core.session",
    "ResetOptions": "models",
    "Score": "plugins",
    "Session": "core.session",
    "SupportQueueAction": "models",
    "SupportQueueObservation": "models",
    "SupportQueueState": "models",
    "hookimpl": "plugins",
    "load_environment": "environment",
}


def __getattr__(name: str) -> Any:
    """Import public names on first use, so that importing the package is cheap."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
