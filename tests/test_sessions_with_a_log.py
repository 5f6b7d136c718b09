"""Sessions that append to a log before they answer, and episodes read back from it."""

import asyncio
import re
from collections.abc import Coroutine
from typing import Any, ClassVar

import pytest
from attrs import define, evolve, field
from hypothesis import given
from hypothesis import strategies as st
from memory_log import MemoryLog

from support_queue_env.core.errors import (
    CannotResume,
    EpisodeConflict,
    NotRecorded,
    ScoringError,
)
from support_queue_env.core.log import Event
from support_queue_env.core.scoring import TicketScore
from support_queue_env.core.session import Environment, Session
from support_queue_env.core.views import observe
from support_queue_env.environment import load_environment
from support_queue_env.evaluation.heuristic import HeuristicPolicy
from support_queue_env.models import ResetOptions


CLASSIC = load_environment()
TASKS = tuple(task.task_id for task in CLASSIC.tasks)


class AlwaysFailing:
    """A rubric of which every scorer fails."""

    name = "failing"
    digest = ""
    signature = ""
    weights: ClassVar[dict[str, float]] = {}
    description: ClassVar[dict[str, object]] = {}
    at_once = True

    def score(self, case: object, action: object) -> TicketScore:
        """No score."""
        raise ScoringError("priority", "ordinal", "it raised")

    async def score_async(self, case: object, action: object) -> TicketScore:
        """The same."""
        return self.score(case, action)


def logged() -> tuple[Environment, MemoryLog]:
    """The classic environment with a log of its own."""
    log = MemoryLog()
    return evolve(CLASSIC, log=log), log


@given(
    task=st.sampled_from(TASKS),
    rubric=st.sampled_from(["classic", "strict"]),
    steps=st.integers(0, 4),
    feedback=st.sampled_from(["none", "scores", "full"]),
    rewards=st.sampled_from(["per_ticket", "terminal"]),
    seed=st.none() | st.integers(0, 2**31),
)
def test_a_logged_episode_resumes_to_the_same_state(  # noqa: PLR0917 - one per option
    task: str, rubric: str, steps: int, feedback: str, rewards: str, seed: int | None
) -> None:
    """Read back after any step, the state is equal, and so is everything after it."""
    environment, log = logged()
    first = Session(environment)
    policy = HeuristicPolicy()
    seen = first.reset(
        ResetOptions(
            task_id=task,
            rubric=rubric,
            seed=seed,
            feedback=feedback,  # type: ignore[arg-type]  # sampled from the literals
            rewards=rewards,  # type: ignore[arg-type]  # sampled from the literals
        )
    )
    for _ in range(min(steps, seen.total_tickets)):
        seen = first.step(policy.act(seen))
    second = Session(environment)
    second.resume(log.episodes[first.key])
    assert second.state == first.state
    while not seen.done:
        action = policy.act(seen)
        seen = first.step(action)
        if first.episode and second.episode:
            second.episode = second.episode.step(action)
    assert second.state == first.state


def test_what_cannot_be_logged_does_not_happen() -> None:
    """A refused step leaves the episode where it was, and may be tried again."""
    environment, log = logged()
    session = Session(environment)
    seen = session.reset(ResetOptions())
    action = HeuristicPolicy().act(seen)
    log.problem = "disk full"
    before = session.state
    with pytest.raises(NotRecorded, match="disk full") as refused:
        session.step(action)
    assert "disk" not in refused.value.public
    assert session.state == before
    log.problem = ""
    assert session.step(action).current_index == 1


def test_a_reset_that_cannot_be_logged_keeps_the_running_episode() -> None:
    """Nothing is lost with the reset that failed."""
    environment, log = logged()
    session = Session(environment)
    session.reset(ResetOptions(episode_id="mine"))
    log.problem = "gone"
    with pytest.raises(NotRecorded):
        session.reset(ResetOptions())
    assert session.state.episode_id == "mine"


def test_nothing_is_logged_of_a_step_without_a_score() -> None:
    """A scorer that fails leaves no trace in the log."""
    environment, log = logged()
    session = Session(environment)
    seen = session.reset(ResetOptions())
    assert session.episode is not None
    session.episode = evolve(session.episode, scorer=AlwaysFailing())
    with pytest.raises(ScoringError):
        session.step(HeuristicPolicy().act(seen))
    assert log.episodes[session.key].steps == ()


def test_two_sessions_on_one_logged_episode_grade_a_ticket_once() -> None:
    """Whoever comes second is told of the conflict and has changed nothing."""
    environment, log = logged()
    first = Session(environment, "http")
    seen = first.reset(ResetOptions())
    second = Session(environment, "http")
    second.resume(log.episodes[first.key])
    action = HeuristicPolicy().act(seen)
    first.step(action)
    before = second.state
    with pytest.raises(EpisodeConflict):
        second.step(action)
    assert second.state == before
    assert len(log.episodes[first.key].steps) == 1


def test_concurrent_steps_of_one_session_grade_a_ticket_once() -> None:
    """Of many answers to one ticket, one is graded and logged."""
    environment, log = logged()
    session = Session(environment)
    action = HeuristicPolicy().act(session.reset(ResetOptions()))

    async def race() -> list[object]:
        steps = (session.step_async(action) for _ in range(8))
        return await asyncio.gather(*steps, return_exceptions=True)

    outcomes = asyncio.run(race())
    assert sum(isinstance(outcome, EpisodeConflict) for outcome in outcomes) == 7
    assert len(log.episodes[session.key].steps) == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"task_id": "gone"}, "its task is not on this server any more"),
        ({"rubric": "gone"}, "its rubric is not on this server any more"),
        ({"rubric_digest": "0" * 64}, "its rubric scores differently"),
        ({"total_tickets": 7}, "its task has other tickets"),
    ],
)
def test_an_episode_of_another_server_is_refused_with_the_reason(
    change: dict[str, Any], reason: str
) -> None:
    """It is never continued under other tickets or another rubric."""
    environment, log = logged()
    session = Session(environment)
    session.step(HeuristicPolicy().act(session.reset(ResetOptions())))
    stored = evolve(log.episodes[session.key], **change)
    with pytest.raises(CannotResume, match=re.escape(reason)):
        environment.resume(stored)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"ticket_id": "X-1"}, "other tickets"),
        ({"score": {}}, "step 0 of its log cannot be read"),
        ({"score": {"reward": "1/0"}}, "step 0 of its log cannot be read"),
        ({"action": {"priority": "P9"}}, "step 0 of its log cannot be read"),
    ],
)
def test_a_damaged_step_is_refused_with_the_reason(
    change: dict[str, Any], reason: str
) -> None:
    """A log that somebody changed does not become an episode."""
    environment, log = logged()
    session = Session(environment)
    session.step(HeuristicPolicy().act(session.reset(ResetOptions())))
    stored = log.episodes[session.key]
    damaged = evolve(stored, steps=(evolve(stored.steps[0], **change),))
    with pytest.raises(CannotResume, match=reason):
        environment.resume(damaged)


@define(eq=False)
class SlowLog(MemoryLog):
    """A log that commits when it is told to."""

    asked: asyncio.Event = field(factory=asyncio.Event)
    commit: asyncio.Event = field(factory=asyncio.Event)

    async def append_async(self, event: Event) -> None:
        """Keep `event`, once that is allowed."""
        self.asked.set()
        await self.commit.wait()
        self.append(event)

    async def cancelled(self, call: Coroutine[Any, Any, object]) -> None:
        """Cancel `call` while it is being committed, and then commit."""
        self.asked.clear()
        self.commit.clear()
        task = asyncio.create_task(call)
        await self.asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        self.commit.set()
        for _ in range(5):
            await asyncio.sleep(0)


def test_a_cancelled_caller_leaves_session_and_log_equal() -> None:
    """What is being logged when its caller is cancelled happens; the session goes on."""
    log = SlowLog()
    session = Session(evolve(CLASSIC, log=log))
    policy = HeuristicPolicy()

    async def play() -> None:
        await log.cancelled(session.reset_async(ResetOptions()))
        assert session.episode is not None
        await log.cancelled(session.step_async(policy.act(observe(session.episode))))
        await session.step_async(policy.act(observe(session.episode)))

    asyncio.run(play())
    assert session.state.step_count == 2
    assert len(log.episodes[session.key].steps) == 2


def test_a_cancelled_step_that_cannot_be_logged_did_not_happen() -> None:
    """The session stays where it was, and the step may be made again."""
    log = SlowLog()
    session = Session(evolve(CLASSIC, log=log))
    action = HeuristicPolicy().act(session.reset(ResetOptions()))

    async def play() -> None:
        log.problem = "disk full"
        await log.cancelled(session.step_async(action))
        assert session.state.step_count == 0
        log.problem = ""
        await session.step_async(action)

    asyncio.run(play())
    assert session.state.step_count == 1
    assert len(log.episodes[session.key].steps) == 1


def test_a_reset_while_a_step_is_logged_leaves_the_step_in_the_log() -> None:
    """The step is told of the conflict; it was made in the episode that was left."""
    log = SlowLog()
    session = Session(evolve(CLASSIC, log=log))
    action = HeuristicPolicy().act(session.reset(ResetOptions(episode_id="left")))
    left = session.key

    async def play() -> None:
        step = asyncio.create_task(session.step_async(action))
        await log.asked.wait()
        session.reset(ResetOptions(episode_id="new"))
        log.commit.set()
        with pytest.raises(EpisodeConflict):
            await step

    asyncio.run(play())
    assert session.state.episode_id == "new"
    assert session.state.step_count == 0
    assert len(log.episodes[left].steps) == 1
