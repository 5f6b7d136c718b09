"""What text matching costs: a reply, and hostile texts of growing length.

    .venv/bin/python benchmarks/matching.py [--json]

A reply is read anew each time, with its words known. Hostile texts go through every
built-in scorer that reads texts, past the limits of an action: the figures are the
milliseconds of the slowest text of 100 kB, and how much the steepest one grows with
each doubling, from 25 to 200 kB: 2 is proportional, 4 quadratic. One doubling alone
says less, for it may be the one at which memory is handed back to the system.
"""

import json
import sys
import timeit
from time import process_time
from types import SimpleNamespace
from typing import Any

from attrs import asdict, frozen
from timing import Figure, machine, measured, show

from support_queue_env.core.cases import Case
from support_queue_env.environment import load_environment
from support_queue_env.plugins.consistency import Consistency
from support_queue_env.plugins.copy_guard import CopyGuard
from support_queue_env.plugins.disallowed_phrases import DisallowedPhrases
from support_queue_env.plugins.fact_slots import FactSlots
from support_queue_env.plugins.keyword_coverage import KeywordCoverage
from support_queue_env.plugins.length_window import LengthWindow
from support_queue_env.plugins.response_acts import ResponseActs
from support_queue_env.plugins.unsafe_acts import UnsafeActs
from support_queue_env.rubrics.matching import compile_phrases, contains_literal
from support_queue_env.rubrics.matching.acts import unsafe_acts
from support_queue_env.rubrics.matching.reading import Reading, read_anew


REPLY = 1_200
SHORT, HOSTILE, LONG = 25_000, 100_000, 200_000
DOUBLINGS = 3
REPEATS = 3
SECONDS = 0.005
"""What takes less is repeated until it takes as long."""
SCORERS: dict[str, Any] = {
    "keyword-coverage": KeywordCoverage(text="response"),
    "disallowed-phrases": DisallowedPhrases(),
    "fact-slots": FactSlots(),
    "response-acts": ResponseActs(),
    "copy-guard": CopyGuard(text="response"),
    "length-window": LengthWindow(text="response", fewest=25, most=160),
    "consistency": Consistency(text="response"),
    "unsafe-acts": UnsafeActs(),
}
HOSTILE_TEXTS: dict[str, str] = {
    "one word": "a",
    "single letters": "a b c ",
    "spelled out": "n-o-t p-a-s-s-w-o-r-d ",
    "distinct words": "".join(f"w{number:x} " for number in range(15_000)),
    "negations": "not ",
    "quotation marks": "\"' ",
    "nested quotations": "\u201ca b \u2018c d ",
    "quoted orders": '"send us your password" ',
    "quoted lines": "\n> a\n",
    "blank lines": "\n \t",
    "dots": ".",
    "dotted": "a.b-c_",
    "numbers": "1,2.3:",
    "card numbers": "4111 1111 1111 1112 ",
    "links": "http://www.",
    "apostrophes": "don't'",
    "order upon order": "please send me send me ",
    "nearly an act": "please send us your pass word ",
    "promises, all hedged": "we will refund whether we will refund ",
    "gaps": "send a b c d ",
    "ideographs": "".join(map(chr, range(0x4E00, 0x9F00))),
    "ligatures": "\ufdfa",
    "combining marks": "e\u0301\u0323",
    "invisible": "\u200b\u0301",
    "look-alikes": "\u0440\u0430\u0455\u0455 ",
    "brackets": "(((",
}


@frozen
class Growth:
    """How a scorer takes hostile texts of 100 kB: its slowest, its steepest."""

    slowest: str
    milliseconds: float
    steepest: str
    each_doubling: float


def reply() -> str:
    """About as long as a reply may be, from the reference replies."""
    tasks = load_environment().tasks
    texts = [c.gold.reference_response for task in tasks for c in task.cases]
    return " ".join(texts)[:REPLY]


def look(reading: Reading) -> None:
    """Look for every unsafe act, and for a literal."""
    list(unsafe_acts().performed(reading))
    contains_literal(reading, "INV-20417")


def of_a_reply() -> dict[str, Figure]:
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

    return {
        "read": measured(lambda: read_anew(text)),
        f"read, {phrases} phrases in {len(sets)} sets": measured(read_and_match),
        "read, unsafe acts, a literal": measured(lambda: look(read_anew(text))),
    }


def of_hostile_texts() -> dict[str, Growth]:
    """For each scorer the slowest hostile text, and the one that grows most."""
    cases = [case for task in load_environment().tasks for case in task.cases]
    case = cases[-1]
    # What a scorer looks for, and not quite what it would find.
    slots = (*case.gold.summary_slots, *case.gold.response_acts)
    near = " ".join(" x x x ".join(s.says[0].split()) for s in slots if s.says)
    texts = {**HOSTILE_TEXTS, "nearly the truth": f"{near} ", "a ticket": _ticket(case)}
    return {name: _growth(scorer, case, texts) for name, scorer in SCORERS.items()}


def _ticket(case: Case) -> str:
    return f"{case.ticket.body} "


def _growth(scorer: Any, case: Case, texts: dict[str, str]) -> Growth:
    seconds: dict[str, float] = {}
    growths: dict[str, float] = {}
    for name, unit in texts.items():
        text = unit * (LONG // len(unit) + 1)
        short, seconds[name], long = (
            _least(scorer, case, text[:size]) for size in (SHORT, HOSTILE, LONG)
        )
        growths[name] = (long / short) ** (1 / DOUBLINGS)
    slowest = max(seconds, key=seconds.__getitem__)
    steepest = max(growths, key=growths.__getitem__)
    return Growth(slowest, seconds[slowest] * 1e3, steepest, growths[steepest])


def _least(scorer: Any, case: Case, text: str) -> float:
    """Seconds for one score, with texts longer than an action's may be."""
    fields = asdict(case.gold.oracle(), recurse=False)
    action = SimpleNamespace(**{**fields, "summary": text, "response": text})
    timer = timeit.Timer(lambda: scorer.score(case, action), timer=process_time)
    number = max(1, int(SECONDS / max(timer.timeit(1), 1e-6)))
    return min(timer.repeat(REPEATS, number)) / number


def main() -> None:
    """Print two tables, or with --json a document."""
    figures, hostile = of_a_reply(), of_hostile_texts()
    if "--json" in sys.argv[1:]:
        told = {name: asdict(figure) for name, figure in figures.items()}
        grown = {name: asdict(growth) for name, growth in hostile.items()}
        print(json.dumps({"machine": machine(), "reply": told, "hostile": grown}))
        return
    print(f"matching, a reply of {REPLY:,} characters")
    show(figures)
    print(f"hostile texts of {HOSTILE // 1000} kB, {len(HOSTILE_TEXTS) + 2} of them")
    for name, of in hostile.items():
        print(
            f"{name:20} {of.milliseconds:8.1f} ms at most ({of.slowest}); "
            f"x{of.each_doubling:.2f} each doubling at most ({of.steepest})"
        )


if __name__ == "__main__":
    main()
