"""The example of wrappers and observers: its parts, without an engine around them."""

import json
import sys
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from answers import environment, task
from strategies import a_case, an_action

from support_queue_env.core.session import Session
from support_queue_env.models import ResetOptions
from support_queue_env.plugins import Score, Unscored


FOLDER = Path(__file__).parent.parent / "examples" / "acme_observability"
NAME = "acme_observability"
CASE = a_case()


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module, as from its folder."""
    monkeypatch.syspath_prepend(FOLDER)
    yield import_module(NAME)
    sys.modules.pop(NAME, None)


def around(
    wrapper: Callable[..., Any], outcome: Score | Unscored | Exception, **changes: Any
) -> Any:
    """What goes on to the reward when the scorer inside does that."""
    generator = wrapper(CASE, an_action(**changes), "labels.queue")
    next(generator)
    try:
        if isinstance(outcome, Exception):
            generator.throw(outcome)
        else:
            generator.send(outcome)
    except StopIteration as stopped:
        return stopped.value
    raise AssertionError("it yielded twice")


def ticking() -> Callable[[], float]:
    """A clock that moves a quarter of a second with every look."""
    looks = count()
    return lambda: next(looks) / 4


def test_timing_changes_no_score(example: Any) -> None:
    """What comes in goes on, the very same object, a score or none."""
    watching = example.Observability()
    for result in (Score("1/3", "near"), Unscored("busy")):
        assert result is around(watching.score, result)


def test_spans(example: Any) -> None:
    """One per call: ticket, component, seconds and what came of it; taken once."""
    watching = example.Observability(ticking())
    around(watching.score, Score(1, "exact"))
    around(watching.score, Unscored("busy"))
    with pytest.raises(RuntimeError, match="no idea"):
        around(watching.score, RuntimeError("no idea"))

    taken = watching.journal.take()
    assert ["exact", "busy", "RuntimeError"] == [span.outcome for span in taken]
    assert {("T-1", "labels.queue", 0.25)} == {
        (span.ticket_id, span.component, span.seconds) for span in taken
    }
    assert () == watching.journal.take()
    assert 3 == watching.journal.timings["labels.queue"].calls


def test_timings(example: Any) -> None:
    """Calls, sum, mean and longest; the component that took most comes first."""
    journal = example.Journal()
    for component, seconds in [("a", 1.0), ("b", 0.5), ("b", 2.5)]:
        journal.add(example.Span("T-1", component, seconds, "exact"))

    assert ["b", "a"] == list(journal.timings)
    assert example.Timing(2, 3.0, 2.5) == journal.timings["b"]
    assert 1.5 == journal.timings["b"].mean
    assert 0.0 == example.Timing().mean


def test_spans_are_bounded(example: Any) -> None:
    """When nobody takes them, the newest stay."""
    journal = example.Journal(most_spans=2)
    for number in range(5):
        journal.add(example.Span(f"T-{number}", "queue", 0.0, "exact"))

    assert ["T-3", "T-4"] == [span.ticket_id for span in journal.take()]


def test_no_call_is_lost(example: Any) -> None:
    """Wrappers run in several threads at once."""
    watching = example.Observability()
    with ThreadPoolExecutor(8) as threads:
        for _ in range(400):
            threads.submit(around, watching.score, Score(1, "exact"))

    assert 400 == watching.journal.timings["labels.queue"].calls
    assert 400 == len(watching.journal.take())


def test_an_episode(
    example: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The observer counts what is played and paid, and writes the spans at the end."""
    monkeypatch.setenv("ACME_TRACE", str(tmp_path / "trace.jsonl"))
    watching, session = example.Observability(), Session(environment())
    session.reset(ResetOptions(task_id="easy_inbox_cleanup"))
    watching.episode_started(session.episode)
    for case in task("easy_inbox_cleanup").cases:
        around(watching.score, Score(1, "exact"))
        session.step(case.gold.oracle())
        assert session.episode is not None
        watching.ticket_scored(session.episode, session.episode.graded[-1])
    watching.episode_finished(session.episode)

    written = (tmp_path / "trace.jsonl").read_text(encoding="utf-8").splitlines()
    assert example.Account(1, 1, 2, 2.0) == watching.account
    assert ["exact"] * 2 == [json.loads(line)["outcome"] for line in written]


def test_keeping(example: Any) -> None:
    """The first score of a question stands, and is there when the scorer fails."""
    keeping, first = example.Keeping(), Score("1/3", "judged")

    assert first is around(keeping.score, first)
    assert first is around(keeping.score, Score(1, "judged"))
    assert first is around(keeping.score, Unscored("busy"))
    assert first is around(keeping.score, RuntimeError("down"))
    other = around(keeping.score, Score(1, "judged"), queue="success")
    assert 1 == other.value


def test_keeping_nothing(example: Any) -> None:
    """No score is made up: silence and failures go on when nothing was kept."""
    keeping, silence = example.Keeping(), Unscored("busy")

    assert silence is around(keeping.score, silence)
    with pytest.raises(RuntimeError, match="down"):
        around(keeping.score, RuntimeError("down"))
    assert 1 == around(keeping.score, Score(1, "judged")).value


def test_keeping_is_bounded(example: Any) -> None:
    """The question that was not asked for longest makes room."""
    keeping = example.Keeping(most=2)
    for queue in ("billing", "success", "billing", "security"):
        around(keeping.score, Score("1/2", "judged"), queue=queue)

    assert "1/2" == str(around(keeping.score, Score(1, "judged")).value)
    assert 1 == around(keeping.score, Score(1, "judged"), queue="success").value


def test_its_rubric_names_it() -> None:
    """Entry point, rubric and module agree on the plugin's name."""
    project = tomllib.loads((FOLDER / "pyproject.toml").read_text(encoding="utf-8"))
    rubric = tomllib.loads((FOLDER / "watched.toml").read_text(encoding="utf-8"))
    points = project["project"]["entry-points"]["support_queue_env"]

    assert list(points) == rubric["plugins"]
    assert {f"{NAME}:Observability"} == set(points.values())
