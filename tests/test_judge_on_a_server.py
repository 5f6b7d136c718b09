"""A judge that misbehaves, behind a server: every step has its outcome in time."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

import httpx
import pytest
from answers import oracle
from attrs import field, frozen
from fake_judge import BEHAVIOURS, FAKE_KEY, FakeJudge
from socket_client import SocketClient

from support_queue_env.core.episode import Episode, GradedTicket
from support_queue_env.core.observing import Nobody
from support_queue_env.core.scoring import ComponentScore, UnscoredComponent
from support_queue_env.core.session import Environment
from support_queue_env.environment import load_tasks
from support_queue_env.plugins.compiled import CompiledRubric, compile_rubric
from support_queue_env.plugins.registry import PluginRegistry
from support_queue_env.rubrics.files import parse_rubric
from support_queue_env.server.application import create_application
from support_queue_env.server.running import embedded
from support_queue_env.server.settings import Settings


TASK = "easy_inbox_cleanup"
DEADLINE = 4.0
PATIENCE = 2.0
"""Seconds that `/health` may take here, in one process with judge and clients."""

RUBRIC = """
schema = 1
name = "judged"
[criteria.queue]
weight = 0.80
scorer = {{ name = "label", label = "queue", alternate = "1/2" }}
[criteria.tone]
weight = 0.20
on_error = "{on_error}"
[criteria.tone.scorer]
name = "llm-judge"
question = "Does the reply acknowledge the problem?"
timeout = {deadline}
"""


@frozen
class Played:
    """What a step was answered, after how many seconds, and those of the judge.

    The engine notes the seconds of a judge that is left out, not of a refused step.
    """

    reply: dict[str, Any]
    seconds: float
    judged: float | None


Part = ComponentScore | UnscoredComponent


@frozen
class Clock(Nobody):
    """The seconds that the engine notes for the judge, by rubric."""

    seconds: dict[str, float] = field(factory=dict)

    def ticket_scored(self, episode: Episode, ticket: GradedTicket) -> None:
        """Keep how long the judge was waited for."""
        score = ticket.score
        parts: list[Part] = [*score.components, *score.unscored]
        (took,) = (part.seconds for part in parts if part.name == "tone")
        self.seconds[episode.episode_id] = took


@pytest.fixture(scope="module")
def played() -> dict[tuple[str, str], Played]:
    """One step per behaviour and way to take an error, several at a time."""
    import_module("support_queue_env.plugins.judge.endpoint")  # takes a second
    registry = PluginRegistry()
    names = [(b, e) for b in BEHAVIOURS for e in ("raise", "unscored")]
    with FakeJudge(BEHAVIOURS) as judge:
        rubrics = {
            f"{behaviour}/{on_error}": compiled(judge, behaviour, on_error, registry)
            for behaviour, on_error in names
        }
        clock = Clock()
        environment = Environment(
            load_tasks(),
            lambda name: rubrics[name or "honest/raise"],
            observer=clock,
        )
        settings = Settings(port=0)
        with embedded(create_application(environment, settings), settings) as url:
            slowest, stop = [0.0], threading.Event()
            watching = threading.Thread(target=watch, args=(url, slowest, stop))
            watching.start()

            def play(name: tuple[str, str]) -> Played:
                with SocketClient(url) as client:
                    rubric = "/".join(name)
                    client.reset(task_id=TASK, rubric=rubric, episode_id=rubric)
                    begun = time.monotonic()
                    reply = client.say(type="step", data=oracle(TASK)[0])
                    seconds = time.monotonic() - begun
                    return Played(reply, seconds, clock.seconds.get(rubric))

            with ThreadPoolExecutor(10) as pool:
                found = list(pool.map(play, names))
            stop.set()
            watching.join()
    registry.pools.close()
    assert slowest[0] < PATIENCE
    judged = max(one.judged or 0 for one in found)
    told = f"slowest /health {slowest[0] * 1000:.0f} ms, judge {judged:.2f} s"
    print(told)  # noqa: T201 - shown with -s
    return dict(zip(names, found, strict=True))


def compiled(
    judge: FakeJudge, behaviour: str, on_error: str, registry: PluginRegistry
) -> CompiledRubric:
    """A rubric whose judge is at the address of that behaviour."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SUPPORT_QUEUE_JUDGE_BASE_URL", judge.base_url(behaviour))
        patch.setenv("SUPPORT_QUEUE_JUDGE_API_KEY", FAKE_KEY)
        patch.setenv("SUPPORT_QUEUE_JUDGE_MODEL", "fake-model")
        text = RUBRIC.format(on_error=on_error, deadline=DEADLINE)
        return compile_rubric(parse_rubric(text, "judged.toml"), registry)


def watch(url: str, slowest: list[float], stop: threading.Event) -> None:
    """Ask for the server's health again and again; keep the longest answer."""
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as http:
        while not stop.is_set():
            begun = time.monotonic()
            http.get("/health").raise_for_status()
            slowest[0] = max(slowest[0], time.monotonic() - begun)
            time.sleep(0.01)


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_a_judge_s_failure_is_never_a_number(
    behaviour: str, played: dict[tuple[str, str], Played]
) -> None:
    """Its step is refused, or its part left out and named; within the deadline."""
    expected = BEHAVIOURS[behaviour].expected
    refused, left_out = played[behaviour, "raise"], played[behaviour, "unscored"]

    if isinstance(expected, str):
        feedback = left_out.reply["data"]["observation"]["last_feedback"]
        assert "EXECUTION_ERROR" == refused.reply["data"]["code"]
        assert 0.8 == left_out.reply["data"]["reward"]
        assert {"tone": expected} == feedback["unscored"]
        assert "tone" not in feedback["scores"]
    else:
        assert pytest.approx(0.8 + 0.2 * expected) == refused.reply["data"]["reward"]
    assert FAKE_KEY not in str(refused.reply) + str(left_out.reply)
    assert left_out.judged is not None
    assert left_out.judged < DEADLINE + 0.5
    assert max(refused.seconds, left_out.seconds) < DEADLINE + 0.5 + PATIENCE
