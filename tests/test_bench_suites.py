"""The benchmark from end to end, with our server in both places."""

from collections.abc import Iterator

import bench
import pytest
from harness.figures import Skipped, at_least
from harness.jobs import Kind, Work
from harness.plan import Plan
from harness.registry import SUITES, described
from harness.rounds import play
from harness.servers import Server, echo, ours
from suites import ws


PLAN = Plan(length="smoke", seconds=0.05, repeats=1)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Our server."""
    with ours() as running:
        yield running


@pytest.mark.parametrize(
    ("kind", "declined"),
    [("ws", False), ("ws connects", True), ("http episodes", False)],
)
def test_a_real_server_is_loaded(server: Server, kind: Kind, declined: bool) -> None:
    """Every kind of load plays on it, and processor time and latencies are there."""
    done = play(server, Work(kind=kind, connections=2, seconds=0.05, declined=declined))

    assert done.operations > 0
    assert done.processor > 0
    assert 0 < done.p50 <= done.p99


def test_a_refusal_ends_the_load(server: Server) -> None:
    """What is not answered as it should be is not counted as if it were."""
    with pytest.raises(RuntimeError, match="deflate was not agreed to"):
        play(server, Work(kind="ws", connections=1, seconds=0.05, deflate=True))


def test_a_suite_gives_its_rows(server: Server) -> None:
    """Both sides are measured in turn; rows have their aim, ratio and surroundings."""
    case = ws.Case(connections=2, aim=at_least(0.001))
    with echo() as idle:
        rows = list(ws.of_case(case, server, server, idle, PLAN))

    assert [True, None, None, None, None] == [row.met for row in rows]
    assert all(row.ratio is not None for row in rows[:4])
    assert rows[0].guarded
    assert rows[0].surroundings is not None
    assert len(rows) == len({row.name for row in rows})


def test_a_fixed_rate_is_played(server: Server) -> None:
    """Messages go out at that rate, and are answered."""
    done = play(server, Work(kind="ws", connections=2, seconds=0.1, rate=500))

    assert done.operations > 0


def test_what_cannot_be_measured_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A suite that is skipped or breaks off leaves the others alone."""

    def skipped(plan: Plan) -> Iterator[object]:
        raise Skipped("no package index")

    def broken(plan: Plan) -> Iterator[object]:
        raise RuntimeError("a bug")

    monkeypatch.setattr(bench, "suite", {"ws": skipped, "http": broken}.get)
    results, complete = bench.measured(["ws", "http"], PLAN)

    assert {"ws": "no package index", "http": "it broke off"} == results.skipped
    assert not complete
    assert "RuntimeError: a bug" in capsys.readouterr().err


@pytest.mark.parametrize("name", SUITES)
def test_suites_say_what_they_measure(name: str) -> None:
    """In one line, for `bench.py --list`."""
    assert described(name).endswith(".")
