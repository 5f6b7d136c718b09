"""What the kit finds: a verdict per property, with a sentence and a counterexample."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from attrs import field, frozen


TITLES: Mapping[str, str] = {
    "P0": "a rubric can name and build it",
    "P1": "the reward is a finite float in [0, 1]",
    "P2": "it returns a Score in [0, 1] or Unscored, and never raises",
    "P3": "nothing is clamped from above",
    "P4": "components sum exactly to the raw reward",
    "P5": "the order of components changes nothing",
    "P6": "the same arguments give the same result, wherever and whenever",
    "P7": "a better score never lowers the reward, a severity never raises it",
    "P8": "the right answer earns all of it",
    "P9": "an empty answer earns next to nothing",
    "P10": "it depends on nothing outside `reads`",
    "P11": "credit does not rise with the distance of a level",
    "P12": "saying it twice earns nothing more",
    "P13": "letter case and width of characters change nothing",
    "P14": "it changes nothing, neither its arguments nor the world",
    "P15": "its parameters survive being written down",
    "P16": "the digest tells two settings apart",
    "P17": "in a rubric it pays its score, or refuses the step",
    "P18": "it is quick on every text",
    "P19": "scoring again gives the same reward",
    "reason": "its reason gives no truth away",
}
"""Every property by its number in the design, as a sentence about the scorer."""


class Verdict(StrEnum):
    """What came of a property."""

    KEPT = "kept"
    BROKEN = "BROKEN"
    NOT_RUN = "not run"


@frozen
class Finding:
    """A property's verdict.

    `sentence` says what was found; for a property that was not run, why.
    `counterexample` is the smallest found: what differs from a plain answer.
    """

    property: str
    verdict: Verdict
    sentence: str = ""
    counterexample: str = ""

    @property
    def title(self) -> str:
        """What the property says."""
        return TITLES[self.property]

    def __str__(self) -> str:
        told = f"{self.property}: {self.title}; {self.sentence}"
        return f"{told} for {self.counterexample}" if self.counterexample else told


@frozen
class ScorerReport:
    """What came of checking one scorer."""

    scorer: str
    parameters: Mapping[str, Any]
    findings: tuple[Finding, ...]
    remarks: tuple[str, ...] = ()
    seconds: float = field(default=0.0, eq=False)

    @property
    def broken(self) -> tuple[Finding, ...]:
        """The properties that do not hold."""
        return tuple(f for f in self.findings if f.verdict is Verdict.BROKEN)

    @property
    def conforms(self) -> bool:
        """Whether no property was found broken."""
        return not self.broken


class Broken(Exception):
    """A property that does not hold, in one sentence."""

    def __init__(self, property_: str, sentence: str, counterexample: str = "") -> None:
        self.property = property_
        self.sentence = sentence
        self.counterexample = counterexample
        super().__init__(f"{property_}: {sentence}")

    @property
    def finding(self) -> Finding:
        """The same as a value."""
        return Finding(
            self.property, Verdict.BROKEN, self.sentence, self.counterexample
        )


class NotRun(Exception):
    """A property that cannot be checked here; the message says why."""
