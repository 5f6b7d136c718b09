"""`/metrics` tells what happened, as Prometheus' own parser reads it."""

import json
import math
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
from answers import ACTION, TASKS, environment, oracle
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from server_process import embedded_server, started_server
from socket_client import SocketClient, error_of

from support_queue_env.core.errors import FaultKind, ScoringError
from support_queue_env.core.log import LogStatus
from support_queue_env.core.session import Session
from support_queue_env.core.status import JudgeCounts, ScoringStatus
from support_queue_env.models import ResetOptions, SupportQueueAction
from support_queue_env.plugins.compiled import CompiledRubric, compile_rubric
from support_queue_env.plugins.registry import PluginRegistry
from support_queue_env.rubrics.files import parse_rubric
from support_queue_env.server.application import create_application
from support_queue_env.server.metric_list import METRICS, PREFIX
from support_queue_env.server.metrics import Metrics
from support_queue_env.server.refusals import Refusals
from support_queue_env.server.running import embedded
from support_queue_env.server.samples import Sample, Samples, merged
from support_queue_env.server.sessions import Sessions
from support_queue_env.server.settings import Settings
from support_queue_env.server.shared_metrics import (
    SharedMetrics,
    prepare_shared_metrics,
)
from support_queue_env.server.tallies import MOST_TASKS, OTHER, Histogram, Tallies


TASK = "easy_inbox_cleanup"

Page = dict[tuple[str, frozenset[tuple[str, str]]], float]


def page(url: str) -> Page:
    """Every value of a server's page, by its full name and labels."""
    reply = httpx.get(f"{url}/metrics", trust_env=False)
    assert "text/plain; version=0.0.4; charset=utf-8" == reply.headers["content-type"]
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(reply.text)
        for sample in family.samples
    }


def value(found: Page, name: str, **labels: str) -> float:
    """One value; 0 where nothing was counted yet."""
    return found.get((PREFIX + name, frozenset(labels.items())), 0.0)


@contextmanager
def client_of(url: str) -> Iterator[httpx.Client]:
    """An HTTP client."""
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
        yield client


# --- a story ----------------------------------------------------------------------


def test_a_story_is_told_in_numbers() -> None:
    """Episodes over both protocols, bad requests, an open session: all of it counted."""
    with embedded_server(max_sessions=7) as url, client_of(url) as client:
        with SocketClient(url) as player:
            for task_id in TASKS:
                player.reset(task_id=task_id)
                for action in oracle(task_id):
                    player.step(action)
            error_of(player.say(type="step", data=ACTION))
            open_ = page(url)
        client.post("/reset", json={"task_id": TASK})
        client.post("/step", json=ACTION)
        client.post("/step", json={"action": {}})
        client.get("/nowhere/at/all")
        client.request("PROPFIND", "/health")
        with ExitStack() as players:
            for _ in range(7):
                players.enter_context(SocketClient(url)).state()
            error_of(players.enter_context(SocketClient(url)).receive())
        found = page(url)

    assert 1 == value(open_, "sessions", kind="websocket")
    assert 0 == value(found, "sessions", kind="websocket")
    assert 7 == value(found, "sessions_capacity")
    assert 1 == value(found, "refused_total", reason="capacity")
    for task_id, tickets in TASKS.items():
        labels = {"task": task_id, "source": "websocket"}
        extra = task_id == TASK
        assert 1 == value(found, "episodes_started_total", **labels)
        assert 1 == value(found, "episodes_finished_total", **labels)
        assert tickets + extra == value(found, "steps_total", task=task_id)
    http = {"task": TASK, "source": "http"}
    assert 1 == value(found, "episodes_started_total", **http)
    assert 0 == value(found, "episodes_finished_total", **http)
    assert 10 == value(found, "step_seconds_count") > value(found, "step_seconds_sum")
    assert 10 == value(
        found,
        "scorer_seconds_count",
        rubric="classic",
        component="unsafe_reply",
        kind="penalty",
    )
    rewards = {"rubric": "classic"}
    assert 3 == value(found, "episode_reward_count", **rewards)
    assert 3 == value(found, "episode_reward_sum", **rewards)
    assert 0 == value(found, "episode_reward_bucket", le="0.9", **rewards)
    for method, route, status, count in (
        ("POST", "/step", "200", 1),
        ("POST", "/step", "422", 1),
        ("GET", "(none)", "404", 1),
        ("other", "(none)", "405", 1),
        ("GET", "/metrics", "200", 1),
    ):
        labels = {"method": method, "route": route, "status": status}
        assert count == value(found, "http_requests_total", **labels), labels
    assert 2 == value(found, "http_request_seconds_count", route="/step")


def test_faults_and_what_is_left_out_are_counted() -> None:
    """By component and kind; a component in a rubric of its own has a dotted path."""
    compiled = judged("raise")
    tallies = Tallies([TASK])
    session = Session(evolve(environment(), find_rubric=lambda _: compiled))
    session.reset(ResetOptions(task_id=TASK))
    session.step(SupportQueueAction(**ACTION))
    assert session.episode is not None
    tallies.ticket_scored(session.episode, 0.01)
    for kind in (FaultKind.RAISED, FaultKind.RAISED, FaultKind.TIMED_OUT):
        tallies.scorer_failed(compiled, ScoringError("manner.tone", "x", "", kind))
    found = {(s.metric, s.labels): s for s in tallies.samples()}
    paths = {labels[1] for metric, labels in found if metric == "scorer_seconds"}

    assert {"queue", "manner", "manner.tone", "manner.queue"} == paths
    for path in paths:
        key = ("scorer_seconds", ("judged", path, "criterion"))
        assert 1 == sum(found[key].counts), path
    assert 1 == found["unscored", ("judged", "manner.tone")].value
    raised = ("judged", "manner.tone", str(FaultKind.RAISED))
    assert 2 == found["scorer_faults", raised].value


def judged(how: str) -> CompiledRubric:
    """A rubric whose inner rubric may leave a judge out."""
    registry = PluginRegistry(("scorers_for_tests:Judging",))
    queue = 'scorer = { name = "label", label = "queue", alternate = "1/2" }'
    text = f"""
    schema = 1
    name = "judged"
    [criteria.queue]
    weight = "4/5"
    {queue}
    [criteria.manner]
    weight = "1/5"
    [criteria.manner.criteria.queue]
    weight = "1/2"
    {queue}
    [criteria.manner.criteria.tone]
    weight = "1/2"
    on_error = "unscored"
    scorer = {{ name = "scorers-for-tests.judging", how = "{how}", seconds = 0.01 }}
    """
    return compile_rubric(parse_rubric(text, "judged.toml"), registry)


# --- what stands beside the game --------------------------------------------------


class BrokenLog:
    """A log that keeps nothing."""

    status = LogStatus(
        backend="sqlite",
        problem="disk full",
        waiting=3,
        events=40,
        commits=8,
        commit_seconds=0.25,
    )


def test_store_scorers_and_refusals_are_on_the_page() -> None:
    """Numbers that others keep are read when somebody asks for them."""
    judge = JudgeCounts(
        name="mine.tone",
        requests=5,
        remembered=2,
        asked=4,
        seconds=1.5,
        failed_by={"judge_timeout": 1},
        prompt_tokens=400,
        completion_tokens=40,
        cost=0.5,
    )
    status = ScoringStatus(resting=("acme", "mine.tone"), judges=(judge,))
    log: Any = BrokenLog()
    watched = evolve(environment(), log=log, scoring_status=lambda: status)
    refusals = Refusals()
    for reason in ("origin", "origin", "capacity"):
        refusals.count(reason)
    sessions = Sessions(lambda: Session(watched), 5, 60.0, lambda: 0.0)
    sessions.open(attached=False)
    metrics = Metrics(watched, sessions, refusals, Tallies([TASK]))
    samples = metrics.samples()
    found = {(s.metric, s.labels): s.value for s in samples}

    assert samples == msgspec.json.decode(msgspec.json.encode(samples), type=Samples)
    assert (0, 3, 40, 8, 0.25) == tuple(
        found[f"store_{name}", ()]
        for name in ("healthy", "waiting", "events", "commits", "commit_seconds")
    )
    assert 2 == found["refused", ("origin",)]
    assert (1, 0) == (
        found["sessions", ("request",)],
        found["sessions", ("websocket",)],
    )
    assert 2 == found["scorers_resting", ()]
    assert (5, 2, 4, 1.5, 0.5) == tuple(
        found[f"judge_{name}", ("mine.tone",)]
        for name in ("requests", "remembered", "samples", "seconds", "cost_usd")
    )
    assert 1 == found["judge_failures", ("mine.tone", "judge_timeout")]
    assert 400 == found["judge_tokens", ("mine.tone", "read")]


def test_no_label_comes_from_outside() -> None:
    """Tasks beyond a hundred, methods that nobody knows: one word for all of them."""
    tallies = Tallies(f"task-{number}" for number in range(MOST_TASKS + 5))
    session = Session(environment())
    session.reset(ResetOptions(task_id=TASK))
    assert session.episode is not None
    for _ in range(3):
        tallies.episode_started(session.episode, "http")
    for method in ("x" * 999, "get"):
        tallies.request(method, "/health", 405, 0.001)
    found = {(s.metric, s.labels): s.value for s in tallies.samples()}

    assert MOST_TASKS == sum(metric == "steps" for metric, _ in found)
    assert 3 == found["episodes_started", (OTHER, "http")]
    assert 2 == found["http_requests", (OTHER, "/health", "405")]


# --- several workers --------------------------------------------------------------


def test_any_worker_answers_for_all(tmp_path: Path) -> None:
    """What one played another tells; of one that has ended, only what grows."""
    folder = tmp_path / "metrics"
    prepare_shared_metrics(folder)
    steps = {"task": TASK}
    with worker(folder) as one:
        with worker(folder) as other:
            with client_of(other) as client:
                client.post("/reset", json={"task_id": TASK})
                client.post("/step", json=ACTION)
            own = page(other)
        after = page(one)

    assert 2 == value(own, "workers")
    assert (
        1 == value(own, "steps_total", **steps) == value(after, "steps_total", **steps)
    )
    assert 1 == value(after, "workers")
    assert 1024 == value(after, "sessions_capacity")


def test_workers_of_one_server_share_their_metrics(tmp_path: Path) -> None:
    """Whichever answers; and their log lines say which of them wrote."""
    database = f"sqlite:///{tmp_path}/episodes.db"
    with started_server(workers="2", database_url=database) as server:
        url = server.url
        with client_of(url) as client:
            client.post("/reset", json={"task_id": TASK})
            for action in oracle(TASK):
                client.post("/step", json={"action": action})
        give_up = time.monotonic() + 30
        while time.monotonic() < give_up:
            found = page(url)  # a connection of its own, so perhaps another worker
            steps = value(found, "steps_total", task=TASK)
            if (2, 2) == (steps, value(found, "workers")):
                break
            time.sleep(0.1)
        server.stop()
        lines = [json.loads(line) for line in server.log().splitlines()]
    started = [line for line in lines if line["event"] == "server started"]

    assert 2 == steps == value(found, "workers")
    assert 3 <= value(found, "store_events_total")
    assert 1 == value(found, "store_healthy")
    assert 2 == len({line["worker"] for line in started})
    assert 1 == len({line["run"] for line in lines})


@contextmanager
def worker(folder: Path) -> Iterator[str]:
    """One of several servers that share their metrics."""
    settings = Settings(port=0)
    application = create_application(environment(), settings, shared_metrics=folder)
    with embedded(application, settings) as url:
        yield url


def test_a_folder_begins_empty_and_private(tmp_path: Path) -> None:
    """Files of an earlier run would be counted again; one that is cut off is not."""
    folder = tmp_path / "metrics"
    prepare_shared_metrics(folder)
    shared = SharedMetrics(folder, lambda: (Sample("steps", ("t",), 1),), "1")
    beside = SharedMetrics(folder, lambda: (Sample("steps", ("t",), 2),), "2")
    shared.publish()
    (folder / "9.samples").write_bytes(b'[["steps",["t"')

    assert 0o700 == folder.stat().st_mode & 0o777
    assert (Sample("steps", ("t",), 3),) == beside.samples()
    prepare_shared_metrics(folder)
    assert (Sample("steps", ("t",), 2),) == beside.samples()


def test_a_folder_that_is_gone_costs_no_worker(tmp_path: Path) -> None:
    """Metrics are the last thing to stop a server for."""
    shared = SharedMetrics(tmp_path / "gone", tuple, "1")
    shared.publish()

    assert () == shared.samples()


counts = st.lists(st.integers(0, 99), min_size=12, max_size=12).map(tuple)
samples = st.lists(
    st.one_of(
        st.builds(
            Sample,
            st.just("steps"),
            st.sampled_from([("a",), ("b",)]),
            st.integers(0, 99),
        ),
        st.builds(
            Sample,
            st.just("episode_reward"),
            st.just(("r",)),
            st.integers(0, 99),
            counts,
        ),
        st.builds(
            Sample,
            st.sampled_from(["workers", "store_healthy"]),
            st.just(()),
            st.integers(0, 1),
        ),
    ),
    max_size=6,
    unique_by=lambda sample: (sample.metric, sample.labels),
).map(tuple)


@given(st.lists(samples, max_size=4), st.randoms())
def test_workers_may_be_added_up_in_any_order(parts: list[Any], random: Any) -> None:
    """And in any grouping: the whole is the whole."""
    shuffled = random.sample(parts, len(parts))

    assert set(merged(parts)) == set(merged(shuffled))
    assert set(merged(parts)) == set(merged([merged(parts[:2]), merged(parts[2:])]))


@given(st.lists(samples, max_size=4))
def test_of_ended_workers_only_counters_count(parts: list[Any]) -> None:
    """Nothing that stands is said of the dead."""
    found = merged([], parts)

    assert not {"workers", "store_healthy"} & {sample.metric for sample in found}
    assert sum(s.value for p in parts for s in p if s.metric == "steps") == sum(
        s.value for s in found if s.metric == "steps"
    )


def test_a_sample_of_another_version_is_left_out() -> None:
    """While workers are replaced, an old one may speak of what is not there."""
    foreign = (
        Sample("no_such", (), 1),
        Sample("steps", ("a", "b"), 1),
        Sample("episode_reward", ("r",), 1, (1, 2)),
    )

    assert () == merged([foreign])


# --- histograms -------------------------------------------------------------------


@given(st.lists(st.floats(0, 100, allow_nan=False), max_size=50))
def test_a_bucket_holds_what_is_at_most_its_bound(values: list[float]) -> None:
    """As Prometheus defines it: `le` is inclusive, and the last bucket takes the rest."""
    bounds = METRICS["step_seconds"].bounds
    found = Histogram(bounds)
    for number in values:
        found.observe(number)
    sample = found.sample("step_seconds")

    assert len(values) == sum(sample.counts)
    assert math.isclose(sum(values), sample.value, abs_tol=1e-9)
    for place, bound in enumerate(bounds):
        expected = sum(number <= bound for number in values)
        assert expected == sum(sample.counts[: place + 1])


def test_bounds_rise() -> None:
    """Each metric's buckets are in order, and only histograms have some."""
    for metric in METRICS.values():
        assert sorted(set(metric.bounds)) == list(metric.bounds)
        assert (metric.kind == "histogram") == bool(metric.bounds)
