"""What text matching costs: a reply, and hostile texts of growing length.

    .venv/bin/python benchmarks/matching.py [--json]

A reply is read anew each time, with its words known. For hostile texts the figure is
the time for 100 kB and how it grew with the last doubling: 2 is proportional. `hash`
is SHA-256 over 4 KiB in the same run, as in `benchmarks/engine.py`.
"""

import hashlib
import json
import sys
import timeit
from collections.abc import Callable

from support_queue_env.environment import load_environment
from support_queue_env.rubrics.matching import compile_phrases, contains_literal
from support_queue_env.rubrics.matching.acts import unsafe_acts
from support_queue_env.rubrics.matching.reading import Reading, read_anew


REPLY = 1_200
HOSTILE = 100_000
REPEATS = 25
HOSTILE_TEXTS: dict[str, str] = {
    "one word": "a",
    "single letters": "a b c ",
    "distinct words": "".join(f"w{number:x} " for number in range(15_000)),
    "negations": "not ",
    "quotation marks": "\"' ",
    "quoted lines": "\n> a\n",
    "blank lines": "\n \t",
    "dotted": "a.b-c_",
    "numbers": "1,2.3:",
    "apostrophes": "don't'",
    "order upon order": "please send me send me ",
    "promises, all hedged": "we will refund whether we will refund ",
    "gaps": "send a b c d ",
    "ideographs": "".join(map(chr, range(0x4E00, 0x9F00))),
    "ligatures": "\ufdfa",
    "invisible": "\u200b\u0301",
    "look-alikes": "\u0440\u0430\u0455\u0455 ",
    "brackets": "(((",
}


def microseconds(call: Callable[[], object], number: int = 200) -> float:
    """The cost of one call, the best of the repeats."""
    return min(timeit.repeat(call, number=number, repeat=REPEATS)) / number * 1e6


def reply() -> str:
    """About as long as a reply may be, from the reference replies."""
    tasks = load_environment().tasks
    texts = [c.gold.reference_response for task in tasks for c in task.cases]
    return " ".join(texts)[:REPLY]


def look(reading: Reading) -> None:
    """Everything that scorers ask of a text."""
    list(unsafe_acts().performed(reading))
    contains_literal(reading, "INV-20417")


def of_a_reply() -> dict[str, float]:
    """Microseconds for a reply of 1,200 characters."""
    text = reply()
    cases = [case for task in load_environment().tasks for case in task.cases]
    sets = [
        compile_phrases(case.gold.summary_keywords + case.gold.response_keywords)
        for case in cases
    ]
    phrases = sum(len(one.phrases) for one in sets)

    def read_and_match() -> None:
        reading = read_anew(text)
        for one in sets:
            one.found_in(reading)

    block = bytes(4096)
    return {
        "hash": microseconds(lambda: hashlib.sha256(block).digest()),
        "read": microseconds(lambda: read_anew(text)),
        f"read, {phrases} phrases in {len(sets)} sets": microseconds(read_and_match),
        "read, unsafe acts, a literal": microseconds(lambda: look(read_anew(text))),
    }


def of_hostile_texts() -> dict[str, tuple[float, float]]:
    """For each hostile text the milliseconds for 100 kB, and the last growth."""
    figures = {}
    for name, unit in HOSTILE_TEXTS.items():
        text = (unit * (HOSTILE // len(unit) + 1))[:HOSTILE]
        half = text[: HOSTILE // 2]
        seconds = [
            min(timeit.repeat(lambda t=t: look(read_anew(t)), number=1, repeat=5))
            for t in (half, text)
        ]
        figures[name] = seconds[1] * 1e3, seconds[1] / seconds[0]
    return figures


def main() -> None:
    """Print two tables, or with --json a document."""
    figures, hostile = of_a_reply(), of_hostile_texts()
    if "--json" in sys.argv[1:]:
        print(json.dumps({"reply": figures, "hostile": hostile}))
        return
    unit = figures["hash"]
    for name, value in figures.items():
        print(f"{name:45} {value:8.2f} us {value / unit:8.2f} hashes")
    for name, (milliseconds, growth) in hostile.items():
        print(f"{name:45} {milliseconds:8.2f} ms {growth:8.2f} times the half")


if __name__ == "__main__":
    main()
