"""Scorers that tests put into rubrics, as a plugin of `--plugin module:Class` would."""

from typing import Any, ClassVar

from attrs import frozen

from support_queue_env.plugins import (
    Case,
    Credit,
    Score,
    SupportQueueAction,
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
class Dawdling:
    """An async scorer, which this version refuses."""

    name: ClassVar[str] = "dawdling"

    @hookimpl
    async def score(self, case: Case, action: SupportQueueAction) -> Score:
        """Too late."""
        return Score(1, "late")
