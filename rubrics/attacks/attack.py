"""An attack as a value: a way to be paid without doing the work, and what must hold."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from typing import Any, Literal

from attrs import field, frozen

from ...core.cases import Case
from ...models import SupportQueueAction


Policy = Callable[[Case, Sequence[Case]], SupportQueueAction]
"""A case and all the cases of the run to the action that attacks the case."""

_ID = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")


class AttackKind(StrEnum):
    """What an attack is for.

    A `hack` tries to be paid for work that was not done. A `bound` is an answer
    whose worth follows from the rubric's definition. A `control` is honest work
    that looks like a hack and must not be punished. An `error` sends what no action
    may hold. A `process` is more than one answer: a search, a plugin, a spy.
    """

    HACK = "hack"
    BOUND = "bound"
    CONTROL = "control"
    ERROR = "error"
    PROCESS = "process"


Relation = Literal["at_most", "at_least", "exactly", "report"]


def _unit(value: Fraction | str | float) -> Fraction:
    return value if isinstance(value, Fraction) else Fraction(str(value))


@frozen(kw_only=True)
class Requirement:
    """What the reward of an attack must be.

    Args:
        relation: how the reward stands to the reference; `report` asks nothing.
        reference: a number in [0, 1], or the id of another attack, or the name of a
            reference answer of the suite, such as `oracle`.
        plus: added to the reference, in reward.
        every_ticket: whether it holds for each ticket rather than for the mean.
    """

    relation: Relation = "report"
    reference: Fraction | str = Fraction(0)
    plus: Fraction = field(default=Fraction(0), converter=_unit)
    every_ticket: bool = False

    def __str__(self) -> str:
        if self.relation == "report":
            return "reported"
        words = {"at_most": "≤", "at_least": "≥", "exactly": "="}[self.relation]
        name = self.reference
        base = f"{float(name):.2f}" if isinstance(name, Fraction) else name
        plus = f" + {float(self.plus):.2f}" if self.plus else ""
        each = ", each ticket" if self.every_ticket else ""
        return f"{words} {base}{plus}{each}"


REPORTED = Requirement()


@frozen
class Variant:
    """One of several ways to carry an attack out; the best paid one counts."""

    name: str
    policy: Policy


@frozen
class Payload:
    """A document that must not become an action, and what is wrong with it."""

    wrong: str
    document: Mapping[str, Any]


Variants = Callable[[Sequence[Case]], Iterable[Variant]]
Payloads = Callable[[Case], Iterable[Payload]]


def _short(_: object, __: object, value: Any) -> None:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise ValueError(
            f"attack id {value!r:.80}: expected a letter, then letters, digits, dots, "
            "hyphens or underscores, at most 64"
        )


@frozen(kw_only=True)
class Attack:
    """A known way of gaming a rubric.

    Args:
        id: short and unique, such as `A05`; a plugin's begins with its own name.
        name: a few words.
        does: what it does, in a sentence.
        kind: what it is for.
        must: what its reward must be.
        policy: the action for a case; what a plugin gives.
        variants: in place of `policy`: several policies for the cases of a run, of
            which the best paid counts (of a control the worst paid).
        payloads: documents that reading an action must refuse.
        blind: it knows nothing that an agent could not know without reading tickets.
        needs_judge: it means a model that judges; without one it is not applicable.
    """

    id: str = field(validator=_short)
    name: str
    does: str
    kind: AttackKind = field(default=AttackKind.HACK, converter=AttackKind)
    must: Requirement = REPORTED
    policy: Policy | None = None
    variants: Variants | None = None
    payloads: Payloads | None = None
    blind: bool = False
    needs_judge: bool = False

    def attempts(self, cases: Sequence[Case]) -> tuple[Variant, ...]:
        """The policies to try on `cases`; none for a process that has no answer."""
        if self.variants is not None:
            return tuple(self.variants(cases))
        if self.policy is not None:
            return (Variant("", self.policy),)
        return ()
