"""A plugin with wrappers and observers, and a scorer that several plugins offer."""

from collections.abc import Generator
from pathlib import Path
from typing import Any, ClassVar

from attrs import frozen

from support_queue_env.plugins import Score, SupportQueueAction, Unscored, hookimpl


@frozen
class Mood:
    """Scores the confidence."""

    name: ClassVar[str] = "mood"

    @hookimpl
    def score(self, action: SupportQueueAction) -> Score:
        """The confidence."""
        return Score(action.confidence, "stated")


class Watching:
    """Goes around every scorer and notes what it sees; also offers a scorer."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    @hookimpl
    def register_scorers(self) -> list[type[Any]]:
        """One scorer."""
        return [Mood]

    @hookimpl
    def register_rubrics(self) -> list[Path]:
        """The rubric beside this file."""
        return [Path(__file__).parent / "data" / "moody.toml"]

    @hookimpl(wrapper=True)
    def score(self, component: str) -> Generator[None, Any, Score | Unscored]:
        """Note the component and its result."""
        result: Score | Unscored = yield
        self.seen.append((component, type(result).__name__))
        return result

    @hookimpl
    def episode_started(self, episode: Any) -> None:
        """Note it."""
        self.seen.append(("started", episode.task.task_id))

    @hookimpl
    def ticket_scored(self, episode: Any, ticket: Any) -> None:
        """Note the reward that was paid."""
        self.seen.append(("scored", ticket.case.ticket.ticket_id, ticket.paid))

    @hookimpl
    def episode_finished(self, episode: Any) -> None:
        """Note it."""
        self.seen.append(("finished", len(episode.graded)))


class Halving:
    """A wrapper that changes what it goes around."""

    @hookimpl(wrapper=True)
    def score(self) -> Generator[None, Any, Any]:
        """Half of the score."""
        result = yield
        return Score(result.value / 2, "halved")


class Doubling:
    """A wrapper whose result is no score."""

    @hookimpl(wrapper=True)
    def score(self) -> Generator[None, Any, Any]:
        """Something out of range."""
        yield
        return 2.0


class Failing:
    """An observer that raises whatever happens, and prints."""

    @hookimpl
    def episode_started(self) -> None:
        """Raise."""
        raise SystemExit(1)

    @hookimpl
    def ticket_scored(self) -> None:
        """Print, then raise."""
        print("x" * 200_000)  # noqa: T201 - the misbehaviour


watching = Watching()
