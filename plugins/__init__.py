"""Everything the author of a plugin imports."""

from ..core.cases import Case, Gold, Statement
from ..models import SupportQueueAction, Ticket
from ..rubrics.quantities import Credit
from ..rubrics.score import Score, Unscored
from .hookspecs import PROJECT, hookimpl


__all__ = [
    "PROJECT",
    "Case",
    "Credit",
    "Gold",
    "Score",
    "Statement",
    "SupportQueueAction",
    "Ticket",
    "Unscored",
    "hookimpl",
]
