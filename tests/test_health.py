"""What a server says of its own state."""

import asyncio
import platform
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import evolve
from memory_log import MemoryLog
from server_process import embedded_server
from socket_client import SocketClient

from support_queue_env import __version__
from support_queue_env.core.log import LogStatus
from support_queue_env.core.status import JudgeCounts
from support_queue_env.environment import load_environment
from support_queue_env.plugins.judge.breaker import FAILURES
from support_queue_env.plugins.running.limits import Limits
from support_queue_env.plugins.running.outcomes import Outcome, Returned
from support_queue_env.plugins.running.pools import Pools
from support_queue_env.server.application import create_application
from support_queue_env.server.health import Check, Readiness, verdict_of
from support_queue_env.server.running import embedded
from support_queue_env.server.settings import Settings


CHECKS = {"store", "sessions", "scorers"}


def readiness(**changes: Any) -> Readiness:
    """A server in the best of states, but for the changes."""
    good = Readiness(
        log_status=lambda: LogStatus(backend="sqlite"),
        sessions=lambda: 0,
        max_sessions=2,
        resting=tuple,
    )
    return evolve(good, **changes)


def test_a_server_is_healthy_live_and_ready(http: httpx.Client) -> None:
    """`/health` has OpenEnv's shape and no more; `/ready` is `/health/ready`."""
    ready = http.get("/health/ready")

    assert {"status": "healthy"} == http.get("/health").json()
    assert {"status": "live"} == http.get("/health/live").json()
    assert (200, "ready") == (ready.status_code, ready.json()["status"])
    assert CHECKS == set(ready.json()["checks"])
    assert ready.json() == http.get("/ready").json()


def test_the_version_says_what_runs(http: httpx.Client) -> None:
    """Package, Python, and the rubric that rewards come from by default."""
    rubric = load_environment().find_rubric(None)

    assert {
        "version": __version__,
        "python": platform.python_version(),
        "rubric": rubric.name,
        "rubric_digest": rubric.digest,
    } == http.get("/version").json()


def test_a_full_server_is_not_ready_until_a_session_ends() -> None:
    """503 while every slot is taken; it is alive all the same."""
    with (
        embedded_server(max_sessions=1) as url,
        httpx.Client(base_url=url, trust_env=False) as client,
    ):
        with SocketClient(url) as player:
            player.reset()
            full = client.get("/health/ready")
            live = client.get("/health/live")
            player.send('{"type":"close"}')
            player.close_code()
        again = client.get("/health/ready")

    assert (503, "not ready") == (full.status_code, full.json()["status"])
    assert "failed" == full.json()["checks"]["sessions"]["status"]
    assert 200 == live.status_code
    assert (200, "ready") == (again.status_code, again.json()["status"])


def test_a_store_that_takes_nothing_is_a_failure() -> None:
    """And what the store says of its disk stays out of the answer."""
    broken = LogStatus(backend="sqlite", problem="/srv/secret/episodes.db: disk full")
    checks = readiness(log_status=lambda: broken).checks()

    assert "failed" == verdict_of(checks) == checks["store"].verdict
    assert "secret" not in str(checks)


def test_readiness_turns_red_with_the_store() -> None:
    """So that no more work is sent to a server that would refuse every step of it."""
    watched = evolve(
        load_environment(), log=MemoryLog(problem="/srv/secret: disk full")
    )
    settings = Settings(port=0)
    with (
        embedded(create_application(watched, settings), settings) as url,
        httpx.Client(base_url=url, trust_env=False) as client,
    ):
        replies = {p: client.get(p) for p in ("/health/ready", "/health", "/metrics")}

    assert 503 == replies["/health/ready"].status_code
    assert "failed" == replies["/health/ready"].json()["checks"]["store"]["status"]
    assert "secret" not in replies["/health/ready"].text
    assert 200 == replies["/health"].status_code
    assert "support_queue_store_healthy 0.0" in replies["/metrics"].text


@pytest.mark.parametrize("status", [None, LogStatus(backend="sqlite")])
def test_a_working_store_and_none_are_fine(status: LogStatus | None) -> None:
    """A server without a store can be relied on for what it promises."""
    assert "ok" == verdict_of(readiness(log_status=lambda: status).checks())


def test_scorers_left_alone_degrade() -> None:
    """Episodes can be played, so it is no failure; the names are told."""
    checks = readiness(resting=lambda: ("acme", "mine.tone")).checks()

    assert "degraded" == verdict_of(checks)
    assert (
        Check("degraded", "left alone for a while: acme, mine.tone")
        == (checks["scorers"])
    )


def test_a_plugin_that_timed_out_too_often_rests() -> None:
    """Its name is among those left alone; a plugin that answers is not."""
    pools = Pools(Limits(trips=1))
    try:
        assert Returned(1) == pools.threads("quick").submit(lambda: Returned(1)).result(
            9
        )
        slow = pools.loop("slow", trusted=False)
        slow.give_up(slow.submit(_hang))

        assert ("slow",) == pools.resting()
    finally:
        pools.close()


def test_a_judge_is_known_by_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it used is told, and its name when it is left alone."""
    for name in ("API_KEY", "MODEL"):
        monkeypatch.setenv(f"SUPPORT_QUEUE_JUDGE_{name}", "fake")
    file = tmp_path / "mine.toml"
    file.write_text(JUDGED, encoding="utf-8")
    environment = load_environment(str(file))
    before = environment.scoring_status()
    scorer: Any = environment.find_rubric(None)
    breaker = scorer.scorers["manner.tone"].scorer._panel._breaker
    for _ in range(FAILURES):
        breaker.failed()

    assert [JudgeCounts(name="mine.manner.tone")] == list(before.judges)
    assert () == before.resting
    assert ("mine.manner.tone",) == environment.scoring_status().resting


JUDGED = """
schema = 1
name = "mine"
[criteria.queue]
weight = "4/5"
scorer = { name = "label", label = "queue", alternate = "1/2" }
[criteria.manner]
weight = "1/5"
[criteria.manner.criteria.tone]
weight = "1"
on_error = "unscored"
scorer = { name = "llm-judge", question = "Is the reply polite?" }
"""


async def _hang() -> Outcome:
    await asyncio.sleep(60)
    return Returned(1)
