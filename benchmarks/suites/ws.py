"""Steps over WebSockets: long-lived connections and one for each episode."""

from collections.abc import Iterator
from contextlib import ExitStack
from operator import attrgetter

from attrs import evolve, frozen
from harness.alternation import Rounds
from harness.figures import Aim, Row, Spread, at_least, at_most, compared
from harness.jobs import Round, Work
from harness.plan import Plan
from harness.processors import CORES, surroundings_since, ticks
from harness.rounds import noted, play, played, warmed
from harness.servers import Server, echo, official, ours, stored


EQUAL_LOAD = 0.6
"""Of what the slower server sustains: p99 is compared at that rate."""

_EQUAL_CONNECTIONS = 64
_CEILING_SECONDS = 0.5


@frozen(kw_only=True)
class Case:
    """How both servers are loaded, and how ours is run.

    Args:
        connections: at the same time.
        each: whether there is a connection for each episode.
        store: whether our server keeps episodes, with the default durability.
        deflate: what the client asks for: not at all, "on" (both compress), "declined"
            (ours does not, as is its default; the official one does).
        aim: for the steps per CPU-second.
    """

    connections: int
    each: bool = False
    store: bool = False
    deflate: str = "off"
    aim: Aim | None = None

    @property
    def name(self) -> str:
        """In words."""
        many = "connection" if self.connections == 1 else "connections"
        parts = [
            f"{self.connections} {many}",
            "one for each episode" if self.each else "long-lived",
            f"store {'on' if self.store else 'off'}",
        ]
        if self.deflate == "on":
            parts.append("deflate")
        elif self.deflate == "declined":
            parts.append("deflate asked for, ours declines")
        return ", ".join(parts)

    def work(self, seconds: float) -> Work:
        """The load on our server."""
        return Work(
            kind="ws connects" if self.each else "ws",
            connections=self.connections,
            seconds=seconds,
            deflate=self.deflate == "on",
            declined=self.deflate == "declined",
        )

    def other_work(self, seconds: float) -> Work:
        """The load on the official one, which agrees to deflate whenever it is asked."""
        compressed = self.deflate != "off"
        return evolve(self.work(seconds), deflate=compressed, declined=False)


AIMED = (
    Case(connections=1, aim=at_least(3.5)),
    Case(connections=64, aim=at_least(4.5)),
    Case(connections=256, aim=at_least(4.5)),
    Case(connections=64, store=True, aim=at_least(3.5)),
)
FURTHER = (
    Case(connections=16),
    Case(connections=1, store=True),
    Case(connections=16, store=True),
    Case(connections=256, store=True),
    Case(connections=64, deflate="declined"),
    Case(connections=1, deflate="on"),
    Case(connections=64, deflate="on"),
    Case(connections=256, deflate="on"),
    Case(connections=1, each=True),
    Case(connections=16, each=True),
    Case(connections=64, each=True),
    Case(connections=16, each=True, store=True),
    Case(connections=16, each=True, deflate="on"),
)


def measure(plan: Plan) -> Iterator[Row]:
    """The cases with an aim, and in the full form all others."""
    cases = AIMED + FURTHER if plan.full else AIMED
    with ExitStack() as stack:
        peer = warmed(stack.enter_context(official(CORES.server)), AIMED[1].work(0))
        idle = stack.enter_context(echo(CORES.server))
        servers: dict[tuple[bool, bool], Server] = {}
        for case in cases:
            kept = (case.store, case.deflate == "on")
            if kept not in servers:
                start = stored if case.store else ours
                begun = stack.enter_context(start(CORES.server, deflate=kept[1]))
                servers[kept] = warmed(begun, case.work(0))
            yield from of_case(case, servers[kept], peer, idle, plan)
        if plan.length != "guard":
            yield equal_load(servers[False, False], peer, plan)


def of_case(
    case: Case, server: Server, peer: Server, idle: Server, plan: Plan
) -> Iterator[Row]:
    """A case: rates per CPU-second and on the wall, and latencies.

    Of cases without an aim only the first is told on the page.
    """
    before = ticks()
    work, other = case.work(plan.seconds), case.other_work(plan.seconds)
    rounds = played(server, peer, work, plan.repeats, other)
    surroundings = surroundings_since(before)
    what = "episodes" if case.each else "steps"
    row = compared(
        [r.per_cpu_second for r in rounds.ours],
        [r.per_cpu_second for r in rounds.reference],
        suite="ws",
        case=case.name,
        figure=f"{what} per CPU-second",
        unit="/s",
        better="more",
        aim=case.aim,
        guarded=case.aim is not None,
    )
    yield evolve(row, surroundings=surroundings, note=each_costs(row))
    if plan.length == "guard":
        return
    reached = ceiling(case, idle)
    on_the_wall = compared(
        [r.per_second for r in rounds.ours],
        [r.per_second for r in rounds.reference],
        suite="ws",
        case=case.name,
        figure=f"{what} per second",
        unit="/s",
        better="more",
        detail=case.aim is None,
    )
    yield noted(on_the_wall, reached.ours.median)
    yield evolve(latency(case.name, 99, rounds), detail=case.aim is None)
    yield evolve(latency(case.name, 50, rounds), detail=True)
    yield evolve(reached, detail=case.aim is None)


def each_costs(row: Row) -> str:
    """What one operation costs either server, from what a CPU-second gives."""
    reference = row.reference or row.ours
    ours, theirs = 1e6 / row.ours.median, 1e6 / reference.median
    return f"{ours:.0f} µs of CPU against {theirs:.0f}"


def latency(case: str, percent: int, rounds: Rounds[Round]) -> Row:
    """How long a step takes at most, for half of them or for 99 of 100."""
    pick = attrgetter(f"p{percent}")
    return compared(
        [pick(each) for each in rounds.ours],
        [pick(each) for each in rounds.reference],
        suite="ws",
        case=case,
        figure=f"p{percent}, each as fast as it is answered",
        unit="µs",
        better="less",
    )


def ceiling(case: Case, idle: Server) -> Row:
    """What the load generator reaches against a server that does nothing."""
    # Deflate is the business of the two servers: this one does not know it.
    work = evolve(case, deflate="off").work(_CEILING_SECONDS)
    return Row(
        suite="ws",
        case=case.name,
        figure="the load generator's ceiling",
        unit="/s",
        better="more",
        ours=Spread.of([play(idle, work).per_second]),
        note="against a server that does nothing",
    )


def equal_load(server: Server, peer: Server, plan: Plan) -> Row:
    """p99 of both at one fixed rate."""
    case = Case(connections=_EQUAL_CONNECTIONS)
    closed = played(server, peer, case.work(plan.seconds), 1)
    slower = min(r.messages_per_second for r in closed.ours + closed.reference)
    rate = EQUAL_LOAD * slower
    before = ticks()
    rounds = played(
        server, peer, evolve(case.work(plan.seconds), rate=rate), plan.repeats
    )
    return evolve(
        latency(case.name, 99, rounds),
        figure="p99 at equal load",
        aim=at_most(0.25),
        note=f"{rate:,.0f} messages per second, {EQUAL_LOAD:.0%} of the slower's most",
        surroundings=surroundings_since(before),
    )
