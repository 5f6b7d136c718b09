"""Our server against the official one: both measured in turn, and their ratios.

    .venv/bin/python benchmarks/bench.py [SUITE ...] [--full] [--json FILE]
                                         [--markdown FILE]
    .venv/bin/python benchmarks/bench.py --list
    .venv/bin/python benchmarks/bench.py --check | --write-guard

Without a suite all are run, in a form that takes less than five minutes together. What
is measured and how: docs/performance.md. How a suite is added: harness/registry.py.

`--check` measures what `benchmarks/guard.json` has and ends with 1 when a ratio to the
reference has fallen by more than a quarter; `--write-guard` writes that file.
"""

import argparse
import sys
import time
import traceback
from pathlib import Path


# The tests' clients that say exactly what they are told are wanted here as well.
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from harness import guard
from harness.figures import Row, Skipped
from harness.machine import this_machine
from harness.plan import PLANS, Plan
from harness.registry import SUITES, described, suite
from harness.results import Results, write_markdown


GUARD = Path(__file__).with_name("guard.json")
GUARDED = ("engine", "ws")


def tell(text: str) -> None:
    """Say on standard error how far it is."""
    print(text, file=sys.stderr, flush=True)


def measured(names: list[str], plan: Plan) -> tuple[Results, bool]:
    """The suites' rows; whether all came to their end."""
    rows: list[Row] = []
    skipped: dict[str, str] = {}
    seconds: dict[str, float] = {}
    complete = True
    for name in names:
        began = time.monotonic()
        try:
            for row in suite(name)(plan):
                rows.append(row)
                told = "" if row.ratio is None else f"  ratio {row.ratio.median:.3g}"
                tell(f"{row.name}: {row.ours.median:.4g} {row.unit}{told}")
        except Skipped as reason:
            skipped[name] = str(reason)
            tell(f"{name}: SKIPPED: {reason}")
        except Exception:  # noqa: BLE001 - the others shall run all the same
            traceback.print_exc()
            skipped[name] = "it broke off"
            complete = False
        seconds[name] = round(time.monotonic() - began, 1)
        tell(f"{name}: {seconds[name]} s")
    there = bool(rows) and any(row.against == "official" and row.ratio for row in rows)
    results = Results(
        machine=this_machine(with_official=there),
        length=plan.length,
        rows=rows,
        skipped=skipped,
        seconds=seconds,
    )
    return results, complete


def checked(results: Results, suites: list[str]) -> int:
    """Compare with what is written down; the exit code."""
    chosen = [name for name in suites if name not in results.skipped]
    fallen = guard.falls(guard.read(GUARD), results.rows, chosen)
    for fall in fallen:
        print(fall)
    if not fallen:
        print(f"bench-check: ok: {', '.join(chosen) or 'nothing could be measured'}")
    return 1 if fallen else 0


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("suite", nargs="*", help="suites to run  [all]")
    parser.add_argument("--list", action="store_true", help="name the suites")
    parser.add_argument("--full", action="store_true", help="everything, and longer")
    parser.add_argument("--smoke", action="store_true", help="once, as tests do")
    parser.add_argument("--json", type=Path, help="file to write the results to")
    parser.add_argument("--markdown", type=Path, help="page whose table is renewed")
    parser.add_argument("--check", action="store_true", help="against guard.json")
    parser.add_argument("--write-guard", action="store_true", help="write guard.json")
    return parser


def chosen_plan(asked: argparse.Namespace) -> Plan:
    """How much is measured where nothing is guarded."""
    if asked.full:
        return PLANS["full"]
    return PLANS["smoke" if asked.smoke else "short"]


def main() -> int:
    """Run what is asked for; the exit code."""
    parser = arguments()
    asked = parser.parse_args()
    if asked.list:
        for name in SUITES:
            print(f"{name:10} {described(name)}")
        return 0
    if unknown := [name for name in asked.suite if name not in SUITES]:
        parser.error(f"unknown suite: {', '.join(unknown)}; see --list")
    if asked.check and not GUARD.exists():
        parser.error(f"--check: there is no {GUARD}; --write-guard makes it")
    guarding = asked.check or asked.write_guard
    default = [name for name in GUARDED if name in SUITES] if guarding else SUITES
    names = list(asked.suite or default)
    plan = PLANS["guard"] if guarding else chosen_plan(asked)
    results, complete = measured(names, plan)
    if asked.json:
        asked.json.write_text(results.json(), encoding="utf-8")
    if asked.markdown:
        write_markdown(asked.markdown, results)
    if asked.write_guard:
        guard.write(GUARD, results.rows, names)
    if asked.check:
        return checked(results, names) or (0 if complete else 1)
    print(results.markdown())
    print(results.summary())
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main())
