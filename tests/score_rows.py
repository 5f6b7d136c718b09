"""Rows for bulk scoring: good ones, and lines that are nearly rows."""

import json
from functools import cache
from typing import Any

from answers import TASKS, environment, task, varied
from hypothesis import strategies as st

from support_queue_env.core.cases import Case
from support_queue_env.core.conversion import unstructure
from support_queue_env.evaluation.bulk.tickets import Tickets


Pairs = list[tuple[str, Any]]
"""An object of JSON in which keys may be repeated."""


@cache
def tickets() -> Tickets:
    """The tickets of the classic tasks."""
    return Tickets(environment().tasks)


def rows(variants: range = range(8)) -> list[dict[str, Any]]:
    """Rows about the classic tickets, several answers for each, with ids."""
    found = []
    for task_id in TASKS:
        for case in task(task_id).cases:
            for variant in variants:
                place = task(task_id).cases.index(case)
                action = without_metadata(varied(task_id, variant)[place])
                name = f"{case.ticket.ticket_id}-{variant}"
                found.append(row(case, action, id=name))
    return found


def row(case: Case, action: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A row about a ticket."""
    return more | {"ticket_id": case.ticket.ticket_id, "action": action}


def without_metadata(action: dict[str, Any]) -> dict[str, Any]:
    """As agents send actions."""
    return {key: value for key, value in action.items() if key != "metadata"}


def lines(found: list[dict[str, Any]]) -> bytes:
    """Rows as a file of JSON lines."""
    return b"".join(json.dumps(each).encode() + b"\n" for each in found)


def own_case(case: Case) -> dict[str, Any]:
    """A case as a row brings it along."""
    plain: dict[str, Any] = unstructure(case)
    return plain


# --- lines that are nearly rows -----------------------------------------------------

WILD: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([2**63 - 1, 2**63, -(2**63), -(2**63) + 1, 10**400]),
    st.floats(),
    st.text(max_size=300),
    st.sampled_from(["", "\ud800", 'a "quoted" reply to you', "\\", "P1", "technical"]),
    st.lists(st.integers(), max_size=2),
    st.just({"a": {"b": []}}),
)

SPACES = st.sampled_from(["", "", "", " ", "\t ", "\r"])


@st.composite
def near_rows(draw: st.DrawFn) -> bytes:
    """A line that is a row, or would be but for one or two things."""
    original = draw(st.sampled_from(_originals()))
    pairs: Pairs = [(k, list(v.items()) if k == "action" else v) for k, v in original]
    for _ in range(draw(st.integers(0, 2))):
        pairs = draw(changed(pairs))
    line = draw(written(pairs))
    if draw(st.integers(0, 5)) == 0:
        at = draw(st.integers(0, len(line)))
        junk = draw(st.binary(min_size=1, max_size=2))
        line = line[:at] + junk + line[at + draw(st.integers(0, 2)) :]
    return line


@cache
def _originals() -> list[Pairs]:
    case = task("easy_inbox_cleanup").cases[0]
    action = without_metadata(unstructure(case.gold.oracle()))
    quoting = action | {"response": 'She wrote: "It is \\ broken",\nand we know "why".'}
    sure = {k: v for k, v in action.items() if k != "confidence"}
    found = [
        row(case, action, id="a"),
        row(case, quoting, id=7),
        row(case, sure, id='"b"', task_id="easy_inbox_cleanup"),
        {"case": own_case(case), "action": action},
        {"id": "ü", "case": own_case(case), "action": quoting},
        row(case, action | {"metadata": {"a": 1}}),
    ]
    return [list(each.items()) for each in found]


@st.composite
def changed(draw: st.DrawFn, pairs: Pairs) -> Pairs:
    """Something left out, said twice, added, replaced, or moved."""
    here = list(pairs)
    inner = [n for n, (_, value) in enumerate(here) if _is_object(value)]
    deeper: bool = draw(st.booleans())
    if inner and deeper:
        place = draw(st.sampled_from(inner))
        key, value = here[place]
        here[place] = (key, draw(changed(value)))
        return here
    if not here:
        return here
    place = draw(st.integers(0, len(here) - 1))
    key, value = here[place]
    match draw(st.sampled_from(["less", "twice", "wild", "key", "more", "order"])):
        case "less":
            del here[place]
        case "twice":
            here.insert(place, (key, draw(st.one_of(st.just(value), WILD))))
        case "wild":
            here[place] = (key, draw(WILD))
        case "key":
            here[place] = (draw(st.text(max_size=9)), value)
        case "more":
            here.append((draw(st.sampled_from(["task_id", "id", "case", "x"])), value))
        case _:
            here = draw(st.permutations(here))
    return here


def _is_object(value: Any) -> bool:
    """Whether it is `Pairs`, and not a list of other values."""
    return isinstance(value, list) and value != [] and isinstance(value[0], tuple)


@st.composite
def written(draw: st.DrawFn, value: Any) -> bytes:
    """JSON for a value, with whatever white space and escapes one may use."""
    return draw(_text(value)).encode("utf-8", "surrogatepass")


@st.composite
def _text(draw: st.DrawFn, value: Any) -> str:
    space = draw(SPACES)
    if _is_object(value):
        inner = ",".join(
            f"{space}{draw(_quoted(key))}:{space}{draw(_text(each))}"
            for key, each in value
        )
        return f"{{{inner}{space}}}"
    if isinstance(value, str):
        return draw(_quoted(value))
    return json.dumps(value, ensure_ascii=draw(st.booleans()))


@st.composite
def _quoted(draw: st.DrawFn, text: str) -> str:
    plain = json.dumps(text, ensure_ascii=draw(st.booleans()))
    match draw(st.integers(0, 9)):
        case 0:
            return plain.replace('\\"', "\\u0022")
        case 1:
            return (
                '"' + "".join(f"\\u{ord(c):04x}" for c in text if ord(c) < 65536) + '"'
            )
        case _:
            return plain
