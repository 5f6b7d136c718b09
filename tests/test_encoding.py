"""Observations that are encoded in parts are the bytes that they would be as a whole."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest
from answers import TASKS, environment, varied
from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st
from strategies import VOCABULARY, actions, cases, texts
from ticket_scores import scores

from support_queue_env.core.cases import Task
from support_queue_env.core.documents import encode_document
from support_queue_env.core.episode import Episode, GradedTicket
from support_queue_env.core.session import Session
from support_queue_env.core.views import observe
from support_queue_env.models import ResetOptions, SupportQueueObservation
from support_queue_env.server import step_text
from support_queue_env.server.beginnings import Beginnings
from support_queue_env.server.step_text import StepTexts
from support_queue_env.server.wire import (
    encoded_http_observation,
    encoded_http_step,
    encoded_socket_observation,
    encoded_socket_step,
    http_observation,
    socket_observation,
)


@frozen(eq=False)
class Named:
    """What an observation tells of a rubric."""

    weights: Mapping[str, float]
    name: str = "any"
    digest: str = "d"
    signature: str = "s"

    at_once: bool = True
    description: Any = None
    score: Any = None
    score_async: Any = None


WEIGHTS = st.dictionaries(texts(1, 8), st.floats(-1, 1), max_size=4)
SCORERS = st.builds(Named, WEIGHTS.map(MappingProxyType) | WEIGHTS)


@st.composite
def episodes(draw: st.DrawFn) -> Episode:
    """An episode that has come somewhere: any texts, scores, modes and weights."""
    tickets = draw(st.lists(cases(), min_size=1, max_size=3).map(tuple))
    graded = tuple(
        GradedTicket(case, draw(actions()), draw(scores(st.none())), draw(PAID))
        for case in tickets[: draw(st.integers(0, len(tickets)))]
    )
    return Episode(
        episode_id=draw(texts(1, 20)),
        task=Task(
            task_id=draw(texts(1, 20)),
            title=draw(texts(0, 20)),
            difficulty=draw(st.sampled_from(["easy", "medium", "hard"])),
            instructions=draw(texts(0, 40)),
            split="train",
            vocabulary=VOCABULARY,
            cases=tickets,
        ),
        scorer=draw(SCORERS),
        feedback=draw(st.sampled_from(["scores", "full", "none"])),
        rewards=draw(st.sampled_from(["per_ticket", "terminal"])),
        graded=graded,
    )


PAID = st.floats(0, 1)
METADATA = st.dictionaries(texts(1, 8), texts(0, 8) | st.integers(-9, 9), max_size=2)


def check(observation: SupportQueueObservation) -> None:
    """Both encodings are what the whole is, the first time and the second."""
    for _ in range(2):
        assert encode_document(socket_observation(observation)) == (
            encoded_socket_observation(observation)
        )
        assert encode_document(http_observation(observation)) == (
            encoded_http_observation(observation)
        )


def check_step(episode: Episode) -> None:
    """What a step is answered with is what its observation would be, as above."""
    observation = observe(episode)
    for _ in range(2):
        assert encoded_socket_observation(observation) == encoded_socket_step(episode)
        assert encoded_http_observation(observation) == encoded_http_step(episode)


@given(episodes(), st.lists(texts(1, 8), max_size=2).map(tuple), METADATA)
def test_the_parts_are_the_whole(
    episode: Episode, ignored: tuple[str, ...], metadata: dict[str, Any]
) -> None:
    """Whatever episode is observed, joining its parts gives the same bytes."""
    observation = observe(episode, ignored)

    check(observation)
    check(evolve(observation, metadata=MappingProxyType(metadata)))
    for count in range(len(episode.graded) + 1):
        earlier = evolve(episode, graded=episode.graded[:count])
        check(observe(earlier))
        check_step(earlier)


@pytest.mark.parametrize("task_id", TASKS)
@pytest.mark.parametrize("rubric", ["classic", "strict"])
@pytest.mark.parametrize("feedback", ["scores", "full", "none"])
@pytest.mark.parametrize("rewards", ["per_ticket", "terminal"])
def test_episodes_of_the_classic_tasks(
    task_id: str, rubric: str, feedback: Any, rewards: Any
) -> None:
    """So it is for every observation of an episode that a session plays."""
    session = Session(environment())
    options = ResetOptions(
        task_id=task_id, rubric=rubric, feedback=feedback, rewards=rewards
    )
    check(session.reset(options, ["k" * 99, "\ud7ff"]))
    for action in varied(task_id, 5):
        check(session.step(session.read_action(action)))
        assert session.episode is not None
        check_step(session.episode)


def test_a_change_is_no_known_beginning() -> None:
    """Of two observations that differ in a constant field each has its own text."""
    observation = Session(environment()).reset(ResetOptions())
    check(observation)
    check(evolve(observation, task_id="another"))
    check(evolve(observation, allowed_queues=("another",)))
    check(evolve(observation, instructions="another"))
    check(evolve(observation, total_tickets=7, current_index=6))
    if observation.ticket is not None:
        check(evolve(observation, ticket=evolve(observation.ticket, sla_hours=7)))


def test_weights_that_can_change_are_looked_at_anew() -> None:
    """A mapping that somebody may write to is not known by its identity."""
    weights = {"one": 0.5}
    task = environment().tasks.find(None)
    observation = observe(Episode(episode_id="e", task=task, scorer=Named(weights)))
    check(observation)
    weights["one"] = 0.25

    check(observation)
    assert b'{"one":0.25}' in encoded_socket_observation(observation)


def test_beginnings_are_forgotten_before_they_fill_the_memory() -> None:
    """However many tickets there are, what is kept stays below its limit."""
    beginnings = Beginnings(room=5_000)
    observation = observe(
        Episode(
            episode_id="e",
            task=environment().tasks.find(None),
            scorer=environment().find_rubric(None),
        )
    )
    first = beginnings.of(observation)
    for number in range(100):
        beginnings.of(evolve(observation, total_tickets=number))
        kept = sum(len(one.text) for one in beginnings._known.values())

        assert kept <= 5_000
    assert first == beginnings.of(observation)


def test_what_is_known_of_steps_does_not_fill_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However many reasons and tickets there are, no more than so much is known."""
    monkeypatch.setattr(step_text, "MOST_ENTRIES", 10)
    kept = StepTexts(room=10_000)
    for task_id in TASKS:
        session = Session(environment())
        session.reset(ResetOptions(task_id=task_id))
        for action in varied(task_id, 5):
            session.step(session.read_action(action))
            assert session.episode is not None
            told = kept.of(session.episode)

            assert told is not None
            assert told in encoded_socket_observation(observe(session.episode))
            assert len(kept._entries) <= 10
            places = kept._places.values()
            assert sum(len(one.beginning) + len(one.rubric) for one in places) <= 10_000


def test_steps_under_weights_that_can_change_are_observed() -> None:
    """What is kept for the next step is kept only of what nobody can change."""
    session = Session(environment())
    task_id = next(iter(TASKS))
    session.reset(ResetOptions(task_id=task_id))
    session.step(session.read_action(varied(task_id, 5)[0]))
    assert session.episode is not None
    loose = evolve(session.episode, scorer=Named({"one": 0.5}))

    assert StepTexts().of(loose) is None
    check_step(loose)
