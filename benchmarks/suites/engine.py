"""The engine in process: a step, its parts and each scorer, in microseconds and hashes."""

from collections.abc import Iterator

from attrs import frozen
from harness.alternation import alternated
from harness.engine_calls import STEP, Call, engine_calls
from harness.figures import Aim, Row, at_most, compared
from harness.plan import Plan
from harness.processors import surroundings_since, ticks
from timing import hash_once, timed


_SHARE = 0.02
"""Of `plan.seconds`, for one round of one call: there are sixty calls."""

_PAIRS = 2
"""So many times the plan's repeats: a round is short."""


@frozen
class Case:
    """A rubric, and how long the reply is."""

    name: str
    rubric: str
    long: bool
    aim: Aim | None = None


CASES = (
    Case("classic", "classic", long=False, aim=at_most(20, "ours")),
    Case("strict", "strict", long=False),
    Case("strict, 1,200 characters", "strict", long=True),
)


def measure(plan: Plan) -> Iterator[Row]:
    """Every call of every case; a guarded run has the steps and the scores alone."""
    for case in CASES:
        calls = engine_calls(case.rubric, long=case.long)
        for name, call in calls.items():
            guarded = name == STEP or name.startswith("score")
            if guarded or plan.length != "guard":
                yield of_call(case, name, call, plan, guarded=guarded)


def of_call(case: Case, name: str, call: Call, plan: Plan, *, guarded: bool) -> Row:
    """A row: processor time of one call against that of one hash."""
    seconds = plan.seconds * _SHARE
    before = ticks()
    call()
    rounds = alternated(
        lambda: timed(call, seconds),
        lambda: timed(hash_once, seconds),
        plan.repeats * _PAIRS,
    )
    return compared(
        rounds.ours,
        rounds.reference,
        suite="engine",
        case=case.name,
        figure=name.strip(),
        unit="µs",
        better="less",
        against="SHA-256 over 4 KiB",
        aim=case.aim if name == STEP else None,
        guarded=guarded,
        detail=not guarded,
        surroundings=surroundings_since(before),
    )
