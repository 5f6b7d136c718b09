"""What the engine costs in process: step, reset, state and each scorer.

    .venv/bin/python benchmarks/engine.py [--json] [--rubric NAME] [--long]

Figures are microseconds per call: the median of several repeats, the least of them,
and the median in hashes. A hash is SHA-256 over 4 KiB on the same machine in the same
run: quote the ratio to it, since absolute figures move with the machine.

`--rubric` measures another rubric than classic, and `--long` a reply as long as one
may be. `score` gives the same texts again and again, as when several rubrics read the
same steps: rubrics that read texts remember what they have read. `score a new text`
gives every call texts that were never seen before, as agents write them.
"""

import argparse
import json

from attrs import asdict
from harness.engine_calls import engine_calls
from timing import machine, measured, reference, show


def main() -> None:
    """Print a table, or with --json a document."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rubric", default="classic")
    parser.add_argument("--long", action="store_true")
    options = parser.parse_args()
    calls = engine_calls(options.rubric, long=options.long)
    figures = {name: measured(call) for name, call in calls.items()}
    if options.json:
        told = {name: asdict(figure) for name, figure in figures.items()}
        whole = {"machine": machine(), "hash": asdict(reference()), "figures": told}
        print(json.dumps(whole))
        return
    print(f"{options.rubric}{', a reply of 1,200 characters' * options.long}")
    show(figures)


if __name__ == "__main__":
    main()
