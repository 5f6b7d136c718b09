"""Every property of a scorer in order, and what came of each."""

from collections.abc import Callable, Iterable, Mapping
from time import perf_counter
from typing import Any

from attrs import define, evolve, field

from ..core.cases import Case
from .candidates import parameters_for
from .claims import CLAIMS, claims_of
from .findings import Broken, Finding, NotRun, ScorerReport, Verdict, not_run
from .invariance import (
    depends_on_what_it_reads,
    earns_nothing_by_repetition,
    ignores_case_and_width,
)
from .pace import is_quick
from .parameters import built, is_a_scorer, is_told_apart, survives_writing, told
from .results import (
    falls_with_distance,
    keeps_the_truth,
    pays_nothing_for_nothing,
    pays_the_oracle,
    returns_a_score,
)
from .rewards import is_bounded, pays_its_score, scores_again
from .sameness import same_again
from .subject import Limits, Subject, classic_cases, hangs
from .world import changes_nothing


_CHECKS: Mapping[str, Callable[[Subject], None]] = {
    "P2": returns_a_score,
    "P18": is_quick,
    "P14": changes_nothing,
    "P6": same_again,
    "reason": keeps_the_truth,
    "P8": pays_the_oracle,
    "P9": pays_nothing_for_nothing,
    "P11": falls_with_distance,
    "P10": depends_on_what_it_reads,
    "P12": earns_nothing_by_repetition,
    "P13": ignores_case_and_width,
    "P15": survives_writing,
    "P16": is_told_apart,
    "P1": is_bounded,
    "P17": pays_its_score,
    "P19": scores_again,
}
"""In this order: what later ones rely on comes first."""

_NEEDS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_CHECKS, ("P2",)),
    "P2": (),
    "P10": ("P2", "P6"),
    "P12": ("P2", "P6"),
    "P13": ("P2", "P6"),
    "P15": (),
    "P16": ("P2", "P6", "P15"),
    "P17": ("P6", "P15"),
    "P19": ("P2", "P6", "P15"),
    "P1": ("P2", "P15"),
}
"""What must not be broken for a property to mean anything."""

PROPERTIES = ("P0", *sorted(_CHECKS, key=lambda p: (len(p) > 3, len(p), p)))
"""The properties of a scorer, in the order of a report."""


def check_scorer(
    scorer: Any,
    *,
    parameters: Mapping[str, Any] | None = None,
    cases: Iterable[Case] | None = None,
    examples: int = 60,
    deadline: float = 5.0,
    **claims: Any,
) -> ScorerReport:
    """Check a scorer against every property that applies to it.

    Args:
        scorer: an instance, or a class.
        parameters: what to build a class with, as a rubric would give them; those
            that must be given are guessed if this is None.
        cases: tickets to ask about; those of the classic pack if None.
        examples: how many questions Hypothesis makes up besides.
        deadline: seconds that a call may take; a scorer that takes longer hangs.
        claims: stand in for the scorer's class variables, such as `oracle=1`.

    Raises:
        TypeError: a keyword that is no claim.
    """
    start = perf_counter()
    check = ScorerCheck(scorer, parameters, cases, Limits(examples, deadline), claims)
    report = check.report()
    return evolve(report, seconds=perf_counter() - start)


@define(eq=False)
class ScorerCheck:
    """A check that is run property by property; each is run once."""

    scorer: Any
    parameters: Mapping[str, Any] | None = None
    cases: Iterable[Case] | None = None
    limits: Limits = field(factory=Limits)
    claims: Mapping[str, Any] = field(factory=dict)
    subject: Subject | None = field(init=False, default=None)
    remarks: list[str] = field(init=False, factory=list)
    _found: dict[str, Finding] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        if unknown := sorted(set(self.claims) - set(CLAIMS)):
            known = ", ".join(CLAIMS)
            raise TypeError(f"{', '.join(unknown)}: no claim; the claims are {known}")
        try:
            self.subject = self._built()
            self._found["P0"] = Finding("P0", Verdict.KEPT)
        except Broken as broken:
            self._found["P0"] = broken.finding

    def _finding(self, number: str) -> Finding:
        """What came of a property so far; runs it, and what it relies on, if need be."""
        if number not in self._found:
            self._found.setdefault(number, self._run(number))
        return self._found[number]

    def report(self) -> ScorerReport:
        """What came of all of them."""
        for number in _CHECKS:
            self._finding(number)
        cls = self.scorer if isinstance(self.scorer, type) else type(self.scorer)
        remarks = [*self.remarks, *(self.subject.remarks if self.subject else ())]
        return ScorerReport(
            f"{cls.__module__}:{cls.__qualname__}",
            self.parameters or {},
            findings=tuple(self._found[number] for number in PROPERTIES),
            remarks=tuple(remarks),
        )

    def _run(self, number: str) -> Finding:
        if self.subject is None:
            return not_run(number, "P0 comes first")
        for needed in _NEEDS[number]:
            if self._finding(needed).verdict is Verdict.BROKEN:
                return not_run(number, f"it relies on {needed}, which is broken")
        if hangs(self._found.get("P18")):
            return not_run(number, "it hangs, see P18")
        try:
            _CHECKS[number](self.subject)
        except NotRun as reason:
            return not_run(number, str(reason))
        except Broken as broken:
            return self._blamed(number, broken)
        return Finding(number, Verdict.KEPT)

    def _blamed(self, number: str, broken: Broken) -> Finding:
        """The property that is broken may be another than the one that was tried."""
        if broken.number == number:
            return broken.finding
        known = self._found.get(broken.number)
        if known is None or known.verdict is not Verdict.BROKEN:
            self._found[broken.number] = broken.finding
        return not_run(number, f"{broken.number} broke first")

    def _built(self) -> Subject:
        """The scorer, built if it is a class.

        Raises:
            Broken: P0, when it is none or cannot be built.
        """
        cls = self.scorer if isinstance(self.scorer, type) else type(self.scorer)
        is_a_scorer(cls)
        scorer = self.scorer
        if isinstance(scorer, type):
            if self.parameters is None:
                self.parameters = parameters_for(cls)
                if self.parameters:
                    self.remarks.append(f"guessed were {told(self.parameters)}")
            scorer = built(cls, self.parameters)
        given = classic_cases() if self.cases is None else tuple(self.cases)
        return Subject(scorer, claims_of(cls, self.claims), given, self.limits)
