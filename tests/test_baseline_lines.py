"""The baseline's lines and results, whatever the texts, numbers and errors in them."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Self, cast

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from support_queue_env import Session, load_environment
from support_queue_env.core.conversion import unstructure
from support_queue_env.core.errors import SupportQueueError
from support_queue_env.evaluation.baseline import (
    MESSAGE_LIMIT,
    Step,
    TaskOutcome,
    end_line,
    one_line,
    play_task,
    results_document,
    start_line,
    step_line,
    write_results,
)
from support_queue_env.evaluation.connection import Connection
from support_queue_env.evaluation.policy import ConstantPolicy
from support_queue_env.models import (
    ResetOptions,
    SupportQueueAction,
    SupportQueueObservation,
)


NUMBER = r"-?\d+\.\d\d"
START = re.compile(r"\[START\] task=(\S+) env=support_queue_env model=(\S+)")
STEP = re.compile(
    r"\[STEP\] step=(\d+) action=(.+?) "
    rf"reward=({NUMBER}) done=(true|false) error=(.+)"
)
END = re.compile(
    rf"\[END\] success=(true|false) steps=(\d+) score=({NUMBER}) "
    rf"rewards=((?:{NUMBER}(?:,{NUMBER})*)?)"
)

# Texts that are hard on lines: other line ends, control characters, our own fields.
nasty = st.sampled_from(["\n", "\r\n", "\x85", "\u2028", "\x1b[2J", '"', "\\", "é"]) | (
    st.sampled_from([" reward=1.00 done=true error=null", "\n[END] success=true"])
)
words = st.text(st.characters(codec="utf-8"), max_size=60)
texts = st.lists(nasty | words, max_size=5).map("".join)
rewards = st.floats(0, 1)


def padded(text: str, low: int, high: int) -> str:
    """`text` within an action's limits."""
    return text[:high].ljust(low, ".")


actions = st.builds(
    SupportQueueAction,
    priority=texts.map(lambda text: padded(text, 1, 64)),
    queue=texts.map(lambda text: padded(text, 1, 64)),
    disposition=texts.map(lambda text: padded(text, 1, 64)),
    summary=texts.map(lambda text: padded(text, 8, 280)),
    response=texts.map(lambda text: padded(text, 16, 1200)),
    confidence=rewards,
    metadata=st.dictionaries(texts, texts, max_size=2),
)
steps = st.builds(
    Step,
    action=st.none() | actions,
    reward=rewards,
    done=st.booleans(),
    error=st.none() | texts,
)


def outcome(*played: Step, tickets: int = 4) -> TaskOutcome:
    """A task of four tickets unless told otherwise."""
    return TaskOutcome(
        task_id="a_task",
        total_tickets=tickets,
        steps=played,
        rubric="classic",
        rubric_digest="d",
    )


def step(reward: float = 1.0, error: str | None = None) -> Step:
    """A step without an action."""
    return Step(action=None, reward=reward, done=False, error=error)


@given(number=st.integers(1, 10**6), played=steps)
def test_a_step_is_one_line_whose_fields_read_back(number: int, played: Step) -> None:
    """Whatever the texts are, there is one line, and each field is found in it."""
    line = step_line(number, played)
    match = STEP.fullmatch(line)

    assert [line] == line.splitlines()
    assert line.isprintable()
    assert match
    assert str(number) == match[1]
    assert (played.action and unstructure(played.action)) == json.loads(match[2])
    assert f"{played.reward:.2f}" == match[3]
    assert ("true" if played.done else "false") == match[4]
    assert (played.error is None) == (match[5] == "null")


@given(task=texts, model=texts)
def test_a_start_is_one_line_of_single_words(task: str, model: str) -> None:
    """Names become words, so the fields of the line stay apart."""
    line = start_line(task, model)

    assert [line] == line.splitlines()
    assert START.fullmatch(line)


@given(played=st.lists(steps, max_size=5), tickets=st.integers(0, 9))
def test_an_end_is_one_line_with_a_reward_per_step(
    played: list[Step], tickets: int
) -> None:
    """The line holds as many rewards as steps, each with two decimals."""
    match = END.fullmatch(end_line(outcome(*played, tickets=tickets)))

    assert match
    assert str(len(played)) == match[2]
    assert [f"{s.reward:.2f}" for s in played] == match[4].split(",")[: len(played)]


@given(message=st.text())
def test_a_message_is_short_and_printable(message: str) -> None:
    """No message is empty, long, broken into lines, or mistaken for no error."""
    text = one_line(message)

    assert text.isprintable()
    assert 0 < len(text) <= MESSAGE_LIMIT
    assert text != "null"


def test_no_number_is_a_negative_zero() -> None:
    """A reward that rounds to nothing is printed without a sign."""
    line = step_line(1, Step(action=None, reward=-0.001, done=False))

    assert line == "[STEP] step=1 action=null reward=0.00 done=false error=null"


def test_the_score_counts_unanswered_tickets_as_nothing() -> None:
    """Two full rewards out of four tickets are half the score."""
    assert outcome(step(), step()).score == 0.5


@pytest.mark.parametrize(("last", "success"), [(0.2, True), (0.199, False)])
def test_success_starts_at_four_fifths(last: float, success: bool) -> None:
    """The sum of floats that comes to 0.80 is a success, anything less is none."""
    played = outcome(step(), step(), step(), step(last))

    assert success is outcome(*played.steps).success


def test_an_episode_with_an_error_is_no_success() -> None:
    """However good the score is."""
    played = outcome(step(), step(0.0, "it broke"), tickets=1)

    assert (1.0, False, "it broke") == (played.score, played.success, played.error)


def unreachable(error: BaseException) -> Callable[[], Connection]:
    """Connects to nothing."""

    def connect() -> Connection:
        raise error

    return connect


def test_the_end_comes_after_any_exception() -> None:
    """An error before the first step is a step of its own, then the task ends."""
    lines: list[str] = []

    play_task(unreachable(OSError("a\nb")), ConstantPolicy(), "a_task", lines.append)

    assert [
        "[START] task=a_task env=support_queue_env model=constant",
        "[STEP] step=1 action=null reward=0.00 done=false error=OSError: a b",
        "[END] success=false steps=1 score=0.00 rewards=0.00",
    ] == lines


def test_the_end_comes_after_an_interruption() -> None:
    """Who interrupts the run gets the interruption, after the last line."""
    lines: list[str] = []

    with pytest.raises(KeyboardInterrupt):
        play_task(
            unreachable(KeyboardInterrupt()), ConstantPolicy(), "a_task", lines.append
        )

    assert "[END] success=false steps=0 score=0.00 rewards=" == lines[-1]


def test_an_error_of_ours_is_told_as_it_is() -> None:
    """The class of an error is shown only where its text was not written by us."""
    lines: list[str] = []

    play_task(
        unreachable(SupportQueueError("gone")), ConstantPolicy(), "t", lines.append
    )

    assert lines[1].endswith(" error=gone")


class Endless:
    """A connection to an environment that never ends its episodes."""

    def __init__(self, observation: SupportQueueObservation) -> None:
        self.observation = observation

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to close."""

    def reset(self, **_: object) -> SupportQueueObservation:
        """The one observation there is."""
        return self.observation

    def step(self, _: SupportQueueAction) -> SupportQueueObservation:
        """The same one again, with a reward."""
        return evolve(self.observation, reward=1.0)


def test_an_environment_that_never_ends_is_left() -> None:
    """After as many steps as there are tickets the task ends in an error."""
    first = Session(load_environment()).reset(ResetOptions(), ())
    connect = cast("Callable[[], Connection]", lambda: Endless(first))
    lines: list[str] = []

    played = play_task(connect, ConstantPolicy(), first.task_id, lines.append)

    assert [1.0] * first.total_tickets + [0.0] == list(played.rewards)
    assert lines[-2].endswith("error=the environment goes on after its last ticket")
    assert lines[-1].startswith("[END] success=false")


def test_the_results_hold_every_task() -> None:
    """The document has the average and, per task, what the lines say."""
    document = results_document(
        [outcome(step(), tickets=1), outcome(step(0.5), step(0.0, "no"), tickets=2)],
        model="m",
        policy="model",
        versions={"python": "3"},
    )

    assert 0.625 == document["average_score"]
    assert [1.0, 0.25] == [task["score"] for task in document["tasks"]]
    assert [None, "no"] == [task["error"] for task in document["tasks"]]
    assert {"benchmark": "support_queue_env", "model": "m", "policy": "model"} == {
        key: document[key] for key in ("benchmark", "model", "policy")
    }


def test_results_replace_older_ones_and_leave_nothing_beside_them(
    tmp_path: Path,
) -> None:
    """The file is swapped in whole; no temporary file stays behind."""
    path = tmp_path / "results.json"
    path.write_text("an older run")

    write_results({"a": 1}, path)

    assert {"a": 1} == json.loads(path.read_text())
    assert [path] == list(tmp_path.iterdir())


def test_results_that_cannot_be_written_leave_the_older_ones(tmp_path: Path) -> None:
    """What is no JSON never reaches the file."""
    path = tmp_path / "results.json"
    path.write_text("an older run")

    with pytest.raises(ValueError, match="JSON"):
        write_results({"a": float("nan")}, path)

    assert "an older run" == path.read_text()
    assert [path] == list(tmp_path.iterdir())
