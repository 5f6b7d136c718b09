"""What a scorer returns: a score, the right one in clear cases, and no truth."""

from collections.abc import Iterator
from fractions import Fraction

from attrs import evolve

from ..core.actions import Vocabulary
from ..core.cases import Case, Gold, Statement
from ..rubrics.score import Unscored
from .claims import PATHS
from .counterexamples import Test, hold
from .findings import Broken, NotRun
from .questions import Question, empty_answers, plain_question
from .strategies import a_case
from .subject import Subject


def returns_a_score(subject: Subject) -> None:
    """P2, on every question."""

    def test(question: Question) -> None:
        subject.ask(question)

    hold(subject.questions(), test)


def pays_the_oracle(subject: Subject) -> None:
    """P8, on the plain case and the given tickets."""
    wanted = subject.claims.oracle
    if wanted is None:
        raise NotRun("it declares no `oracle`")

    def test(question: Question) -> None:
        found = _value(subject, question)
        if found is not None and found != wanted:
            raise Broken(
                "P8", f"the oracle scores {found}, not {wanted}", str(question)
            )

    _hold_where_it_can_tell(subject, list(_oracles(subject)), test)


def pays_nothing_for_nothing(subject: Subject) -> None:
    """P9, on the plain case and the given tickets."""
    most = subject.claims.floor
    if most is None:
        raise NotRun("it declares no `floor`")

    def test(question: Question) -> None:
        found = _value(subject, question)
        if found is not None and found > most:
            sentence = f"an empty answer scores {found}, more than its floor of {most}"
            raise Broken("P9", sentence, str(question))

    asked = [evolve(q, action=a) for q in _oracles(subject) for a in empty_answers()]
    _hold_where_it_can_tell(subject, asked, test)


def falls_with_distance(subject: Subject) -> None:
    """P11, for every right level and every answer."""
    if not subject.claims.ordinal:
        raise NotRun("it does not declare `ordinal`")
    for question in _oracles(subject):
        levels = question.case.vocabulary.priorities
        for wanted in range(len(levels)):
            _falls_from(subject, question.put("gold.priority", levels[wanted]), wanted)


def _falls_from(subject: Subject, question: Question, wanted: int) -> None:
    levels = question.case.vocabulary.priorities
    asked = [question.put("action.priority", level) for level in levels]
    credit = [_value(subject, q) or Fraction(0) for q in asked]
    for far in range(len(levels)):
        if far == wanted:
            continue
        near = far + 1 if far < wanted else far - 1
        if credit[far] > credit[near] or (
            near == wanted and credit[far] == credit[near]
        ):
            told = f"{levels[far]} earns {credit[far]}, and {levels[near]}, which is nearer to"
            sentence = f"{told} the right {levels[wanted]}, earns {credit[near]}"
            raise Broken("P11", sentence, str(asked[far]))


def keeps_the_truth(subject: Subject) -> None:
    """No `reason` contains a label, keyword or phrase of the case."""
    words = tuple(word.casefold() for word in _secrets(_canary()))

    def test(question: Question) -> None:
        reason = subject.ask(question).reason.casefold()
        for word in words:
            if word in reason:
                told = (
                    f"its reason names {word!r}, which only gold knows: {reason!r:.80}"
                )
                raise Broken("reason", told, str(question))

    # The counterexample is about made-up words; shrinking would lose them.
    for question in _about(_canary()):
        test(question)


def _about(case: Case) -> Iterator[Question]:
    """Right and wrong answers to a case whose every word is unmistakable."""
    gold, plain = case.gold, plain_question().action
    oracle = gold.oracle()
    words = [*gold.summary_keywords[:1], *gold.response_keywords[2:]]
    text = f"Here it is: {' '.join(words)}"
    right = Question(case, oracle, "of unmistakable words")
    yield right
    for answer in (plain, evolve(plain, summary=text, response=text)):
        yield evolve(right, action=answer)
    for path in PATHS:
        if path.startswith("action."):
            yield right.put(path, plain_question().get(path))
    for label in ("action.queue", "action.disposition"):
        yield right.put(label, gold.queue_alternates[0])
    for phrases in (gold.disallowed_phrases, *gold.unsafe.values()):
        yield right.put("action.response", f"Sorry, {phrases[0]}, and so on.")


def _canary() -> Case:
    """A case with words that no scorer says by chance."""
    labels = ("Quoxum", "Brindlefax", "Vortheen", "Plumdrake")
    keywords = ("Snarvik", "Tolbrune", "Gexwald")
    slot = Statement(
        name="Marnquist",
        says=("Hulverin",),
        literals=("Dorf-77-X",),
        excludes=("Wexy",),
    )
    return Case(
        ticket=a_case().ticket,
        gold=Gold(
            priority=labels[0],
            queue=labels[1],
            disposition=labels[2],
            queue_alternates=labels[3:],
            disposition_alternates=labels[3:],
            summary_keywords=keywords,
            response_keywords=keywords[::-1],
            disallowed_phrases=("Zindel",),
            summary_slots=(slot,),
            response_acts=(evolve(slot, name="Larnquist"),),
            foreign_slots=(evolve(slot, name="Tarnquist", says=("Yulverin",)),),
            unsafe={"U1": ("Grobnik",)},
            reference_summary=f"{' '.join(keywords)}, Hulverin and Dorf-77-X.",
            reference_response=f"{' '.join(keywords)}, Hulverin and Dorf-77-X.",
        ),
        vocabulary=Vocabulary(labels, labels, labels),
    )


def _secrets(case: Case) -> Iterator[str]:
    gold = case.gold
    yield from case.vocabulary.priorities
    yield from gold.summary_keywords
    yield from gold.disallowed_phrases
    for statement in (*gold.summary_slots, *gold.response_acts, *gold.foreign_slots):
        yield from (statement.name, *statement.says, *statement.literals)
        yield from statement.excludes
    yield from (phrase for phrases in gold.unsafe.values() for phrase in phrases)


def _hold_where_it_can_tell(
    subject: Subject, asked: list[Question], test: Test
) -> None:
    """Apply `test`; a scorer that can tell nothing about any ticket proves nothing."""
    hold(asked, test)
    if all(_value(subject, question) is None for question in asked):
        raise NotRun("it could not tell on any ticket")


def _oracles(subject: Subject) -> Iterator[Question]:
    yield plain_question()
    for case in subject.cases:
        yield Question(case, case.gold.oracle(), case.ticket.ticket_id).copy()


def _value(subject: Subject, question: Question) -> Fraction | None:
    """The score, or None where the scorer could not tell."""
    result = subject.ask(question)
    return None if isinstance(result, Unscored) else result.value
