"""The conformance kit: proves that a scorer or a rubric keeps the rules.

    from support_queue_env.testing import ScorerConformance

    class TestBrevity(ScorerConformance):
        scorer = Brevity(words=200)

It needs the extra `testing` (pytest and hypothesis). `support-queue plugins check`
runs the same properties without a test.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any


if TYPE_CHECKING:
    from .candidates import parameters_for
    from .check import check_scorer
    from .conformance import RubricConformance, ScorerConformance
    from .findings import Finding, RubricReport, ScorerReport, Verdict
    from .rubric_check import check_rubric

__all__ = [
    "Finding",
    "RubricConformance",
    "RubricReport",
    "ScorerConformance",
    "ScorerReport",
    "Verdict",
    "check_rubric",
    "check_scorer",
    "parameters_for",
]

_HOMES = {
    "Finding": "findings",
    "RubricConformance": "conformance",
    "RubricReport": "findings",
    "ScorerConformance": "conformance",
    "ScorerReport": "findings",
    "Verdict": "findings",
    "check_rubric": "rubric_check",
    "check_scorer": "check",
    "parameters_for": "candidates",
}


def __getattr__(name: str) -> Any:
    """Import on first use: every run of pytest imports this file."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
