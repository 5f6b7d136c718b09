"""The episode machine, apart from any server."""

import math
from fractions import Fraction
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import a_case, actions, an_action

from support_queue_env.core.cases import Task, TaskCatalogue
from support_queue_env.core.conversion import unstructure
from support_queue_env.core.documents import encode_document
from support_queue_env.core.episode import Episode
from support_queue_env.core.errors import (
    EpisodeFinished,
    EpisodeNotStarted,
    ScoringError,
    TaskPackError,
    UnknownName,
)
from support_queue_env.core.scoring import TicketScore
from support_queue_env.core.session import Environment, Session, read_reset_options
from support_queue_env.core.views import describe, observe
from support_queue_env.environment import load_environment
from support_queue_env.models import ResetOptions, SupportQueueAction
from support_queue_env.plugins.compiled import compile_rubric
from support_queue_env.plugins.registry import PluginRegistry
from support_queue_env.rubrics.quantities import Weight
from support_queue_env.rubrics.rubric import Criterion, Rubric, ScorerChoice


ENVIRONMENT = load_environment()


def a_task(tickets: int = 3) -> Task:
    """A task of equal cases."""
    case = a_case()
    return Task(
        task_id="t",
        title="T",
        difficulty="easy",
        instructions="Do.",
        split="test",
        vocabulary=case.vocabulary,
        cases=(case,) * tickets,
    )


def an_episode(**options: object) -> Episode:
    """An episode of three tickets under the classic rubric."""
    scorer = ENVIRONMENT.find_rubric(None)
    return Episode(episode_id="e", task=a_task(), scorer=scorer, **options)  # type: ignore[arg-type]


class Failing:
    """A rubric whose scorer fails until it is told not to."""

    name = "failing"
    digest = "0"
    signature = "failing"
    description: ClassVar[dict[str, object]] = {}
    weights: ClassVar[dict[str, float]] = {}
    broken = True
    at_once = True

    def score(self, case: object, action: object) -> TicketScore:
        """Fail, or pay everything."""
        if self.broken:
            raise ScoringError("tone", "acme.tone", "no answer")
        return TicketScore(Fraction(1), Fraction(1), ())

    async def score_async(self, case: object, action: object) -> TicketScore:
        """The same."""
        return self.score(case, action)


@given(st.lists(actions(), min_size=3, max_size=3))
def test_rewards_add_up(answers: list[SupportQueueAction]) -> None:
    """Cumulative is the sum of what was paid, average that sum per ticket."""
    episode = an_episode()
    for index, answer in enumerate(answers):
        assert not episode.done
        episode = episode.step(answer)

        assert index + 1 == len(episode.graded)
    paid = [ticket.paid for ticket in episode.graded]

    assert episode.done
    assert math.fsum(paid) == episode.cumulative_reward
    assert math.fsum(paid) / 3 == episode.average_reward
    assert all(float(t.score.reward) == t.paid for t in episode.graded)


@given(st.lists(actions(), min_size=3, max_size=3))
def test_terminal_rewards_pay_the_mean_at_the_end(
    answers: list[SupportQueueAction],
) -> None:
    """Every step but the last pays 0; the last pays the episode's exact mean."""
    episode = an_episode(rewards="terminal")
    for answer in answers:
        episode = episode.step(answer)
    mean = sum(t.score.reward for t in episode.graded) / 3

    assert [0.0, 0.0, float(mean)] == [t.paid for t in episode.graded]


def test_a_step_leaves_the_old_episode_alone() -> None:
    """Episodes are values: stepping one twice from the same point gives equals."""
    start = an_episode()
    one, other = start.step(an_action()), start.step(an_action())

    assert () == start.graded
    assert describe(one) == describe(other)


def test_a_step_before_reset_changes_nothing() -> None:
    """The session says what to do and is still empty."""
    session = Session(ENVIRONMENT)

    with pytest.raises(EpisodeNotStarted, match="call reset"):
        session.step(an_action())

    assert describe(None) == session.state


def test_a_step_after_done_changes_nothing() -> None:
    """The finished episode stays as it is."""
    session = Session(ENVIRONMENT)
    session.reset(ResetOptions())
    session.step(an_action())
    session.step(an_action())
    before = session.state

    with pytest.raises(EpisodeFinished):
        session.step(an_action())

    assert before == session.state


def test_a_failed_scorer_leaves_the_ticket_to_be_tried_again() -> None:
    """No number, no progress; the same step works once the scorer does."""
    scorer = Failing()
    environment = Environment(TaskCatalogue([a_task(1)]), lambda _: scorer)
    session = Session(environment)
    session.reset(ResetOptions())

    with pytest.raises(ScoringError):
        session.step(an_action())
    assert session.state.step_count == 0

    scorer.broken = False

    assert session.step(an_action()).reward == 1.0


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (ResetOptions(task_id="none"), "unknown task.*easy_inbox_cleanup, medium"),
        (ResetOptions(rubric="none"), "unknown rubric.*classic"),
    ],
)
def test_a_failed_reset_keeps_the_running_episode(
    options: ResetOptions, complaint: str
) -> None:
    """An unknown task or rubric lists those there are and changes nothing."""
    session = Session(ENVIRONMENT)
    session.reset(ResetOptions(episode_id="first"))

    with pytest.raises(UnknownName, match=complaint):
        session.reset(options)

    assert session.state.episode_id == "first"


def test_feedback_modes() -> None:
    """Scores by default, gold labels only on request, nothing but the reward at all."""
    seen = {
        mode: observe(an_episode(feedback=mode).step(an_action(queue="success")))
        for mode in ("scores", "full", "none")
    }
    scores, full, none = (observation.last_feedback for observation in seen.values())

    assert scores
    assert full
    assert none
    assert scores.gold is None
    assert scores.scores["queue"] == 0.6
    assert scores.components["queue"] == 0.15
    assert full.gold
    assert full.gold.queue == "billing"
    assert not none.components
    assert not none.reasons
    assert none.raw_reward is None
    assert none.reward == scores.reward == 0.9


@pytest.mark.parametrize("task_id", ["easy_inbox_cleanup", "hard_exec_escalations"])
def test_nothing_before_grading_contains_the_truth(task_id: str) -> None:
    """Neither observation nor state holds a reference text or a disallowed phrase."""
    session = Session(ENVIRONMENT)
    observation = session.reset(ResetOptions(task_id=task_id, feedback="full"))
    sent = encode_document(unstructure((observation, session.state))).decode()
    for case in ENVIRONMENT.tasks.find(task_id).cases:
        gold = case.gold

        assert gold.reference_summary not in sent
        assert gold.reference_response not in sent
        assert not any(phrase in sent for phrase in gold.disallowed_phrases)


def test_state_tells_the_whole_story() -> None:
    """Actions, feedback and ticket ids in order, with rubric, seed and split."""
    session = Session(ENVIRONMENT)
    session.reset(ResetOptions(seed=7, episode_id="mine"))
    answer = an_action()
    session.step(answer)
    state = session.state

    assert ("mine", 1, 1, 2) == (
        state.episode_id,
        state.step_count,
        state.current_index,
        state.total_tickets,
    )
    assert (answer,) == state.action_history
    assert ("E-101",) == state.processed_ticket_ids
    assert ("E-101",) == tuple(f.ticket_id for f in state.grading_history)
    assert ("classic", 7, "test") == (state.rubric, state.seed, state.split)
    assert state.rubric_digest == ENVIRONMENT.find_rubric(None).digest


def test_metadata_is_ignored_and_not_kept() -> None:
    """A client may send any; keeping it would let one fill the memory."""
    session = Session(ENVIRONMENT)
    session.reset(ResetOptions())
    action = session.read_action(unstructure(an_action(metadata={"a": [{}] * 1000})))
    session.step(action)

    assert not session.state.action_history[0].metadata


def test_nested_criteria_show_in_feedback() -> None:
    """Their scores and reasons stand under dotted names; points sum at the top."""
    texts = Rubric(
        "texts",
        (
            Criterion("a", Weight("1/2"), ScorerChoice("ordinal")),
            Criterion("b", Weight("1/2"), ScorerChoice("ordinal")),
        ),
    )
    rubric = Rubric("outer", (Criterion("all", Weight(1), texts),))
    scorer = compile_rubric(rubric, PluginRegistry())
    episode = Episode(episode_id="e", task=a_task(), scorer=scorer)
    feedback = observe(episode.step(an_action(priority="P1"))).last_feedback

    assert feedback
    assert {"all": 0.5} == feedback.components
    assert {"all": 0.5, "all.a": 0.5, "all.b": 0.5} == feedback.scores
    assert feedback.reasons["all.a"] == "adjacent"


def test_unknown_reset_options_are_named_in_the_observation() -> None:
    """A client's extra columns pass, and a misspelt option can be noticed."""
    options, ignored = read_reset_options({"task": "x", "seed": 1, "prompt": []})
    observation = Session(ENVIRONMENT).reset(options, ignored)

    assert ("prompt", "task") == observation.info["ignored_options"]


def test_task_ids_are_unique() -> None:
    """Two tasks of one id cannot be told apart, so they are refused."""
    with pytest.raises(TaskPackError, match="two tasks are called 't'"):
        TaskCatalogue([a_task(), a_task()])
