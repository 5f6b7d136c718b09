"""openenv's own client end to end: episodes of asynchronous and synchronous ones."""

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import harness
from attrs import evolve, frozen
from harness.alternation import alternated
from harness.figures import Aim, Row, at_least, compared
from harness.plan import Plan
from harness.processors import CORES, pin, surroundings_since, ticks
from harness.servers import Server, official, ours, peer_python
from server_process import clean_environment


SCRIPT = Path(harness.__file__).with_name("official_client.py")


@frozen(kw_only=True)
class Case:
    """Who plays.

    Args:
        kind: "async": all on one event loop; "sync": each in a thread of its own.
        clients: at the same time.
        aim: for the steps per CPU-second of the server.
    """

    kind: str
    clients: int
    aim: Aim | None = None

    @property
    def name(self) -> str:
        """In words."""
        many = "client" if self.clients == 1 else "clients"
        return f"{self.clients} {self.kind} {many}, store off"


SHORT = (
    Case(kind="async", clients=64, aim=at_least(2.5)),
    Case(kind="async", clients=1),
)
FURTHER = (Case(kind="sync", clients=1), Case(kind="sync", clients=64))


@frozen(kw_only=True)
class Played:
    """What clients got out of a server.

    Args:
        steps: that were answered.
        seconds: on the wall.
        client: processor seconds of the clients' process.
        server: processor seconds of the server.
    """

    steps: int
    seconds: float
    client: float
    server: float


def measure(plan: Plan) -> Iterator[Row]:
    """The case with an aim and a single client, and in the full form also threads."""
    cases = (*SHORT, *FURTHER) if plan.full else SHORT
    with ExitStack() as stack:
        theirs = stack.enter_context(official(CORES.server))
        own = stack.enter_context(ours(CORES.server))
        for case in cases:
            yield from of_case(case, own, theirs, plan)


def of_case(case: Case, own: Server, theirs: Server, plan: Plan) -> Iterator[Row]:
    """A case: rates per CPU-second and on the wall, and what the client takes itself."""
    with clients(own, case) as ours_, clients(theirs, case) as theirs_:
        before = ticks()
        rounds = alternated(
            lambda: ours_.play(plan.seconds),
            lambda: theirs_.play(plan.seconds),
            plan.repeats,
        )
        around = surroundings_since(before)
    yield from (
        evolve(row, surroundings=around)
        for row in rows(case, rounds.ours, rounds.reference)
    )


def rows(case: Case, own: Sequence[Played], theirs: Sequence[Played]) -> Iterator[Row]:
    """What was found, figure by figure."""

    def figure(take: Callable[[Played], float], **row: object) -> Row:
        return compared(
            [take(found) for found in own],
            [take(found) for found in theirs],
            suite="client",
            case=case.name,
            **row,
        )

    yield figure(
        lambda found: found.steps / found.server,
        figure="steps per CPU-second of the server",
        unit="/s",
        better="more",
        aim=case.aim,
        note="the aim is held to this, as all are" if case.aim else "",
    )
    yield figure(
        lambda found: found.steps / found.seconds,
        figure="steps per second",
        unit="/s",
        better="more",
        note="bound by what the client itself takes",
    )
    yield figure(
        lambda found: found.client / found.steps * 1e6,
        figure="the client's own processor time per step",
        unit="µs",
        better="less",
        note="the floor of a step end to end",
    )


@frozen
class Clients:
    """Connected clients of openenv, in a process of their own."""

    _server: Server
    _process: "subprocess.Popen[str]"

    def play(self, seconds: float) -> Played:
        """Let them play.

        Raises:
            RuntimeError: they broke off; says what they said.
        """
        before = self._server.processor_seconds()
        told = json.loads(self._ask(f"{seconds}\n"))
        return Played(
            steps=told["steps"],
            seconds=told["seconds"],
            client=told["processor"],
            server=self._server.processor_seconds() - before,
        )

    def wait(self) -> None:
        """Until all of them are connected.

        Raises:
            RuntimeError: they broke off; says what they said.
        """
        self._ask("")

    def _ask(self, line: str) -> str:
        asked, told = self._process.stdin, self._process.stdout
        assert asked  # noqa: S101 - it is a pipe
        assert told  # noqa: S101 - so is this
        with suppress(BrokenPipeError):
            asked.write(line)
            asked.flush()
        if answer := told.readline():
            return answer
        _, complaint = self._process.communicate()
        raise RuntimeError(f"openenv's clients broke off: {complaint.strip()}")


@contextmanager
def clients(server: Server, case: Case) -> Iterator[Clients]:
    """So many clients of a server, closed after the block."""
    arguments = [server.url, case.kind, str(case.clients)]
    process = subprocess.Popen(  # noqa: S603 - our own script
        [peer_python(), str(SCRIPT), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment(),
    )
    pin(process.pid, CORES.load)
    try:
        connected = Clients(server, process)
        connected.wait()
        yield connected
        process.communicate()
    finally:
        process.kill()
        process.wait()
