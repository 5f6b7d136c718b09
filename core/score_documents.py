"""A ticket's score as plain values that JSON can hold, and back, exactly.

Fractions are written as `"3/10"`. A document stands for itself: no rubric is needed to
read it, so a log can be read after its rubric is gone.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from .scoring import (
    ComponentKind,
    ComponentScore,
    Terms,
    TicketScore,
    UnscoredComponent,
)


def score_document(score: TicketScore) -> dict[str, Any]:
    """`score` in plain values."""
    document: dict[str, Any] = {
        "reward": _exact(score.reward),
        "raw": _exact(score.raw),
        "digest": score.digest,
        "components": [_component_document(c) for c in score.components],
    }
    if score.unscored:
        document["unscored"] = [
            {
                "name": left.name,
                "scorer": left.scorer,
                "reason": left.reason,
                "explanation": left.explanation,
                "seconds": left.seconds,
            }
            for left in score.unscored
        ]
    return document


def read_score(document: Mapping[str, Any]) -> TicketScore:
    """The score that `score_document` wrote.

    Raises:
        KeyError, TypeError, ValueError: it is no such document.
    """
    return TicketScore(
        reward=Fraction(document["reward"]),
        raw=Fraction(document["raw"]),
        components=tuple(_read_component(c) for c in document["components"]),
        unscored=tuple(
            UnscoredComponent(**left) for left in document.get("unscored", ())
        ),
        digest=document["digest"],
    )


def _exact(number: Fraction) -> str:
    return f"{number.numerator}/{number.denominator}"


def _component_document(component: ComponentScore) -> dict[str, Any]:
    document: dict[str, Any] = {
        **component.terms.document,
        "value": f"{component.numerator}/{component.denominator}",
        "reason": component.reason,
        "explanation": component.explanation,
        "seconds": component.seconds,
    }
    if component.inner is not None:
        document["inner"] = score_document(component.inner)
    return document


def _read_component(document: Mapping[str, Any]) -> ComponentScore:
    # Not a Fraction: a scorer may have said 2/4, and that is what it said.
    numerator, _, denominator = document["value"].partition("/")
    inner = document.get("inner")
    return ComponentScore(
        terms=Terms(
            document["name"],
            ComponentKind(document["kind"]),
            Fraction(document["amount"]),
            document["scorer"],
        ),
        numerator=int(numerator),
        denominator=int(denominator),
        reason=document["reason"],
        explanation=document["explanation"],
        seconds=document["seconds"],
        inner=None if inner is None else read_score(inner),
    )
