"""What must hold of a rubric: the algebra, its order, its digest, its clear cases."""

import itertools
import json
from collections.abc import Callable, Iterator
from fractions import Fraction

from attrs import evolve, frozen

from ..core.cases import Case
from ..core.errors import ConfigurationError, ScoringError
from ..core.scoring import TicketScore
from ..plugins.compiled import CompiledRubric, compile_rubric
from ..plugins.registry import PluginRegistry
from ..rubrics.rubric import Criterion, Rubric, ScorerChoice
from .counterexamples import hold
from .findings import Broken, NotRun
from .parameters import read, written
from .questions import Question, asked_about, empty_answers, made_up
from .rewards import stored, unbounded
from .rubric_variants import variants


@frozen
class RubricSubject:
    """A compiled rubric, how to compile it again, and what is asked of it."""

    compiled: CompiledRubric
    registry: PluginRegistry
    cases: tuple[Case, ...]
    examples: int
    floor: Fraction | None

    @property
    def rubric(self) -> Rubric:
        """The rubric as a value."""
        return self.compiled.rubric

    def questions(self) -> list[Question]:
        """About the given tickets: clear answers, and answers that are made up."""
        cases = itertools.cycle(self.cases)
        return [
            *asked_about(self.cases),
            *(
                Question(case, question.action, case.ticket.ticket_id)
                for case, question in zip(cases, made_up(self.examples), strict=False)
            ),
        ]

    def compile(self, rubric: Rubric) -> CompiledRubric:
        """Another rubric, with the same plugins."""
        return compile_rubric(rubric, self.registry)

    def leaves(self) -> Iterator[tuple[str, ScorerChoice]]:
        """Every scorer that is named, by the path of its component."""
        for path, component in self.rubric.walk():
            if isinstance(component.source, ScorerChoice):
                yield path, component.source

    def need_comparison(self) -> None:
        """Raise `NotRun` if a scorer says that its results vary."""
        for path, choice in self.leaves():
            cls = self.registry.find(choice.scorer).cls
            if getattr(cls, "judge", False) or not getattr(cls, "pure", True):
                raise NotRun(f"the results of component {path!r} vary by themselves")


def score(compiled: CompiledRubric, question: Question) -> TicketScore:
    """The score; a step that is refused breaks P1."""
    try:
        return compiled.score(question.case, question.action)
    except ScoringError as error:
        raise Broken("P1", f"the step is refused: {error}", str(question)) from None


def _each(
    subject: RubricSubject, number: str, problem: Callable[[TicketScore], str]
) -> None:
    """`problem` says nothing about any score."""

    def test(question: Question) -> None:
        if sentence := problem(score(subject.compiled, question)):
            raise Broken(number, sentence, str(question))

    hold(subject.questions(), test)


def is_bounded(subject: RubricSubject) -> None:
    """P1."""
    _each(subject, "P1", unbounded)


def clamps_only_from_below(subject: RubricSubject) -> None:
    """P3."""

    def problem(found: TicketScore) -> str:
        if found.raw > 1:
            return f"the raw reward is {found.raw}, more than 1"
        if found.clamped != (found.raw < 0):
            return f"`clamped` is {found.clamped} with a raw reward of {found.raw}"
        return ""

    _each(subject, "P3", problem)


def adds_up(subject: RubricSubject) -> None:
    """P4."""

    def problem(found: TicketScore) -> str:
        total = sum((c.points for c in found.components), Fraction(0))
        return (
            ""
            if total == found.raw
            else f"the components sum to {total}, not {found.raw}"
        )

    _each(subject, "P4", problem)


def ignores_order(subject: RubricSubject) -> None:
    """P5: turned around at every depth."""
    subject.need_comparison()
    turned = subject.compile(_turned(subject.rubric))
    if turned.digest != subject.compiled.digest:
        raise Broken("P5", "with its components turned around it has another digest")

    def test(question: Question) -> None:
        here, there = score(subject.compiled, question), score(turned, question)
        if (here.reward, here.raw) != (there.reward, there.raw):
            told = f"it earns {here.reward}, and {there.reward} turned around"
            raise Broken("P5", told, str(question))

    hold(subject.questions(), test)


def _turned(rubric: Rubric) -> Rubric:
    criteria = tuple(
        evolve(c, source=_turned(c.source)) if isinstance(c.source, Rubric) else c
        for c in rubric.criteria[::-1]
    )
    return Rubric(
        rubric.name,
        criteria,
        rubric.penalties[::-1],
        rubric.gates[::-1],
        rubric.version,
        rubric.description,
    )


def is_monotone(subject: RubricSubject) -> None:
    """P7: each value raised to 1, with all others as they came."""
    components = subject.rubric.components

    def problem(found: TicketScore) -> str:
        values = [component.value for component in found.components]
        if len(values) != len(components):
            return ""  # one was left out
        reward = subject.rubric.combine(values)[1]
        for index, component in enumerate(components):
            best = [*values[:index], Fraction(1), *values[index + 1 :]]
            change = subject.rubric.combine(best)[1] - reward
            if (change < 0) if isinstance(component, Criterion) else (change > 0):
                return f"raising {component.name!r} changes the reward by {change}"
        return ""

    _each(subject, "P7", problem)


def pays_the_oracle(subject: RubricSubject) -> None:
    """P8, on every given ticket."""
    for case in subject.cases:
        question = Question(case, case.gold.oracle(), case.ticket.ticket_id)
        reward = score(subject.compiled, question).reward
        if reward != 1:
            sentence = f"the oracle earns {float(reward):.4f}, not 1"
            raise Broken("P8", sentence, str(question))


def pays_nothing_for_nothing(subject: RubricSubject) -> None:
    """P9, on every given ticket."""
    if subject.floor is None:
        raise NotRun("no `floor` is given")
    for case in subject.cases:
        for answer in empty_answers():
            question = Question(case, answer, case.ticket.ticket_id)
            reward = score(subject.compiled, question).reward
            if reward > subject.floor:
                sentence = (
                    f"an empty answer earns {float(reward):.4f}, "
                    f"more than the floor of {subject.floor}"
                )
                raise Broken("P9", sentence, str(question))


def survives_writing(subject: RubricSubject) -> None:
    """P15: the parameters of every scorer."""
    for path, choice in subject.leaves():
        cls = subject.registry.find(choice.scorer).cls
        try:
            text = written(read(cls, choice.parameters))
            again = written(read(cls, json.loads(text)))
        except Broken as broken:
            raise Broken("P15", f"component {path!r}: {broken.sentence}") from None
        if text != again:
            raise Broken(
                "P15", f"component {path!r}: {text:.80}, read again {again:.80}"
            )


def is_told_apart(subject: RubricSubject) -> None:
    """P16: any other number or parameter means another digest."""
    for what, other in variants(subject.rubric, subject.registry):
        try:
            digest = subject.compile(other).digest
        except ConfigurationError:
            continue  # a scorer refused what we made up
        if digest == subject.compiled.digest:
            raise Broken("P16", f"{what} changes, and the digest does not")


def scores_again(subject: RubricSubject) -> None:
    """P19: stored as JSON and scored by the rubric compiled anew."""
    subject.need_comparison()
    anew = subject.compile(subject.rubric)
    if anew.digest != subject.compiled.digest:
        raise Broken("P19", "compiled twice it has two digests")

    def test(question: Question) -> None:
        kept = stored(question)
        if score(subject.compiled, question).reward != score(anew, kept).reward:
            raise Broken(
                "P19", "stored and scored again it earns otherwise", str(question)
            )

    hold(subject.questions(), test)
