"""A scorer that misbehaves hurts its own step and nothing else, wherever it runs."""

import asyncio
import threading
import time
from collections.abc import Iterator
from fractions import Fraction

import pytest
from attrs import frozen
from misbehaving_plugin import Rogue
from strategies import a_case, an_action

from support_queue_env.core.errors import (
    FaultKind,
    PluginError,
    RubricError,
    ScoringError,
)
from support_queue_env.core.scoring import ComponentKind, Terms, TicketScore
from support_queue_env.plugins.binding import bound
from support_queue_env.plugins.compiled import CompiledRubric, compile_rubric
from support_queue_env.plugins.components import Place
from support_queue_env.plugins.lanes import Calling
from support_queue_env.plugins.offers import Origin, RegisteredScorer
from support_queue_env.plugins.registry import PluginRegistry
from support_queue_env.plugins.running.limits import Limits
from support_queue_env.plugins.running.pools import Pools
from support_queue_env.plugins.running.threads import ThreadPool
from support_queue_env.rubrics.files import parse_rubric
from support_queue_env.rubrics.quantities import Weight
from support_queue_env.rubrics.rubric import Criterion, Rubric, ScorerChoice


DEADLINE = 0.3
SLACK = 4.0
"""Seconds that a busy machine may add; a hang would take 8."""

FAULTS = {
    "raise": FaultKind.RAISED,
    "exit": FaultKind.RAISED,
    "interrupt": FaultKind.RAISED,
    "recurse": FaultKind.RAISED,
    "number": FaultKind.INVALID,
    "boolean": FaultKind.INVALID,
    "text": FaultKind.INVALID,
    "nothing": FaultKind.INVALID,
    "nan": FaultKind.RAISED,
    "too much": FaultKind.RAISED,
    "negative": FaultKind.RAISED,
    "change the gold": FaultKind.MUTATED,
    "change the action": FaultKind.MUTATED,
    "change deep inside": FaultKind.MUTATED,
    "print": FaultKind.PRINTED,
    "print quietly": FaultKind.PRINTED,
    "hang": FaultKind.TIMED_OUT,
    "spin": FaultKind.TIMED_OUT,
}


@frozen
class Lane:
    """A rubric whose one scorer runs in one of the ways there are."""

    registry: PluginRegistry
    scorer: str

    def compiled(self, timeout: float = DEADLINE) -> CompiledRubric:
        """The rubric, with that deadline."""
        criterion = Criterion(
            "only", Weight(1), ScorerChoice(self.scorer), timeout=timeout
        )
        return compile_rubric(Rubric("single", (criterion,)), self.registry)


def score(compiled: CompiledRubric, how: str) -> TicketScore:
    """The score of an answer that tells the scorer what to do."""
    return compiled.score(a_case(), an_action(summary=f"do: {how}".ljust(8)))


@pytest.fixture(scope="module", params=["threads", "loop", "processes"])
def lane(request: pytest.FixtureRequest) -> Iterator[Lane]:
    """The three places where a stranger's scorer may run."""
    registry = PluginRegistry(
        ("misbehaving_plugin:Rogue", "misbehaving_plugin:AsyncRogue"),
        isolate=request.param == "processes",
    )
    kind = "async-rogue" if request.param == "loop" else "rogue"
    # Time-outs of one test must not send the plugin to rest in the next.
    registry.pools.limits = Limits(stuck=100, trips=100)
    made = Lane(registry, f"misbehaving-plugin.{kind}")
    score(made.compiled(30.0), "nothing special")  # a process takes a while to start
    yield made
    registry.pools.close()


@pytest.mark.parametrize("how", FAULTS)
def test_a_fault_has_a_name_and_the_next_ticket_works(lane: Lane, how: str) -> None:
    """The step is refused within the deadline, and nothing of it stays behind."""
    compiled = lane.compiled()
    begun = time.monotonic()
    with pytest.raises(ScoringError) as caught:
        score(compiled, how)
    took = time.monotonic() - begun

    assert FAULTS[how] == caught.value.kind
    assert "only" == caught.value.component
    assert lane.scorer == caught.value.scorer
    assert "secret" not in caught.value.public
    assert took < DEADLINE + SLACK
    assert Fraction(1) == score(lane.compiled(30.0), "nothing special").reward


def test_only_a_process_survives_an_end_of_the_process() -> None:
    """`os._exit` cannot be caught; in a process of its own it is a fault."""
    registry = PluginRegistry(("misbehaving_plugin:Rogue",), isolate=True)
    compiled = Lane(registry, "misbehaving-plugin.rogue").compiled(30.0)

    with pytest.raises(ScoringError, match="it ended its process"):
        score(compiled, "end the process")
    assert Fraction(1) == score(compiled, "nothing special").reward

    registry.pools.close()


def test_what_a_scorer_changes_is_a_copy(lane: Lane) -> None:
    """The case that other sessions use is as it was."""
    case = a_case()
    action = an_action(summary="do: change the gold", queue="security")
    with pytest.raises(ScoringError):
        lane.compiled().score(case, action)

    assert a_case() == case
    assert an_action(summary="do: change the gold", queue="security") == action


def test_what_a_scorer_prints_goes_nowhere(
    lane: Lane, capsys: pytest.CaptureFixture[str]
) -> None:
    """Standard output belongs to the command."""
    with pytest.raises(ScoringError):
        score(lane.compiled(), "print")
    seen = capsys.readouterr()

    assert ("", "") == (seen.out, seen.err)


def test_a_hanging_scorer_holds_up_nobody(lane: Lane) -> None:
    """While one waits, the event loop turns and others are scored."""

    async def story() -> tuple[int, TicketScore]:
        hanging = asyncio.create_task(
            lane.compiled(2.0).score_async(a_case(), an_action(summary="do: hang"))
        )
        ticks = 0
        fine = None
        while not hanging.done():
            await asyncio.sleep(0.01)
            ticks += 1
            if ticks == 5:
                classic = compile_rubric(
                    Rubric("c", (Criterion("p", Weight(1), ScorerChoice("ordinal")),)),
                    lane.registry,
                )
                fine = await classic.score_async(a_case(), an_action())
        with pytest.raises(ScoringError, match="deadline"):
            await hanging
        assert fine is not None
        return ticks, fine

    ticks, fine = asyncio.run(story())

    assert ticks > 10
    assert Fraction(1) == fine.reward


def test_components_of_one_ticket_are_scored_at_the_same_time() -> None:
    """Four scorers that wait for one another's start all start."""
    started = threading.Barrier(4)
    registry = PluginRegistry(("meeting_plugin:Meeting",))
    registry.find("meeting-plugin.meeting").cls.place = started
    rubric = Rubric(
        "four",
        tuple(
            Criterion(name, Weight("1/4"), ScorerChoice("meeting-plugin.meeting"))
            for name in ("a", "b", "c", "d")
        ),
    )

    assert 1 == compile_rubric(rubric, registry).score(a_case(), an_action()).reward


def test_a_plugin_that_keeps_timing_out_is_left_alone() -> None:
    """After a few time-outs in a row it rests, which is a fault of its own, at once."""
    registry = PluginRegistry(("misbehaving_plugin:Rogue",))
    registry.pools.limits = Limits(trips=2, rest=60)
    compiled = Lane(registry, "misbehaving-plugin.rogue").compiled(0.05)
    kinds = []
    for _ in range(3):
        with pytest.raises(ScoringError) as caught:
            score(compiled, "hang")
        kinds.append(caught.value.kind)

    assert [FaultKind.TIMED_OUT, FaultKind.TIMED_OUT, FaultKind.DISABLED] == kinds


def test_exceptions_send_nobody_to_rest(lane: Lane) -> None:
    """A text that makes a scorer raise must not stop the scoring of others."""
    compiled = lane.compiled(30.0)
    for _ in range(8):
        with pytest.raises(ScoringError):
            score(compiled, "raise")

    assert 1 == score(compiled, "nothing special").reward


def test_stuck_threads_are_bounded() -> None:
    """Past the limit no thread is given to jobs that do not come back."""
    pool = ThreadPool("stuck", Limits(threads=8, stuck=3, trips=100))
    release = threading.Event()

    def hang() -> object:
        release.wait(60)
        raise AssertionError

    before = threading.active_count()
    kinds = []
    for _ in range(6):
        future = pool.submit(hang)  # type: ignore[arg-type]  # it returns nothing
        time.sleep(0.02)
        if future.done():
            kinds.append(str(future.result().kind))  # type: ignore[union-attr]  # it failed
        else:
            pool.give_up(future)
    during = threading.active_count()
    release.set()

    assert ["disabled"] * 3 == kinds
    assert during - before <= 4


def test_a_scorer_that_no_process_could_import_is_refused() -> None:
    """Isolation is a promise; what cannot keep it does not start."""

    @frozen
    class Local(Rogue):
        """Lives in this function only."""

    local = RegisteredScorer("local.rogue", Local, 1, Origin("local"))
    calling = Calling(Pools(), isolate=True, wrappers=())
    terms = Terms("only", ComponentKind.CRITERION, Fraction(1), local.id)

    with pytest.raises(PluginError, match="cannot be imported by another process"):
        calling.leaf(Place(terms, "only"), local, Local(), bound(Local()), None)


def test_what_runs_inline_takes_no_timeout() -> None:
    """A deadline that nothing could keep is refused by name, not ignored."""
    text = """
    schema = 1
    name = "hurried"
    [criteria.priority]
    weight = 1
    timeout = 1
    scorer = { name = "ordinal" }
    """
    complaint = (
        "component 'priority': scorer 'ordinal' runs inline.*leave `timeout` out"
    )
    with pytest.raises(RubricError, match=complaint):
        compile_rubric(parse_rubric(text, "hurried.toml"), PluginRegistry())
