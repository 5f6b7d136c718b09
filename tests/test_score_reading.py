"""Rows for bulk scoring: what is one, and that the quick way reads it the same."""

import json
from typing import Any

import pytest
from answers import ACTION, task, without
from hypothesis import example, given
from score_rows import lines, near_rows, own_case, row, rows, tickets, without_metadata

from support_queue_env.core.actions import structure_action
from support_queue_env.core.conversion import unstructure
from support_queue_env.core.errors import InvalidInput
from support_queue_env.evaluation.bulk.faults import BadRow
from support_queue_env.evaluation.bulk.lines import MAX_LINE
from support_queue_env.evaluation.bulk.quick import QuickReader
from support_queue_env.evaluation.bulk.row import Row, read_row


CASE = task("easy_inbox_cleanup").cases[0]
READER = QuickReader(tickets())


def strictly(line: bytes) -> Row | None:
    """The row of a line; None when it is none."""
    try:
        return read_row(line, tickets())
    except BadRow:
        return None


def fault(line: bytes | dict[str, Any]) -> BadRow:
    """What is wrong with a line."""
    text = line if isinstance(line, bytes) else json.dumps(line).encode()
    with pytest.raises(BadRow) as caught:
        read_row(text, tickets())
    return caught.value


@given(near_rows())
@example(b'{"ticket_id":"E-101","action":{},"action":{}}')
def test_the_quick_way_reads_what_the_strict_way_reads(line: bytes) -> None:
    """Whatever it takes is the same row, and it takes no line that is none."""
    quick = READER.read(line)
    if quick is not None:
        assert strictly(line) == quick


def test_the_quick_way_takes_plain_lines() -> None:
    """Or all of it would be for nothing."""
    plain = lines(rows()).splitlines()
    quoting = ACTION | {"response": 'He said: "Thank you",\nand "no more".'}
    more = [
        row(CASE, quoting),
        row(CASE, without("confidence"), id=3),
        row(CASE, ACTION, task_id="easy_inbox_cleanup"),
        {"case": own_case(CASE), "action": quoting},
    ]

    for line in [*plain, *lines(more).splitlines()]:
        assert READER.read(line) is not None
        assert strictly(line) == READER.read(line)


@pytest.mark.parametrize(
    "repeated",
    [
        b'{"id":"a","id":"a",%b}',
        b'{"id":1,"id":2,%b}',
        b'{"ticket_id":"E-101",%b}',
        b'{%b,"action":{}}',
        b'{"id":"\\u0022\\u0022","id":"\\u0022\\u0022",%b}',
    ],
)
def test_repeated_keys_are_refused(repeated: bytes) -> None:
    """The quick way leaves them to the strict way, which says so."""
    rest = json.dumps(row(CASE, ACTION)).encode()[1:-1]
    line = repeated % rest

    assert READER.read(line) is None
    assert "row: an object repeats a key @ $" == str(fault(line))


def test_an_action_is_read_as_a_server_reads_it() -> None:
    """The same faults with the same words, from the row's beginning."""
    bad = ACTION | {"summary": "short", "queue": "none", "confidence": 2, "x": 1}
    with pytest.raises(InvalidInput) as served:
        structure_action(bad, CASE.vocabulary)
    found = fault(row(CASE, bad, id="a"))
    said = [f"{f.message} @ $.action.{f.path[0]}" for f in served.value.faults]

    assert "; ".join(said) == found.message
    assert b'"id":"a","ticket_id":"E-101",' == found.named


@pytest.mark.parametrize(
    ("line", "type_", "message"),
    [
        (b"{", "not_json", "row: not JSON: "),
        (b"\xff\xfe{}", "not_json", "row: not JSON: the bytes are not UTF-8"),
        (b"[1]", "invalid", "row: expected an object, found an array"),
        (b"{}", "invalid", "expected either ticket_id or case, found neither @ $; "),
        (b'{"a":NaN}', "invalid", "row: NaN and Infinity are not JSON"),
        (b" " * (MAX_LINE + 1), "too_long", f"row: expected at most {MAX_LINE} bytes"),
        ({"action": ACTION}, "invalid", "found neither"),
        (row(CASE, ACTION) | {"case": {}}, "invalid", "found both"),
        (row(CASE, ACTION, x=1), "invalid", "unknown key @ $.x"),
        (row(CASE, ACTION, id=""), "invalid", "found text of 0 characters @ $.id"),
        (row(CASE, ACTION, id="i" * 256), "invalid", "found text of 256 characters"),
        (row(CASE, ACTION, id=None), "invalid", "or a whole number, found null @ $.id"),
        (row(CASE, ACTION, id=2**63), "invalid", "@ $.id"),
        (row(CASE, ACTION, id=True), "invalid", "found a boolean @ $.id"),
        ({"ticket_id": 3, "action": ACTION}, "invalid", "found a whole number"),
        (row(CASE, ACTION) | {"action": 3}, "invalid", "expected an object @ $.action"),
        ({"ticket_id": "E-101"}, "invalid", "required field missing @ $.action"),
        ({"case": {}, "action": ACTION}, "invalid", "missing @ $.case.ticket"),
        ({"ticket_id": "none", "action": ACTION}, "unknown_ticket", "--pack"),
        (row(CASE, ACTION, task_id="none"), "unknown_ticket", "no loaded task"),
        (row(CASE, ACTION, task_id="medium_sla_defense"), "unknown_ticket", "E-101"),
        (
            {"case": own_case(CASE), "task_id": "a", "action": ACTION},
            "invalid",
            "there is none @ $.task_id",
        ),
    ],
)
def test_what_is_wrong_is_named(
    line: bytes | dict[str, Any], type_: str, message: str
) -> None:
    """A type for programs; a sentence with thing, rule and what was found."""
    found = fault(line)

    assert type_ == found.type
    assert message in found.message
    assert ACTION["response"] not in found.message


def test_a_case_of_its_own() -> None:
    """A row may bring its ticket along, which is held to the rules of task packs."""
    plain = own_case(CASE)
    found = read_row(json.dumps({"case": plain, "action": ACTION}).encode(), tickets())
    elsewhere = plain | {"gold": plain["gold"] | {"queue": "elsewhere"}}
    refused = fault({"case": elsewhere, "action": ACTION})

    assert found.case == CASE
    assert "case: ticket 'E-101': queue 'elsewhere' is not in the voc" in str(refused)
    assert b'"ticket_id":"E-101",' == refused.named


def test_an_answer_may_have_metadata() -> None:
    """As on the wire, where it is accepted and ignored."""
    action = unstructure(CASE.gold.oracle()) | {"metadata": {"tokens": 12}}
    found = read_row(json.dumps(row(CASE, action)).encode(), tickets())

    assert {"tokens": 12} == found.action.metadata
    assert without_metadata(action) == without_metadata(unstructure(found.action))
