"""What the guards of texts share: each finds a severity, and may give its opposite."""

from fractions import Fraction
from typing import Literal

from ..models import SupportQueueAction


Text = Literal["summary", "response"]

Gives = Literal["severity", "credit"]
"""`severity` is what penalties and gates take: 0 is good. `credit` is 1 - severity."""


def text_of(action: SupportQueueAction, text: Text) -> str:
    """The text of that name."""
    return action.summary if text == "summary" else action.response


def given(severity: Fraction, gives: Gives) -> Fraction:
    """The severity, or what it leaves."""
    return severity if gives == "severity" else 1 - severity
