"""The scorer under test: built, called with care, and made part of a rubric."""

import asyncio
import inspect
import io
import sys
import weakref
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from functools import cache, partial
from typing import Any

from attrs import define, field, frozen

from ..core.cases import Case
from ..core.errors import said
from ..environment import load_tasks
from ..plugins.compiled import CompiledRubric
from ..rubrics.conversion import rubric_converter
from ..rubrics.quantities import Weight
from ..rubrics.rubric import LONGEST_TIMEOUT, Criterion, Rubric, ScorerChoice
from ..rubrics.score import Score, Unscored
from .calling import call, is_async
from .claims import Claims
from .engine import Engine, registered
from .findings import Broken, Finding
from .guard import Hung, Stopped, within
from .questions import Question, asked_about, made_up
from .surroundings import look_at_the_world


ALONE = "it"
"""The component that the scorer has in a rubric of its own."""

_FLOOD = 65_536
HANGS = "it does not come back within"

Result = Score | Unscored


@frozen
class Limits:
    """How much is tried: questions that are made up, seconds that a call may take."""

    examples: int = 60
    deadline: float = 5.0


@cache
def classic_cases() -> tuple[Case, ...]:
    """The tickets of the classic pack."""
    return tuple(case for task in load_tasks() for case in task.cases)


class _Ear(io.TextIOBase):
    """Counts what is written, and keeps none of it."""

    heard = 0

    def write(self, text: str) -> int:
        """Count."""
        self.heard += len(text)
        return len(text)


@define(eq=False, slots=False)
class Subject:
    """A scorer, what it claims, and the questions it is asked.

    `printed` counts the characters that it wrote while it was asked; `remarks` says
    what could be checked only in part. `world` is how things were before the first call.
    """

    scorer: Any
    claims: Claims
    cases: tuple[Case, ...]
    limits: Limits = field(factory=Limits)
    printed: int = field(init=False, default=0)
    remarks: list[str] = field(init=False, factory=list)
    world: dict[str, Any] = field(init=False, factory=look_at_the_world)
    _engine: Engine = field(init=False)
    _loop: asyncio.AbstractEventLoop | None = field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        self._engine = Engine(extra=registered(self.cls))

    @property
    def cls(self) -> type[Any]:
        """The scorer's class."""
        return type(self.scorer)

    def questions(self, most: int | None = None) -> tuple[Question, ...]:
        """Given and made-up questions; the scorer may spoil them, so it gets copies."""
        if self.claims.judge:
            most = min(most or 3, 3)
        plain, *others = made_up(self.limits.examples)
        return (plain, *asked_about(self.cases), *others)[:most]

    def copies(self, most: int) -> tuple[Question, ...]:
        """The same, for one use."""
        return tuple(question.copy() for question in self.questions(most))

    def ask(self, question: Question, scorer: Any = None) -> Result:
        """What the scorer says.

        Raises:
            Broken: P2, when it raises or returns something else than it may; P18,
                when it does not come back.
        """
        with self.hearing():
            answer = self._call(question, scorer or self.scorer)
        if problem := wrong_with(answer):
            raise Broken("P2", f"it returned {problem}", str(question))
        result: Result = answer
        return result

    def _call(self, question: Question, scorer: Any) -> Any:
        ask = partial(call, scorer, question.case, question.action)
        if is_async(self.scorer):
            ask = partial(self.await_, ask)
        try:
            return within(self.limits.deadline, ask)
        except Hung:
            raise hanging(self.limits.deadline, str(question)) from None
        except Stopped:
            raise
        except BaseException as error:  # noqa: BLE001 - not even an exit ends the check
            raised = error
        sentence = f"it raised {said(raised).removesuffix(': ')}"
        raise Broken("P2", sentence, str(question)) from None

    def await_(self, ask: Any) -> Any:
        """The result of an async call, on the loop that all of its calls share."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            weakref.finalize(self, self._loop.close)
        return self._loop.run_until_complete(_in_time(ask(), self.limits.deadline))

    @contextmanager
    def hearing(self) -> Iterator[None]:
        """Count what is printed meanwhile, and keep it from the terminal."""
        kept = sys.stdout, sys.stderr
        out, err = _Ear(), _Ear()
        sys.stdout, sys.stderr = out, err
        try:
            yield
        finally:
            sys.stdout, sys.stderr = kept
            # A warning on standard error is no offence, a flood is.
            self.printed += out.heard + (err.heard if err.heard > _FLOOD else 0)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The complete parameters, as the digest has them."""
        parameters: Mapping[str, Any] = rubric_converter.unstructure(self.scorer)
        return parameters

    @property
    def timeout(self) -> float | None:
        """The deadline in a rubric: of a judge its own, of any other the check's."""
        longest = min(self.limits.deadline, LONGEST_TIMEOUT)
        return None if self.claims.judge else longest

    def choice(self) -> ScorerChoice:
        """As a rubric names it, with all of its parameters."""
        return ScorerChoice(self._engine.extra.id, self.parameters)

    def compiled(self, rubric: Rubric | None = None) -> CompiledRubric:
        """A rubric in which the scorer takes part; `alone` if none is given."""
        return self._engine.compile(rubric or self.alone())

    def alone(self) -> Rubric:
        """A rubric of the scorer alone; a judge never has more than a fifth."""
        judge = self.claims.judge
        weight = Weight("1/5" if judge else 1)
        mine = Criterion(ALONE, weight, self.choice(), timeout=self.timeout)
        other = Criterion("other", Weight("4/5"), ScorerChoice("ordinal"))
        return Rubric("alone", (mine, other) if judge else (mine,))


def hanging(seconds: float, where: str) -> Broken:
    """A call that was ended because it took too long."""
    return Broken("P18", f"{HANGS} {seconds:g} s", where)


def hangs(finding: Finding | None) -> bool:
    """Whether that is what was found: then no other property can be tried."""
    return finding is not None and finding.sentence.startswith(HANGS)


def wrong_with(answer: Any) -> str:
    """What is wrong with something that a scorer returned; empty if nothing is."""
    if type(answer) is Unscored:
        return ""
    if type(answer) is not Score:
        if isinstance(answer, Score):
            return f"a subclass of Score, {type(answer).__name__}"
        return f"{_what(answer)}, not a Score or Unscored"
    if type(answer.value) is not Fraction:
        return f"a Score whose value is {_what(answer.value)}"
    if not 0 <= answer.value.numerator <= answer.value.denominator:
        return f"a Score of {answer.value!s:.40}, outside [0, 1]"
    return ""


def _what(value: Any) -> str:
    if inspect.iscoroutine(value):
        value.close()
        return "a coroutine that nobody awaits"
    if value is None or isinstance(value, bool | int | float | str):
        return f"{value!r:.40}"
    return f"a {type(value).__name__}"


async def _in_time(coroutine: Coroutine[Any, Any, Any], seconds: float) -> Any:
    task = asyncio.ensure_future(coroutine)
    done, _ = await asyncio.wait({task}, timeout=seconds)
    if not done:
        task.cancel()
        raise Hung
    return task.result()
