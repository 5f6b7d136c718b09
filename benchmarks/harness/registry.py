"""The suites, by name.

To add one: put `NAME` into the tuple and write `benchmarks/suites/NAME.py` with

    '''What it measures, in one line: `bench.py --list` shows it.'''

    def measure(plan: Plan) -> Iterator[Row]: ...

It yields each `Row` (`harness/figures.py`) as soon as it has it, with its aim where the
issue sets one, and raises `Skipped` where this machine cannot measure. `plan` says how
much is wanted: honour `plan.seconds`, `plan.repeats` and `plan.full`, so that all suites
in their short form stay below five minutes together. Use

    harness.servers     ours(), stored(), official(): servers, and what they have used
    harness.alternation alternated(): A B B A
    harness.processors  CORES: one for the server, the others for the load
    harness.figures     compared(): a row of both sides' rounds

Rows that `make bench-check` shall hold have `guarded=True` and a ratio. A new suite gets
a heading in docs/performance.md, like its name.
"""

from collections.abc import Callable, Iterator
from importlib import import_module

from .figures import Row
from .plan import Plan


SUITES: tuple[str, ...] = (
    "ws",
    "http",
    "sessions",
    "engine",
    "bulk",
    "cold",
    "client",
    "scale",
)

Measure = Callable[[Plan], Iterator[Row]]


def suite(name: str) -> Measure:
    """What a suite measures with.

    Raises:
        ModuleNotFoundError: there is no such suite.
    """
    measure: Measure = import_module(f"suites.{name}").measure
    return measure


def described(name: str) -> str:
    """The first line of what a suite says of itself."""
    text = import_module(f"suites.{name}").__doc__ or ""
    return text.partition("\n")[0]
