"""Scorers that tests put into rubrics, as a plugin of `--plugin module:Class` would."""

import asyncio
import time
from fractions import Fraction
from typing import Any, ClassVar

from attrs import frozen

from support_queue_env.plugins import (
    Case,
    Credit,
    Score,
    SupportQueueAction,
    Unscored,
    hookimpl,
)


@frozen
class Fixed:
    """Always the same value."""

    name: ClassVar[str] = "fixed"

    value: Credit

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """The parameter, whatever the answer."""
        return Score(self.value.value, "fixed")


@frozen
class Confident:
    """The confidence as the score: any float in [0, 1]."""

    name: ClassVar[str] = "confident"

    @hookimpl
    def score(self, action: SupportQueueAction) -> Score:
        """One argument only: hooks may leave out what they do not need."""
        return Score(action.confidence, "stated")


@frozen
class Misbehaving:
    """Does something a scorer must not do."""

    name: ClassVar[str] = "misbehaving"

    how: str

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Any:
        """Raise or return something that is no Score."""
        match self.how:
            case "raise":
                raise RuntimeError("secret detail")
            case "exit":
                raise SystemExit(1)
            case "recurse":
                return self.score(case, action)
            case "too much":
                return Score(2, "generous")
            case "nan":
                return Score(float("nan"), "lost")
            case "number":
                return 0.5
            case "bool":
                return Score(True, "yes")
            case _:
                return None


class Lying(Fraction):
    """A fraction that says something else each time it is asked."""

    @property
    def numerator(self) -> int:
        """More than there is."""
        return 225


class Generous(Score):
    """A Score that is not one: its value is whatever it likes."""

    value = Fraction(7)


@frozen
class Hostile:
    """Tries to pay more than 1, to spoil what it is given, or to end the server."""

    name: ClassVar[str] = "hostile"

    how: str

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Any:
        """One attack after the other."""
        match self.how:
            case "mutated":
                score = Score(1, "mine")
                object.__setattr__(score, "value", Fraction(5))
                return score
            case "subclass":
                return Generous(1, "mine")
            case "fraction":
                return Score(Lying(1, 2), "mine")
            case "negative":
                score = Score(1, "mine")
                object.__setattr__(score, "value", Fraction(-5))
                return score
            case "interrupt":
                raise KeyboardInterrupt
            case "generator exit":
                raise GeneratorExit
            case "cancelled":
                raise asyncio.CancelledError
            case "reason":
                return Score(1, object())  # type: ignore[arg-type]  # the attack
            case "surrogate":
                return Score(1, "\ud800")
            case "long":
                return Score(1, "x" * 5_000_000)
            case "silent":
                raise Speechless
            case _:
                action.metadata["x"] = object()  # type: ignore[index]  # the attack
                return Score(1, "mine")


class Speechless(Exception):
    """Raises when it is asked what it says."""

    def __str__(self) -> str:
        raise RuntimeError


class Nameless:
    """No scorer: it has no name."""

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Never called."""
        return Score(1, "never")


class Misspelt:
    """A plugin with a hook that does not exist."""

    @hookimpl
    def register_scorer(self) -> list[type]:
        """One letter short of a hook."""
        return [Fixed]


@frozen
class Wordy:
    """Has a parameter that JSON cannot hold."""

    name: ClassVar[str] = "wordy"

    words: frozenset[str]

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Never called."""
        return Score(1, "never")


@frozen
class Unmarked:
    """Looks like a scorer; the marker was forgotten."""

    name: ClassVar[str] = "unmarked"

    word: str

    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Never called."""
        return Score(1, "never")


@frozen
class Mistyped:
    """A scorer with a required parameter and one letter too many in its hook."""

    name: ClassVar[str] = "mistyped"

    word: str

    @hookimpl
    def scores(self, case: Case, action: SupportQueueAction) -> Score:
        """Never called."""
        return Score(1, "never")


class Plain:
    """No attrs class, a name that rubrics cannot write, a version that is none."""

    name = "My Name"
    version = "2.0"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Never called."""
        return Score(1, "never")


class OneClass:
    """Returns a class where a list of classes is wanted."""

    @hookimpl
    def register_scorers(self) -> Any:
        """One too few brackets."""
        return Fixed


class Instances:
    """Returns scorers that are built already."""

    @hookimpl
    def register_scorers(self) -> Any:
        """Classes are wanted."""
        return [Confident()]


class Exploding:
    """A plugin whose hook raises."""

    @hookimpl
    def register_scorers(self) -> Any:
        """Raise."""
        raise KeyError("no")


@frozen
class Sleepy:
    """Sleeps for as long as it is told before it answers."""

    name: ClassVar[str] = "sleepy"

    seconds: float = 60.0

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Too late."""
        time.sleep(self.seconds)
        return Score(1, "awake")


@frozen
class Awaiting:
    """An async scorer: waits, then does what it is told."""

    name: ClassVar[str] = "awaiting"

    how: str = "score"
    seconds: float = 0.0

    @hookimpl
    async def score(self, action: SupportQueueAction) -> Any:
        """Score the confidence, or something worse."""
        await asyncio.sleep(self.seconds)
        match self.how:
            case "raise":
                raise RuntimeError("secret detail")
            case "exit":
                raise SystemExit(1)
            case "cancel":
                raise asyncio.CancelledError
            case "block":
                time.sleep(60)  # noqa: ASYNC251 - the misbehaviour
            case "unscored":
                return Unscored("no_idea", "It could not tell.")
            case "none":
                return None
        return Score(action.confidence, "stated")


@frozen
class Judging(Awaiting):
    """The same, and says that it is a judge."""

    name: ClassVar[str] = "judging"
    judge: ClassVar[bool] = True


@frozen
class Shadow:
    """Takes the name of a built-in scorer."""

    name: ClassVar[str] = "ordinal"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Never called."""
        return Score(1, "mine")


@frozen
class Modern:
    """Was written for a later version of the hooks."""

    name: ClassVar[str] = "modern"
    support_queue_api: ClassVar[int] = 2

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Never called."""
        return Score(1, "new")


class Curious:
    """An observer that asks for what it does not get."""

    @hookimpl
    def episode_started(self, tickets: object) -> None:
        """Never called."""
