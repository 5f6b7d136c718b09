"""What the server and a scorer's own process say to each other: JSON, checked.

The process runs a stranger's code, so nothing that comes out of it is unpickled or
believed: a reply that is no score is a fault like any other.
"""

from fractions import Fraction
from typing import Any

import msgspec

from ...core.errors import FaultKind
from ...rubrics.score import Score, Unscored
from .outcomes import Failed, Outcome, Returned


MOST_BYTES = 262_144
"""Bytes of a reply; reason and explanation have 4,064 characters at most."""


class Request(msgspec.Struct):
    """Score an action with a scorer, which is `module:Class`."""

    scorer: str
    parameters: Any
    case: Any
    action: Any


class Reply(msgspec.Struct):
    """A score as a ratio, `unscored`, or a fault with words for the log."""

    numerator: str = ""
    denominator: str = ""
    reason: str = ""
    explanation: str = ""
    unscored: bool = False
    fault: FaultKind | None = None
    words: str = ""


def told(outcome: Outcome) -> Reply:
    """An outcome as a reply."""
    match outcome:
        case Failed(kind, words, _):
            return Reply(fault=kind, words=words)
        case Returned(Score() as score) if type(score.value) is Fraction:
            return Reply(
                numerator=str(score.value.numerator),
                denominator=str(score.value.denominator),
                reason=score.reason,
                explanation=score.explanation,
            )
        case Returned(Unscored() as unscored):
            return Reply(
                reason=unscored.reason, explanation=unscored.explanation, unscored=True
            )
        case Returned(value):
            words = f"it returned {type(value).__name__}, not a Score in [0, 1]"
            return Reply(fault=FaultKind.INVALID, words=words)
    raise TypeError


def heard(reply: bytes) -> Outcome:
    """A reply as an outcome; whatever is wrong with it is a fault."""
    try:
        said = msgspec.json.decode(reply, type=Reply)
        if said.fault is not None:
            return Failed(said.fault, said.words[:1000])
        if said.unscored:
            return Returned(Unscored(said.reason, said.explanation))
        value = Fraction(int(said.numerator), int(said.denominator))
        return Returned(Score(value, said.reason, said.explanation))
    except (ArithmeticError, ValueError, msgspec.MsgspecError):
        return Failed(FaultKind.INVALID, "its process sent something that is no score")
