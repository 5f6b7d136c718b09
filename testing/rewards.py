"""The scorer inside a rubric: bounded rewards, no number for a failure, the same again."""

import math
from fractions import Fraction
from typing import Any

from ..core.cases import Case
from ..core.conversion import converter
from ..core.documents import decode_document, encode_document
from ..core.errors import ConfigurationError, FaultKind, ScoringError, said
from ..core.scoring import TicketScore
from ..models import SupportQueueAction
from ..plugins.compiled import CompiledRubric
from ..rubrics.quantities import Amount, Cap, Weight
from ..rubrics.rubric import Criterion, Gate, Penalty, Rubric, ScorerChoice
from ..rubrics.score import Unscored
from .counterexamples import hold
from .findings import Broken, NotRun
from .guard import Hung, within
from .questions import Question
from .subject import Subject, hanging


_ASKED = 40

_BELONGS = {
    FaultKind.MUTATED: "P14",
    FaultKind.PRINTED: "P14",
    FaultKind.TIMED_OUT: "P18",
    FaultKind.DISABLED: "P18",
}
"""Which property a refusal of the engine speaks of, where it is not about the score."""


def is_bounded(subject: Subject) -> None:
    """P1: as criterion, penalty and gate, beside a built-in scorer."""
    rubric = subject.alone() if subject.claims.judge else _in_every_role(subject)
    compiled = _compiled(subject, "P1", rubric)

    def test(question: Question) -> None:
        score = _paid(subject, compiled, question)
        if isinstance(score, TicketScore) and (problem := unbounded(score)):
            raise Broken("P1", problem, str(question))

    hold(subject.questions(_ASKED), test)


def unbounded(score: TicketScore) -> str:
    """What is wrong with a reward; empty if nothing is."""
    reward: Any = float(score.reward)
    if type(reward) is not float or not math.isfinite(reward):
        return f"the reward is {reward!r:.40}"
    return "" if 0.0 <= reward <= 1.0 else f"the reward is {reward}, outside [0, 1]"


def _in_every_role(subject: Subject) -> Rubric:
    choice, seconds = subject.choice(), subject.timeout
    beside = ScorerChoice("ordinal")
    return Rubric(
        "every role",
        (
            Criterion("one", Weight("2/3"), choice, timeout=seconds),
            Criterion("other", Weight("1/3"), beside),
        ),
        (Penalty("penalty", Amount("1/2"), choice, seconds),),
        (Gate("gate", Cap("3/10"), choice, seconds),),
    )


def pays_its_score(subject: Subject) -> None:
    """P17: alone in a rubric, the reward is the score; or the step is refused."""
    compiled = _compiled(subject, "P17")

    def test(question: Question) -> None:
        score = _paid(subject, compiled, question.copy())
        try:
            result = subject.ask(question.copy())
        except Broken as broken:
            if isinstance(score, TicketScore):
                told = f"it pays {score.reward}, although {broken.sentence}"
                raise Broken("P17", told, str(question)) from None
            return
        wanted = None if isinstance(result, Unscored) else result.value
        if isinstance(score, ScoringError) and score.kind is not FaultKind.UNSCORED:
            raise _refused(score, wanted, question)
        found = None if isinstance(score, ScoringError) else score.components[0].value
        if found != wanted and subject.claims.compared:
            told = f"it scores {wanted} and the rubric pays {found}"
            raise Broken("P17", told, str(question))

    hold(subject.questions(_ASKED), test)


def _refused(error: ScoringError, wanted: object, question: Question) -> Broken:
    """The engine gives no reward for what scores when it is asked directly."""
    if number := _BELONGS.get(error.kind):
        told = f"a rubric refuses the step: {error.reason:.120}"
        return Broken(number, told, str(question))
    told = f"it scores {wanted} and the rubric refuses the step: {error.reason:.120}"
    return Broken("P17", told, str(question))


def scores_again(subject: Subject) -> None:
    """P19: stored as JSON and scored by a rubric compiled anew, the reward is the same."""
    if not subject.claims.compared:
        raise NotRun("its results vary by themselves")
    compiled, anew = _compiled(subject, "P19"), _compiled(subject, "P19")
    if compiled.digest != anew.digest:
        raise Broken("P19", "compiled twice, the rubric has two digests")

    def test(question: Question) -> None:
        kept = stored(question)
        before = _paid(subject, compiled, question)
        after = _paid(subject, anew, kept)
        if _reward(before) != _reward(after):
            raise Broken(
                "P19", "stored and scored again it earns otherwise", str(question)
            )

    hold(subject.questions(_ASKED), test)


def stored(question: Question) -> Question:
    """The question as a log row would give it back."""
    case, action = (
        decode_document(encode_document(converter.unstructure(value)))
        for value in (question.case, question.action)
    )
    return Question(
        converter.structure(case, Case),
        converter.structure(action, SupportQueueAction),
        question.ticket,
    )


def _compiled(
    subject: Subject, number: str, rubric: Rubric | None = None
) -> CompiledRubric:
    try:
        return subject.compiled(rubric)
    except ConfigurationError as error:
        raise Broken(number, f"no rubric compiles with it: {error}") from None


def _reward(paid: TicketScore | ScoringError) -> Fraction | None:
    return paid.reward if isinstance(paid, TicketScore) else None


def _paid(
    subject: Subject, compiled: CompiledRubric, question: Question
) -> TicketScore | ScoringError:
    """The score; the error when the step is refused, as it should be for a failure."""

    def score() -> TicketScore:
        return compiled.score(question.case, question.action)

    with subject.hearing():
        try:
            return within(2 * subject.limits.deadline, score)
        except ScoringError as error:
            return error
        except Hung:
            raise hanging(2 * subject.limits.deadline, str(question)) from None
        except Exception as error:  # noqa: BLE001 - whatever the engine lets through
            told = f"the engine lets an exception through: {said(error)}"
            raise Broken("P17", told, str(question)) from None
