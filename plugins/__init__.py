"""Everything the author of a plugin imports."""

from ..core.cases import Case, Gold
from ..models import SupportQueueAction, Ticket
from ..rubrics.quantities import Credit
from ..rubrics.score import Score
from .hookspecs import PROJECT, hookimpl


__all__ = [
    "PROJECT",
    "Case",
    "Credit",
    "Gold",
    "Score",
    "SupportQueueAction",
    "Ticket",
    "hookimpl",
]
