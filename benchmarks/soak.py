"""What a server stands: heavy load, bad input and sudden ends, against the bar.

    .venv/bin/python benchmarks/soak.py [--only NAME[,NAME]] [--json FILE]
    .venv/bin/python benchmarks/soak.py --list

Every scenario starts servers of its own. At the end a table says what was measured and
whether it holds; the exit code is 1 when something does not. All of it takes some
minutes; `make test` has short forms of most.
"""

import argparse
import json
import sys
import time
import traceback
from pathlib import Path

from attrs import asdict, frozen


# The tests' clients that say exactly what they are told are wanted here as well.
sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from harness.figures import Skipped
from soaking.catalogue import SCENARIOS
from soaking.figures import Figure, Scenario


@frozen
class Outcome:
    """How a scenario ended; `skipped` says why there are no figures."""

    scenario: str
    figures: list[Figure]
    seconds: float
    skipped: str = ""

    @property
    def holds(self) -> bool:
        """Whether nothing is beyond its bar."""
        return all(figure.holds for figure in self.figures)


def carry_out(name: str, scenario: Scenario) -> Outcome:
    """Run a scenario; one that breaks off has one figure, which does not hold."""
    began = time.monotonic()
    skipped = ""
    figures: list[Figure] = []
    try:
        figures = scenario()
    except Skipped as reason:
        skipped = str(reason)
    except Exception as error:  # noqa: BLE001 - the others shall run all the same
        traceback.print_exc()
        figures = [Figure(name, "runs to its end", f"{error!r:.60}", holds=False)]
    return Outcome(name, figures, time.monotonic() - began, skipped)


def table(outcomes: list[Outcome]) -> str:
    """The figures of all scenarios, one a line."""
    rows = [("figure", "bar", "measured", "holds")]
    for outcome in outcomes:
        if outcome.skipped:
            rows.append((outcome.scenario, "", f"SKIPPED: {outcome.skipped}", ""))
        rows += [
            (f.name, f.bar, f.measured, "yes" if f.holds else "NO")
            for f in outcome.figures
        ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )


def main() -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", default="", help="scenarios, divided by commas")
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    parser.add_argument("--list", action="store_true", help="name the scenarios")
    asked = parser.parse_args()
    if asked.list:
        for name, scenario in SCENARIOS.items():
            print(f"{name:14} {(scenario.__doc__ or '').splitlines()[0]}")
        return 0
    chosen = asked.only.split(",") if asked.only else list(SCENARIOS)
    if unknown := [name for name in chosen if name not in SCENARIOS]:
        parser.error(f"--only: unknown: {', '.join(unknown)}; see --list")
    outcomes = []
    for name in chosen:
        outcome = carry_out(name, SCENARIOS[name])
        outcomes.append(outcome)
        word = (outcome.skipped and "skipped") or ("ok" if outcome.holds else "NOT OK")
        print(f"{name}: {word}, {outcome.seconds:.1f} s", flush=True)
    print(f"\n{table(outcomes)}")
    if asked.json:
        asked.json.write_text(
            json.dumps([asdict(outcome) for outcome in outcomes], indent=1) + "\n",
            encoding="utf-8",
        )
    return 0 if all(outcome.holds for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
