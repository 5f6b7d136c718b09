"""Plugins around scorers and beside episodes: what they see, and what they cannot do."""

import time
from fractions import Fraction
from pathlib import Path

import pytest
from observing_plugin import Watching
from strategies import a_case, an_action

from support_queue_env.core.errors import FaultKind, ScoringError
from support_queue_env.core.session import Session
from support_queue_env.environment import load_environment
from support_queue_env.models import ResetOptions
from support_queue_env.plugins.compiled import CompiledRubric, compile_rubric
from support_queue_env.plugins.observing import Observers, Watcher
from support_queue_env.plugins.registry import PluginRegistry
from support_queue_env.rubrics.files import load_rubric, parse_rubric


TWO = """
schema = 1
name = "two"
[criteria.priority]
weight = "1/2"
scorer = "ordinal"
[criteria.queue]
weight = "1/2"
scorer = { name = "label", label = "queue", alternate = "1/2" }
"""


def compiled(*options: str, text: str = TWO) -> CompiledRubric:
    """The rubric of two criteria, with plugins given by option."""
    return compile_rubric(parse_rubric(text, "two.toml"), PluginRegistry(options))


def test_a_wrapper_goes_around_every_component() -> None:
    """It sees the dotted name and the result, and changes nothing unless it wants to."""
    rubric = compiled("observing_plugin:Watching")
    (offer,) = rubric.active
    score = rubric.score(a_case(), an_action())

    assert isinstance(offer.plugin, Watching)
    assert [("priority", "Score"), ("queue", "Score")] == sorted(offer.plugin.seen)
    assert compiled().score(a_case(), an_action()).reward == score.reward


def test_a_wrapper_that_changes_scores_is_in_the_digest() -> None:
    """The score is checked after the wrapper, and the fingerprint tells."""
    halved = compiled("observing_plugin:Halving")

    assert Fraction(1, 2) == halved.score(a_case(), an_action()).reward
    assert compiled().digest != halved.digest


def test_what_a_wrapper_makes_of_a_score_is_checked() -> None:
    """2.0 is no score, whoever says it."""
    with pytest.raises(ScoringError) as caught:
        compiled("observing_plugin:Doubling").score(a_case(), an_action())

    assert FaultKind.INVALID == caught.value.kind


@pytest.mark.parametrize("how", ["score", "unscored", "raise"])
def test_a_wrapper_sees_the_result_of_a_coroutine(how: str) -> None:
    """Never the coroutine itself; a fault keeps its name on the way through."""
    text = f"""
    schema = 1
    name = "awaiting"
    [criteria.only]
    weight = 1
    scorer = {{ name = "scorers-for-tests.awaiting", how = "{how}" }}
    """
    options = ("observing_plugin:Watching", "scorers_for_tests:Awaiting")
    rubric = compiled(*options, text=text)
    if how == "score":
        assert 1 == rubric.score(a_case(), an_action()).reward
    else:
        with pytest.raises(ScoringError):
            rubric.score(a_case(), an_action())
    plugins = [offer.plugin for offer in rubric.active if offer.wraps]
    seen = [plugin.seen for plugin in plugins if isinstance(plugin, Watching)]
    expected = {"score": ["Score"], "unscored": ["Unscored"], "raise": []}[how]

    assert [[("only", name) for name in expected]] == seen


def play(*plugins: str, record: str = "", rubric: str = "classic") -> list[float]:
    """The rewards of the oracle on the first task, observers told of everything."""
    environment = load_environment(rubric, plugins, record=record)
    session = Session(environment)
    session.reset(ResetOptions())
    assert session.episode is not None
    rewards = [
        session.step(case.gold.oracle()).reward or 0.0
        for case in session.episode.task.cases
    ]
    environment.close()
    return rewards


def test_an_observer_is_told_of_an_episode_in_order() -> None:
    """Started, every ticket with what it paid, finished."""
    import observing_plugin  # noqa: PLC0415 - the instance that the option names

    observing_plugin.watching.seen.clear()
    play("observing_plugin:watching")
    events = [e for e in observing_plugin.watching.seen if e[0] in EVENTS]

    assert [
        ("started", "easy_inbox_cleanup"),
        ("scored", "E-101", 1.0),
        ("scored", "E-102", 1.0),
        ("finished", 2),
    ] == events


EVENTS = {"started", "scored", "finished"}


def test_what_an_observer_raises_never_reaches_the_reward(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not even an exit; it is logged, and what it prints goes nowhere."""
    assert [1.0, 1.0] == play("observing_plugin:Failing")
    assert "observer observing-plugin failed in episode_started: SystemExit" in (
        caplog.text
    )
    assert "failed in ticket_scored: TooMuchPrinted" in caplog.text
    assert "" == capsys.readouterr().out


def test_an_observer_that_hangs_misses_events_and_holds_up_nobody() -> None:
    """Its queue is bounded, telling it never waits, and closing gives up in time."""
    watcher = Watcher("slow", {"episode_started": lambda: time.sleep(30)}, True, 3)
    begun = time.monotonic()
    for _ in range(10):
        watcher.tell("episode_started", {})
    Observers([watcher]).close(0.1)

    assert watcher.missed >= 6
    assert time.monotonic() - begun < 10


def test_an_observer_of_a_rubric_sees_only_its_episodes() -> None:
    """Listed by a rubric: told of that rubric's episodes, not of others."""
    registry = PluginRegistry(("observing_plugin:Watching",))
    listed = compile_rubric(load_rubric("classic"), registry)

    assert 1 == len(listed.observers)
    assert () == compiled().observers


def test_recording_appends_a_line_per_ticket(tmp_path: Path) -> None:
    """Two runs, four lines; a line cut off by a crash spoils nothing but itself."""
    file = tmp_path / "steps.jsonl"
    play(record=str(file))
    with file.open("a") as broken:
        broken.write('{"schema": "support_queue_env/step/v1", "epis')
    play(record=str(file))
    lines = file.read_text().splitlines()

    assert 5 == len(lines)
    assert ["E-101", "E-102"] * 2 == [
        line.partition('"ticket_id":"')[2][:5] for line in lines if '"action"' in line
    ]
