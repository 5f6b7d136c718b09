"""The load generator: a process of its own that loads a server and says what it got.

    echo JOB | python -m harness.load

The job and what is said are JSON, see jobs.py. It ends with 1, and the reason on
standard error, when a server refuses anything.
"""

import asyncio
import itertools
import json
import sys
from collections.abc import Callable
from time import perf_counter_ns

import uvloop
from attrs import asdict, define, field

from . import messages
from .http_players import HttpPlayer
from .jobs import Job, Round, Work
from .meter import Meter
from .players import Player


_START_SECONDS = 30
_WARM_SECONDS = 0.2
"""At least so long all are busy before anything is counted."""


@define(eq=False)
class Countdown:
    """Is over when it was counted so many times."""

    left: int
    over: asyncio.Event = field(init=False, factory=asyncio.Event)

    def count(self) -> None:
        """Once more."""
        self.left -= 1
        if self.left <= 0:
            self.over.set()


def once(call: Callable[[], None]) -> Callable[[], None]:
    """Do it at the first call, and nothing at all others."""
    calls = iter([call])

    def first() -> None:
        for waiting in calls:
            waiting()

    return first


@define(eq=False)
class Load:
    """The players of a job, and whether all is well with them."""

    job: Job
    meter: Meter
    _players: "set[Player | HttpPlayer]" = field(init=False, factory=set)
    _connects: "set[asyncio.Task[None]]" = field(init=False, factory=set)
    _opened: Countdown = field(init=False)
    _played: Countdown = field(init=False)
    _failed: "asyncio.Future[Round]" = field(init=False)
    _step: Callable[[], bytes] = field(init=False, factory=messages.steps)
    _reset: Callable[[], bytes] = field(init=False)

    @_reset.default
    def _resets(self) -> Callable[[], bytes]:
        return messages.resets(self.job.work.tasks)

    async def run(self) -> Round:
        """Load the server as the job says.

        Raises:
            Refused: it did not answer as it should.
            OSError: it is not to be reached.
        """
        self._failed = asyncio.get_running_loop().create_future()
        self._opened = Countdown(self.job.work.connections)
        self._played = Countdown(self.job.work.connections)
        measuring = asyncio.create_task(self._measure())
        await asyncio.wait(
            {measuring, self._failed}, return_when=asyncio.FIRST_COMPLETED
        )
        if self._failed.done():
            measuring.cancel()
            return self._failed.result()
        return await measuring

    async def _measure(self) -> Round:
        for _ in range(self.job.work.connections):
            self._connect()
        pacing: asyncio.Task[None] | None = None
        async with asyncio.timeout(_START_SECONDS):
            if self.job.work.rate:
                await self._opened.over.wait()
                pacing = asyncio.create_task(self._pace())
            await self._played.over.wait()
        await asyncio.sleep(_WARM_SECONDS)
        self.meter.begin()
        await asyncio.sleep(self.job.work.seconds)
        measured = self.meter.end()
        if pacing:
            pacing.cancel()
        return measured

    def _connect(self) -> None:
        task = asyncio.create_task(self._connected())
        self._connects.add(task)
        task.add_done_callback(self._connects.discard)

    async def _connected(self) -> None:
        loop = asyncio.get_running_loop()
        player = self._player()
        try:
            await loop.create_connection(lambda: player, "127.0.0.1", self.job.port)
        except OSError as error:
            self._fail(error)

    def _player(self) -> Player | HttpPlayer:
        kind = self.job.work.kind
        player: Player | HttpPlayer

        def ended(error: Exception | None) -> None:
            self._players.discard(player)
            self._ended(error)

        if kind in {"ws", "ws connects"}:
            player = Player(
                self.meter,
                ended,
                self._opened.count,
                once(self._played.count),
                self._step,
                self._reset,
                one_episode=kind == "ws connects",
                offers=self.job.work.deflate or self.job.work.declined,
                deflates=self.job.work.deflate,
                closed_loop=not self.job.work.rate,
            )
        else:
            player = HttpPlayer(self.meter, ended, once(self._played.count), kind)
        self._players.add(player)
        return player

    def _ended(self, error: Exception | None) -> None:
        if error is None and self.job.work.kind == "ws connects":
            self._connect()
        else:
            self._fail(error or ConnectionError("the server closed a connection"))

    def _fail(self, error: Exception) -> None:
        if not self._failed.done():
            self._failed.set_exception(error)

    async def _pace(self) -> None:
        """Send at the job's rate, to one connection after the other.

        This asks the clock again and again and does not sleep: timers of event loops
        know milliseconds only, which is longer than an answer takes.
        """
        between = 1e9 / self.job.work.rate
        due = float(perf_counter_ns())
        for player in itertools.cycle(sorted(self._players, key=id)):
            while perf_counter_ns() < due:  # noqa: ASYNC110 - see above
                await asyncio.sleep(0)
            if isinstance(player, Player):
                player.send(int(due))
            due += between


def main() -> int:
    """Do the job that standard input holds; the exit code."""
    told = json.loads(sys.stdin.read())
    job = Job(port=told["port"], pid=told["pid"], work=Work(**told["work"]))
    try:
        done = uvloop.run(Load(job, Meter(job.pid)).run())
    except Exception as error:  # noqa: BLE001 - whoever started this is told
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    print(json.dumps(asdict(done)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
