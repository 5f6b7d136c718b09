"""Growth of ours: the cost of a step by open sessions, episodes played, tickets known."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from attrs import evolve, frozen
from harness.figures import Row, at_most, compared
from harness.holder import held
from harness.jobs import Work
from harness.messages import TICKETS
from harness.open_files import allow_open_files
from harness.packs import write_packs
from harness.plan import Plan
from harness.processors import CORES, surroundings_since, ticks
from harness.rounds import play, played, warmed
from harness.servers import Server, ours, stored


PLAYING = 16
FLAT = at_most(1.15)
"""Of a step's processor time: it may grow by so much and count as flat."""

Serve = Callable[[], AbstractContextManager[Server]]


@frozen(kw_only=True)
class Sizes:
    """How far things grow.

    Args:
        sessions: that are open, beside those that play.
        episodes: that a server has played; one after the other on the same server.
        stored: the same of a server with a store.
        tickets: that a server knows.
    """

    sessions: tuple[int, ...] = ()
    episodes: tuple[int, ...] = ()
    stored: tuple[int, ...] = ()
    tickets: tuple[int, ...] = ()


SIZES = {
    "smoke": Sizes(sessions=(20,), episodes=(20,), stored=(20,), tickets=(40,)),
    "guard": Sizes(),
    "short": Sizes(
        sessions=(1_000,), episodes=(5_000,), stored=(2_000,), tickets=(4_000,)
    ),
    "full": Sizes(
        sessions=(1_000, 10_000),
        episodes=(10_000, 100_000),
        stored=(10_000, 100_000),
        tickets=(10_000, 100_000),
    ),
}


def measure(plan: Plan) -> Iterator[Row]:
    """Each row compares a server that has grown with one that has not, in turn."""
    sizes = SIZES[plan.length]
    for size in sizes.sessions:
        yield by_sessions(size, plan)
    yield from by_episodes(
        lambda: ours(CORES.server), "store off", sizes.episodes, plan
    )
    yield from by_episodes(lambda: stored(CORES.server), "store on", sizes.stored, plan)
    for size in sizes.tickets:
        yield by_tickets(size, plan)


def by_sessions(size: int, plan: Plan) -> Row:
    """A server with so many sessions that wait, and one without."""
    possible = min(size, allow_open_files(size + 2 * PLAYING) - 2 * PLAYING)
    flag = possible + 4 * PLAYING
    with (
        ours(CORES.server, max_sessions=flag) as grown,
        ours(CORES.server, max_sessions=flag) as fresh,
        held(grown, possible) as holder,
    ):
        notes = [f"--max-sessions {flag}"]
        if holder.refused:
            notes.append(f"no more sessions: {holder.refused[:120]}")
        row = by_step(
            grown, fresh, Work(kind="ws", connections=PLAYING, seconds=1), plan
        )
        return evolve(
            row,
            case=f"{holder.opened:,} open sessions wait while {PLAYING} play",
            against="none wait",
            note="; ".join(notes),
        )


def by_episodes(
    serve: Serve, name: str, sizes: tuple[int, ...], plan: Plan
) -> Iterator[Row]:
    """A server that plays on and on, and one that plays only to be compared with."""
    if not sizes:
        return
    work = Work(kind="ws", connections=64, seconds=1)
    up = evolve(work, seconds=5.0 if plan.full else plan.seconds)
    with serve() as grown, serve() as fresh:
        done = 0.0
        for size in sizes:
            while done < size:
                done += play(grown, up).operations / TICKETS
            row = by_step(grown, fresh, work, plan)
            yield evolve(
                row,
                case=f"after {size:,} episodes, {name}",
                against="a fresh server",
                note="64 connections",
            )


def by_tickets(size: int, plan: Plan) -> Row:
    """A server that knows many tickets and is asked for all of them, and one with few."""
    many = size // TICKETS
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        servers = []
        for tasks in (many, 1):
            files = write_packs(Path(folder) / str(tasks), tasks)
            servers.append(stack.enter_context(ours(CORES.server, pack=files)))
        grown, fresh = servers
        work = Work(kind="ws", connections=PLAYING, seconds=1, tasks=many)
        row = by_step(grown, fresh, work, plan, evolve(work, tasks=1))
        return evolve(
            row,
            case=f"{size:,} tickets known, played in any order",
            against=f"{TICKETS} known",
            note=f"started in {grown.started_in:.2g} s, {grown.memory():.3g} MB",
        )


def by_step(
    grown: Server, fresh: Server, work: Work, plan: Plan, other: Work | None = None
) -> Row:
    """Processor time per step, in turn; `other` is the load on the fresh one."""
    ours_, fresh_ = (
        evolve(load, seconds=plan.seconds) for load in (work, other or work)
    )
    warmed(grown, ours_)
    warmed(fresh, fresh_)
    before = ticks()
    rounds = played(grown, fresh, ours_, plan.repeats, fresh_)
    return compared(
        [found.processor / found.operations * 1e6 for found in rounds.ours],
        [found.processor / found.operations * 1e6 for found in rounds.reference],
        suite="scale",
        case="",
        figure="processor time per step",
        unit="µs",
        better="less",
        aim=FLAT,
        surroundings=surroundings_since(before),
    )
