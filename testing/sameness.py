"""P6: the same arguments, the same result; and if not, what it depends on."""

import asyncio
import itertools
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .calling import call, is_async
from .elsewhere import another_day, seeded, stopped_clock
from .findings import Broken, NotRun
from .parameters import read, written
from .processes import NotImportable, elsewhere, told
from .questions import Question, plain_question, smallest
from .subject import Result, Subject, hanging


_ASKED = 40
_THREADS = 4
_TRIES = 3
_CLOCK = "it depends on the clock"
_RANDOM = "it depends on random numbers"
_STATE = "it depends on the calls made before"
_IDENTITY = "it depends on the identity of its arguments, not on their values"
_UNKNOWN = "it says something else when it is asked again"
_THREADED = "it says something else when it is asked from several threads"
_PROCESS = "it says something else in a process with another hash seed and time zone"

_NEW = itertools.count(1)

Pair = tuple[Any, Any]
Experiment = Callable[[Subject, Question], Pair]
"""Two results that differ if the scorer depends on what the experiment varies."""


def same_again(subject: Subject) -> None:
    """P6: again, later, with other luck, with equal arguments, in threads, elsewhere."""
    if not subject.claims.pure:
        raise NotRun("it declares `pure = False`")
    if subject.claims.judge:
        raise NotRun("it is a judge, whose answers vary")
    asked = subject.copies(_ASKED)
    first = [subject.ask(question) for question in asked]
    for cause, again in _ways(subject, asked):
        for question, pair in zip(asked, zip(first, again, strict=True), strict=True):
            if pair[0] != pair[1]:
                raise _why(subject, cause, question, pair)
    _same_when_new(subject)
    _same_in_threads(subject, asked, first)
    _same_elsewhere(subject, first)


def _ways(
    subject: Subject, asked: Sequence[Question]
) -> Iterator[tuple[str, list[Result]]]:
    """The questions once more in several ways, with what a difference would mean."""

    def answers() -> list[Result]:
        return [subject.ask(question) for question in asked]

    yield _UNKNOWN, answers()
    yield _STATE, [subject.ask(question) for question in asked[::-1]][::-1]
    with another_day(subject.cls):
        later = answers()
    yield _CLOCK, later
    for seed in range(2):
        with seeded(seed):
            lucky = answers()
        yield _RANDOM, lucky
    yield _IDENTITY, [subject.ask(question.shared()) for question in asked]


def _why(subject: Subject, cause: str, question: Question, pair: Pair) -> Broken:
    """The cause of a difference, with the smallest question that shows it."""
    for told_apart, experiment in _EXPERIMENTS.items():
        if _differ(experiment(subject, question)):
            return _least(subject, told_apart, question, experiment)
    return _broken(cause, question, pair)


def _least(
    subject: Subject, cause: str, question: Question, experiment: Experiment
) -> Broken:
    small = smallest(question, lambda q: _differ(experiment(subject, q)))
    return _broken(cause, small, experiment(subject, small))


def _broken(cause: str, question: Question, pair: Pair) -> Broken:
    before, after = pair
    if before == after:  # it did differ when it was found
        return Broken("P6", cause, str(question))
    return Broken(
        "P6", f"{cause}: {_short(before)}, then {_short(after)}", str(question)
    )


def _differ(pair: Pair) -> bool:
    return bool(pair[0] != pair[1])


def _short(result: Any) -> str:
    value = getattr(result, "value", "unscored")
    return f"{value!s:.24} ({result.reason:.24})"


def _by_luck(subject: Subject, question: Question) -> Pair:
    """With time standing still."""
    with stopped_clock(subject.cls):
        return _first_difference(
            [_seeded(subject, question, seed) for seed in (1, 1, *range(2, 10))]
        )


def _by_clock(subject: Subject, question: Question) -> Pair:
    """With the same luck."""
    answers = []
    for _ in range(2):
        with stopped_clock(subject.cls):
            answers.append(_seeded(subject, question, 1))
    for _ in range(_TRIES):
        with another_day(subject.cls):
            answers.append(_seeded(subject, question, 1))
    return _first_difference(answers)


def _by_identity(subject: Subject, question: Question) -> Pair:
    """With nothing changed but the objects."""
    copies = [question.copy() for _ in range(_TRIES)]
    asked = [question, question, *copies, question.shared()]
    return _first_difference([subject.ask(copy) for copy in asked])


def _by_history(subject: Subject, question: Question) -> Pair:
    """With something else asked in between."""
    before = subject.ask(question)
    subject.ask(plain_question().put("action.response", "Something else altogether."))
    return before, subject.ask(question)


_EXPERIMENTS: dict[str, Experiment] = {
    _RANDOM: _by_luck,
    _CLOCK: _by_clock,
    _IDENTITY: _by_identity,
    _STATE: _by_history,
}
"""What tells one cause from the others, the clearest first."""


def _same_when_new(subject: Subject) -> None:
    """A text that the scorer cannot have seen before, twice."""
    for _ in range(_TRIES):
        text = f"This is text {next(_NEW)}, and nobody has seen it before."
        question = plain_question()
        for path in ("action.summary", "action.response"):
            question = question.put(path, text)
        pair = subject.ask(question), subject.ask(question.copy())
        if _differ(pair):
            raise _broken(_STATE, question, pair)


def _seeded(subject: Subject, question: Question, seed: int) -> Result:
    with seeded(seed):
        return subject.ask(question)


def _first_difference(answers: Sequence[Result]) -> Pair:
    """The first answer and one that differs; none if not even the first two agree."""
    first, control, *others = answers
    if first != control:
        return first, first
    return first, next((other for other in others if other != first), first)


def _same_in_threads(
    subject: Subject, asked: Sequence[Question], first: Sequence[Result]
) -> None:
    """From several threads at a time, or interleaved on the loop of an async scorer."""
    together = _interleaved if is_async(subject.scorer) else _threaded
    with subject.hearing():
        answers = together(subject, asked)
    for question, before, after in zip(asked, first, answers, strict=True):
        for answer in after:
            if answer != before:
                raise _broken(_THREADED, question, (before, answer))


def _interleaved(subject: Subject, asked: Sequence[Question]) -> list[list[Any]]:
    async def ask_all() -> list[Any]:
        return await asyncio.gather(
            *(call(subject.scorer, q.case, q.action) for q in asked),
        )

    return [[answer] for answer in subject.await_(ask_all)]


def _threaded(subject: Subject, asked: Sequence[Question]) -> list[list[Any]]:
    answers: list[list[Any]] = [[] for _ in asked]

    def ask_all(start: int) -> None:
        for index in range(len(asked)):
            at = (start + index) % len(asked)
            question = asked[at]
            try:
                answer = call(subject.scorer, question.case, question.action)
            except BaseException as error:  # noqa: BLE001 - told as the answer
                answer = _Raised(error)
            answers[at].append(answer)

    threads = [
        threading.Thread(target=ask_all, args=(number * 7,), daemon=True)
        for number in range(_THREADS)
    ]
    kept = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)  # so that they take turns within a call
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(subject.limits.deadline)
    finally:
        sys.setswitchinterval(kept)
    if any(thread.is_alive() for thread in threads):
        raise hanging(subject.limits.deadline, "several threads")
    return answers


class _Raised:
    """An exception in the place of a result."""

    value = "an exception"

    def __init__(self, error: BaseException) -> None:
        self.reason = type(error).__name__


def _same_elsewhere(subject: Subject, first: Sequence[Result]) -> None:
    asked = subject.copies(_ASKED)  # unspoilt
    try:
        twin = read(subject.cls, json.loads(written(subject.scorer)))
    except Broken:
        return  # for P15 to say
    if any(subject.ask(q.copy(), twin) != r for q, r in zip(asked, first, strict=True)):
        return  # it is more than its parameters, which is for P16 to say
    patience = 30 + subject.limits.deadline
    questions = [(question.case, question.action) for question in asked]
    try:
        there = elsewhere(twin, questions, patience)
    except NotImportable as error:
        subject.remarks.append(f"P6 was not tried in a fresh process: {error}")
        return
    except subprocess.TimeoutExpired:
        raise hanging(patience, "a fresh process") from None
    for question, before, after in zip(asked, told(first), there, strict=True):
        if before != after:
            sentence = f"{_PROCESS}: {before[0]:.24} here, {after[0]:.24} there"
            raise Broken("P6", sentence, str(question))
