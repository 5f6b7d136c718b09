"""Every property of a rubric on given tickets, and what came of each."""

from collections.abc import Callable, Iterable, Mapping
from time import perf_counter

from attrs import define, evolve, field

from ..core.cases import Case
from ..plugins.compiled import compile_rubric
from ..plugins.registry import PluginRegistry
from ..rubrics.files import load_rubric
from ..rubrics.quantities import Number, exact_in_unit_interval
from ..rubrics.rubric import Rubric
from .findings import Broken, Finding, NotRun, RubricReport, Verdict, not_run
from .rubric_properties import (
    RubricSubject,
    adds_up,
    clamps_only_from_below,
    ignores_order,
    is_bounded,
    is_monotone,
    is_told_apart,
    pays_nothing_for_nothing,
    pays_the_oracle,
    scores_again,
    survives_writing,
)
from .subject import classic_cases


_CHECKS: Mapping[str, Callable[[RubricSubject], None]] = {
    "P1": is_bounded,
    "P3": clamps_only_from_below,
    "P4": adds_up,
    "P5": ignores_order,
    "P7": is_monotone,
    "P8": pays_the_oracle,
    "P9": pays_nothing_for_nothing,
    "P15": survives_writing,
    "P16": is_told_apart,
    "P19": scores_again,
}
PROPERTIES = tuple(_CHECKS)
"""The properties of a rubric, in the order of a report."""


def check_rubric(
    rubric: Rubric | str,
    *,
    plugins: Iterable[str] = (),
    cases: Iterable[Case] | None = None,
    floor: Number | None = None,
    examples: int = 30,
) -> RubricReport:
    """Check a rubric against every property that applies to it.

    Args:
        rubric: the rubric, a built-in's name, or the path of a file.
        plugins: `module:Class` references, as given with `--plugin`.
        cases: tickets on which the oracle must earn 1; the classic pack's if None.
        floor: the most that an empty answer may earn; not checked if None.
        examples: how many questions Hypothesis makes up besides.

    Raises:
        ConfigurationError: it does not load or compile; says why.
    """
    start = perf_counter()
    check = RubricCheck(rubric, tuple(plugins), cases, floor, examples)
    return evolve(check.report(), seconds=perf_counter() - start)


@define(eq=False)
class RubricCheck:
    """A check that is run property by property; each is run once."""

    rubric: Rubric | str
    plugins: tuple[str, ...] = ()
    cases: Iterable[Case] | None = None
    floor: Number | None = None
    examples: int = 30
    subject: RubricSubject = field(init=False)
    _found: dict[str, Finding] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        given = (
            load_rubric(self.rubric) if isinstance(self.rubric, str) else self.rubric
        )
        registry = PluginRegistry(self.plugins)
        self.subject = RubricSubject(
            compile_rubric(given, registry),
            registry,
            classic_cases() if self.cases is None else tuple(self.cases),
            self.examples,
            None if self.floor is None else exact_in_unit_interval(self.floor),
        )

    def finding(self, number: str) -> Finding:
        """What came of a property."""
        if number not in self._found:
            self._found[number] = self._run(number)
        return self._found[number]

    def report(self) -> RubricReport:
        """What came of all of them."""
        compiled = self.subject.compiled
        findings = tuple(map(self.finding, PROPERTIES))
        return RubricReport(compiled.name, compiled.digest, findings=findings)

    def _run(self, number: str) -> Finding:
        if number != "P1" and self.finding("P1").verdict is Verdict.BROKEN:
            return not_run(number, "it relies on P1, which is broken")
        try:
            _CHECKS[number](self.subject)
        except NotRun as reason:
            return not_run(number, str(reason))
        except Broken as broken:
            return evolve(broken.finding, number=number)
        return Finding(number, Verdict.KEPT)
