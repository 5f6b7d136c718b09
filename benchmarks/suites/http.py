"""HTTP on connections that are kept: health, reset, and episodes by their id."""

from collections.abc import Iterator

from attrs import evolve
from harness.figures import Row, Spread, compared
from harness.jobs import Kind, Round, Work
from harness.plan import Plan
from harness.processors import CORES, surroundings_since, ticks
from harness.rounds import noted, play, played, warmed
from harness.servers import echo, official, ours, stored


CONNECTIONS = 16
_CEILING_SECONDS = 0.5
_NAMES: dict[Kind, str] = {"health": "GET /health", "reset": "POST /reset"}
_EPISODE = "an episode: POST /reset, then POST /step for each ticket"


def measure(plan: Plan) -> Iterator[Row]:
    """Requests that both servers know, then what only ours can do."""
    with (
        ours(CORES.server) as server,
        official(CORES.server) as peer,
        echo(CORES.server) as idle,
    ):
        for kind, name in _NAMES.items():
            work = _work(kind, plan)
            warmed(server, work)
            warmed(peer, work)
            before = ticks()
            rounds = played(server, peer, work, plan.repeats)
            surroundings = surroundings_since(before)
            row = compared(
                [r.per_cpu_second for r in rounds.ours],
                [r.per_cpu_second for r in rounds.reference],
                suite="http",
                case=f"{CONNECTIONS} connections, store off",
                figure=f"{name} per CPU-second",
                unit="/s",
                better="more",
            )
            reached = play(idle, _work(kind, plan, _CEILING_SECONDS)).per_second
            fast = max(r.per_second for r in rounds.ours)
            note = noted(evolve(row, ours=Spread.of([fast])), reached).note
            yield evolve(row, surroundings=surroundings, note=note)
        work = _work("http episodes", plan)
        warmed(server, work)
        yield of_episodes([play(server, work) for _ in range(2 * plan.repeats)], "off")
    with stored(CORES.server) as server:
        warmed(server, work)
        yield of_episodes([play(server, work) for _ in range(2 * plan.repeats)], "on")


def of_episodes(rounds: list[Round], store: str) -> Row:
    """What only our server can do: the official one forgets an episode over HTTP."""
    return Row(
        suite="http",
        case=f"{CONNECTIONS} connections, store {store}",
        figure=f"steps of {_EPISODE}, per CPU-second",
        unit="/s",
        better="more",
        ours=Spread.of(r.per_cpu_second for r in rounds),
        note="the official server's HTTP is stateless and cannot play one",
    )


def _work(kind: Kind, plan: Plan, seconds: float | None = None) -> Work:
    return Work(kind=kind, connections=CONNECTIONS, seconds=seconds or plan.seconds)
