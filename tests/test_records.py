"""Stored steps: what is written is what is read, and no line can end the reading."""

import io
import json
from collections.abc import Iterable
from typing import Any

import pytest
from answers import TASKS, cases, environment, varied
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from strategies import actions, texts
from strategies import cases as any_cases

from support_queue_env import __version__
from support_queue_env.core import record_reading
from support_queue_env.core.episode import Episode
from support_queue_env.core.record_reading import (
    MAX_LINE,
    ReadStep,
    lines_of,
    read_records,
)
from support_queue_env.core.records import (
    ERROR_SCHEMA,
    SCHEMA,
    StepFault,
    StepRecord,
    encode_step,
    record_of,
    record_of_feedback,
    rescored,
)
from support_queue_env.core.session import Session
from support_queue_env.core.views import feedback_on, observe
from support_queue_env.models import ResetOptions


def played(**options: Any) -> Episode:
    """A finished episode with a mixed record."""
    session = Session(environment())
    options = {"task_id": "hard_exec_escalations", "episode_id": "e", **options}
    session.reset(ResetOptions(**options))
    for plain in varied(options["task_id"], 5):
        session.step(session.read_action(plain))
    assert session.episode is not None
    return session.episode


def lines(**options: Any) -> list[bytes]:
    """A file with the steps of `played`, by line."""
    episode = played(**options)
    return [encode_step(record_of(episode, t)) for t in episode.graded]


def faults(content: Iterable[bytes | str]) -> list[tuple[int, str]]:
    """Line and kind of every line that holds no step."""
    found = read_records(content, "f")
    return [(item.line, item.kind) for item in found if isinstance(item, StepFault)]


def changed(line: bytes, **keys: Any) -> bytes:
    """A line with other values; None takes the key away."""
    row = json.loads(line) | keys
    row = {key: value for key, value in row.items() if value is not None}
    return json.dumps(row).encode() + b"\n"


unit = st.floats(0, 1)
names = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=20)
step_records = st.builds(
    StepRecord,
    episode_id=texts(1, 40),
    task_id=names,
    step=st.integers(0, 2**53),
    ticket_id=names,
    action=actions(),
    reward=unit,
    ticket_reward=unit,
    raw_reward=st.none() | st.floats(-9, 1),
    scores=st.dictionaries(names, unit),
    components=st.dictionaries(names, st.floats(-1, 1)),
    reasons=st.dictionaries(names, texts(0, 20)),
    unscored=st.dictionaries(names, names),
    rubric=names,
    rubric_digest=names,
    rubric_signature=texts(0, 20),
    seed=st.none() | st.integers(0, 2**63 - 1),
    policy=st.none() | texts(0, 20),
    case=st.none() | any_cases(),
)


@given(step_records)
def test_a_record_survives_its_line(record: StepRecord) -> None:
    """What is written is one line, and read again it is the same record."""
    line = encode_step(record)

    assert 1 == line.count(b"\n")
    assert [ReadStep(1, record)] == list(read_records([line], "f"))
    assert [ReadStep(1, record)] == list(read_records([line.decode()], "f"))


@pytest.mark.parametrize("task_id", TASKS)
def test_records_of_an_episode(task_id: str) -> None:
    """A record says what the episode's own feedback says, and by whom it was earned."""
    episode = played(task_id=task_id, seed=7)
    for place, ticket in enumerate(episode.graded):
        record = record_of(episode, ticket, "me")
        feedback = feedback_on(ticket, episode)

        assert (place, "e", task_id) == (
            record.step,
            record.episode_id,
            record.task_id,
        )
        assert (7, "me", None) == (record.seed, record.policy, record.case)
        assert (feedback.reward, feedback.raw_reward) == (
            record.ticket_reward,
            record.raw_reward,
        )
        assert (feedback.scores, feedback.components, feedback.reasons) == (
            record.scores,
            record.components,
            record.reasons,
        )


def test_a_record_is_the_same_from_both_sides() -> None:
    """What a client makes of observations is what the server makes of the episode."""
    episode = played(seed=3)
    for place, ticket in enumerate(episode.graded):
        then = evolve(episode, graded=episode.graded[: place + 1])
        seen = record_of_feedback(observe(then), ticket.action, seed=3, policy="p")

        assert record_of(episode, ticket, "p") == seen


def test_before_the_first_step_there_is_no_record() -> None:
    """The observation after a reset tells of no step."""
    episode = evolve(played(), graded=())

    assert record_of_feedback(observe(episode), cases()[0].gold.oracle()) is None


def test_a_ticket_that_the_episode_does_not_have_yet() -> None:
    """An observer may be told of a ticket before the episode is."""
    episode = played()
    before = evolve(episode, graded=episode.graded[:-1])

    assert record_of(episode, episode.graded[-1]) == record_of(
        before, episode.graded[-1]
    )


def test_feedback_modes_hide_nothing_from_records() -> None:
    """What the agent may not see is stored all the same."""
    hidden = played(feedback="none")
    shown = played(feedback="full")

    assert [record_of(shown, t) for t in shown.graded] == [
        record_of(hidden, t) for t in hidden.graded
    ]


def test_what_an_episode_pays_at_its_end() -> None:
    """The ticket's own reward is kept beside what the step paid."""
    episode = played(rewards="terminal")
    stored = [record_of(episode, ticket) for ticket in episode.graded]

    assert [0.0, 0.0, 0.0] == [record.reward for record in stored[:-1]]
    assert [float(t.score.reward) for t in episode.graded] == [
        record.ticket_reward for record in stored
    ]


def test_a_record_with_its_case() -> None:
    """A ticket of no task pack travels with its truth."""
    episode = played()
    line = encode_step(record_of(episode, episode.graded[0], with_case=True))
    (found,) = read_records([line], "f")

    assert isinstance(found, ReadStep)
    assert episode.graded[0].case == found.record.case
    assert "case" not in json.loads(lines()[0])


def test_scoring_again_changes_the_score_alone() -> None:
    """The same rubric gives the same record; what the step paid is the ticket's."""
    episode = played(rewards="terminal")
    for ticket in episode.graded:
        record = record_of(episode, ticket)
        again = rescored(record, ticket.score, episode.scorer)

        assert evolve(record, reward=record.ticket_reward) == again


def test_keys_of_a_later_version() -> None:
    """Keys nobody knows are left out and named; inside a value they are refused."""
    line = lines()[0]
    (found,) = read_records([changed(line, mood="good", era=2)], "f")
    action = json.loads(line)["action"] | {"mood": "good"}

    assert isinstance(found, ReadStep)
    assert ("mood", "era") == found.ignored
    assert [(1, "invalid")] == faults([changed(line, action=action)])


def test_another_schema() -> None:
    """The sentence names the schema found and the one that is read."""
    line = changed(lines()[0], schema="support_queue_env/step/v2")
    (fault,) = read_records([line], "old.jsonl")

    assert isinstance(fault, StepFault)
    assert "schema" == fault.kind
    for part in ("old.jsonl, line 1", "step/v2", SCHEMA, __version__):
        assert part in str(fault)


@pytest.mark.parametrize(
    "key",
    [
        *("schema", "episode_id", "task_id", "step", "ticket_id", "action"),
        *("reward", "ticket_reward", "rubric", "rubric_digest"),
    ],
)
def test_a_missing_field(key: str) -> None:
    """A field that is not there is named by its path."""
    (fault,) = read_records([changed(lines()[0], **{key: None})], "f")

    assert isinstance(fault, StepFault)
    assert "invalid" == fault.kind
    assert f"$.{key}" in fault.message


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("reward", 1.5),
        ("reward", True),
        ("ticket_reward", "0.5"),
        ("step", -1),
        ("step", 0.5),
        ("scores", {"queue": 2}),
        ("components", [0.1]),
        ("action", "P1"),
        ("ticket_id", "a\nb"),
        ("schema", 1),
    ],
)
def test_a_wrong_field(key: str, value: object) -> None:
    """A field of the wrong kind or out of its range is named by its path."""
    (fault,) = read_records([changed(lines()[0], **{key: value})], "f")

    assert isinstance(fault, StepFault)
    assert "invalid" == fault.kind
    assert f"$.{key}" in fault.message


def test_a_crash_in_the_middle_of_a_line() -> None:
    """A last line cut anywhere is told from one that is wrong."""
    first, second, *_ = lines()
    for end in range(1, len(second) - 1):
        content = [first, second[:end]]

        assert [(2, "truncated")] == faults(content)
    assert [] == faults([first, second.rstrip()])


def test_lines_cut_elsewhere_are_wrong() -> None:
    """Only the last line can be one that a crash left."""
    first, second, *_ = lines()

    assert [(1, "not_json")] == faults([first[:50], second])
    assert [(2, "not_json")] == faults([first, second[:50] + b"\n"])
    assert [(2, "not_json")] == faults([first, b"\x00\xff\x01"])


def test_the_same_step_twice() -> None:
    """A file that was appended to itself does not count its steps twice."""
    content = lines()

    assert [(len(content) + 1, "duplicate")] == faults([*content, content[0]])


def test_blank_lines_are_nothing() -> None:
    """They keep the count of lines right."""
    content = [b"\n", *lines()[:2], b"  \n", b"nonsense\n"]

    assert [(5, "not_json")] == faults(content)


def test_a_line_without_end() -> None:
    """A line past the limit is one fault, and the next line is read."""
    content = b"{" + b"x" * (3 * MAX_LINE) + b"\n" + lines()[0]

    assert [(1, "too_long")] == faults(lines_of(io.BytesIO(content)))
    assert lines() == list(lines_of(io.BytesIO(b"".join(lines()))))


def test_what_the_limit_of_a_line_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line of just that length, newline and all, is not too long."""
    content = b"".join(lines())
    for limit in range(2, 60):
        monkeypatch.setattr(record_reading, "MAX_LINE", limit)
        for length in range(limit - 1, limit + 2):
            some = b"a" * (length - 1) + b"\n"
            read = list(lines_of(io.BytesIO(some + content[:1])))

            assert 2 == len(read)
            assert (length > limit) == (len(read[0]) > limit)


def test_a_failed_step_is_a_row() -> None:
    """It has no reward, an error, the step it was; reading it is a fault again."""
    (found, *_) = read_records(lines(), "f")
    assert isinstance(found, ReadStep)
    line = encode_step(StepFault("f", 4, "scoring", "it raised", found.record))
    row = json.loads(line)

    assert (ERROR_SCHEMA, None, 4) == (row["schema"], row["reward"], row["line"])
    assert {"kind": "scoring", "message": "it raised"} == row["error"]
    assert (found.record.episode_id, 0) == (row["episode_id"], row["step"])
    assert [(1, "error_row")] == faults([line])
    assert [found] == list(read_records([json.dumps(row["record"])], "f"))


@given(st.lists(st.binary() | st.text()))
def test_any_lines_at_all(content: list[bytes | str]) -> None:
    """Whatever the lines hold, reading gives items and raises nothing."""
    for item in read_records(content, "f"):
        assert isinstance(item, ReadStep | StepFault)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


@given(st.sampled_from(sorted(json.loads(lines()[0]))), json_values)
def test_any_value_in_any_field(key: str, value: object) -> None:
    """A row with one value replaced is a record, or a fault and no exception."""
    row = json.loads(lines()[0]) | {key: value}
    (item,) = read_records([json.dumps(row) + "\n"], "f")

    assert isinstance(item, ReadStep) or item.kind in {"invalid", "schema"}
