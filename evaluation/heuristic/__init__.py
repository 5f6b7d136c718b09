"""The rule-based policy: the honest baseline that `make run` plays."""

from .policy import HeuristicPolicy


__all__ = ["HeuristicPolicy"]
