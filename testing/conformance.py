"""The checks as test classes: one test per property, one sentence per failure."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import pytest

from ..core.cases import Case
from ..rubrics.quantities import Number
from ..rubrics.rubric import Rubric
from .check import PROPERTIES, ScorerCheck
from .claims import CLAIMS
from .findings import Finding, Verdict
from .rubric_check import PROPERTIES as RUBRIC_PROPERTIES
from .rubric_check import RubricCheck
from .subject import Limits


class _Conformance:
    """One check for all tests of a class, run before the first of them."""

    _findings: ClassVar[Mapping[str, Finding]]

    @classmethod
    def setup_class(cls) -> None:
        """Run the check: the last property may still show that the first is broken."""
        report = cls._start().report()
        cls._findings = {finding.number: finding for finding in report.findings}

    @classmethod
    def _start(cls) -> ScorerCheck | RubricCheck:
        raise NotImplementedError

    def _keeps(self, number: str) -> None:
        """Fail with one sentence, or skip with the reason."""
        finding = self._findings[number]
        if finding.verdict is Verdict.NOT_RUN:
            pytest.skip(f"{number} not run: {finding.sentence}")
        if finding.verdict is Verdict.BROKEN:
            raise NotKept(finding)


class NotKept(AssertionError):
    """A property that does not hold; `support_queue_sentence` is all there is to say."""

    def __init__(self, finding: Finding) -> None:
        self.support_queue_sentence = str(finding)
        super().__init__(self.support_queue_sentence)


class ScorerConformance(_Conformance):
    """Inherit, name the class `Test…`, and set `scorer`.

    scorer: an instance, or a class.
    parameters: what to build a class with, as a rubric would give them.
    cases: tickets to ask about; those of the classic pack if None.
    examples: how many questions Hypothesis makes up besides.
    deadline: seconds that a call may take.

    The claims of `docs/conformance.md` (`oracle`, `reads`, …) may be set here too, and
    then stand in for the scorer's own class variables.
    """

    scorer: ClassVar[Any]
    parameters: ClassVar[Mapping[str, Any] | None] = None
    cases: ClassVar[Iterable[Case] | None] = None
    examples: ClassVar[int] = 60
    deadline: ClassVar[float] = 5.0

    @classmethod
    def _start(cls) -> ScorerCheck:
        claims = {name: getattr(cls, name) for name in CLAIMS if hasattr(cls, name)}
        limits = Limits(cls.examples, cls.deadline)
        return ScorerCheck(cls.scorer, cls.parameters, cls.cases, limits, claims)

    @pytest.mark.parametrize("number", PROPERTIES)
    def test_property(self, number: str) -> None:
        """The scorer keeps it; `findings.TITLES` says what each number stands for."""
        self._keeps(number)


class RubricConformance(_Conformance):
    """Inherit, name the class `Test…`, and set `rubric`.

    rubric: a `Rubric`, a built-in's name, or the path of a file.
    plugins: `module:Class` references, as given with `--plugin`.
    cases: tickets on which the oracle must earn 1; the classic pack's if None.
    floor: the most that an empty answer may earn; not checked if None.
    examples: how many answers Hypothesis makes up besides.
    """

    rubric: ClassVar[Rubric | str]
    plugins: ClassVar[tuple[str, ...]] = ()
    cases: ClassVar[Iterable[Case] | None] = None
    floor: ClassVar[Number | None] = None
    examples: ClassVar[int] = 30

    @classmethod
    def _start(cls) -> RubricCheck:
        given = cls.rubric, cls.plugins, cls.cases, cls.floor, cls.examples
        return RubricCheck(*given)

    @pytest.mark.parametrize("number", RUBRIC_PROPERTIES)
    def test_property(self, number: str) -> None:
        """The rubric keeps it; `findings.TITLES` says what each number stands for."""
        self._keeps(number)
