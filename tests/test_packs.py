"""Pack files: what loads, and how each fault is named."""

from pathlib import Path

import pytest

from support_queue_env.core.errors import TaskPackError, UnknownName
from support_queue_env.tickets.packs import load_pack, parse_pack


PACK = '''
schema = 1
name = "mini"

[vocabulary]
priorities = ["high", "low"]
queues = ["front", "back"]
dispositions = ["answer", "pass_on"]

[[tasks]]
task_id = "morning"
title = "Morning"
difficulty = "easy"
split = "train"
instructions = """
Sort the inbox.
"""
tickets = ["A-2", "A-1"]

[[tickets]]
ticket_id = "A-1"
subject = "First"
body = """
The lamp is dark.
"""
customer_tier = "any"
product_area = "lamps"
sla_hours = 1.5
recent_events = ["Lamp replaced in May"]
[tickets.gold]
priority = "high"
queue = "back"
disposition = "pass_on"
queue_alternates = ["front"]
summary_keywords = ["lamp", "dark", "may"]
response_keywords = ["lamp", "check", "back office"]
disallowed_phrases = ["buy another"]
reference_summary = "Lamp dark, replaced in May."
reference_response = """\\
Our back office will check \\
the lamp.\\
"""

[[tickets]]
ticket_id = "A-2"
subject = "Second"
body = "The door is open."
customer_tier = "any"
product_area = "doors"
sla_hours = 8
[tickets.gold]
priority = "low"
queue = "front"
disposition = "answer"
summary_keywords = ["door", "open", "closed"]
response_keywords = ["door", "thank you", "handle"]
reference_summary = "Door open, not closed."
reference_response = "Thank you; push the handle of the door."
'''


def broken(old: str, new: str) -> str:
    """The message of the error that one change in the pack causes."""
    assert old in PACK
    with pytest.raises(TaskPackError) as caught:
        parse_pack(PACK.replace(old, new, 1), "mini.toml")
    return str(caught.value)


# --- what loads ---------------------------------------------------------------


def test_pack_loads() -> None:
    """Tasks serve their tickets in the order they list them."""
    pack = parse_pack(PACK, "mini.toml")
    task = pack.tasks[0]

    assert ("mini", "morning", 2) == (pack.name, task.task_id, task.card.total_tickets)
    assert ["A-2", "A-1"] == [case.ticket.ticket_id for case in task.cases]
    assert pack.cases == task.cases


def test_text_is_stripped() -> None:
    """Blank lines around multi-line texts are not part of them."""
    task = parse_pack(PACK, "mini.toml").tasks[0]
    case = task.cases[1]

    assert "Sort the inbox." == task.instructions
    assert "The lamp is dark." == case.ticket.body
    assert "Our back office will check the lamp." == case.gold.reference_response


def test_the_guide_ends_every_tasks_instructions() -> None:
    """What all tasks of a pack have in common is written once."""
    text = PACK.replace("[vocabulary]", 'guide = "Be kind."\n[vocabulary]', 1)
    pack = parse_pack(text, "lamps.toml")

    assert all(t.instructions.endswith("\n\nBe kind.") for t in pack.tasks)


def test_defaults() -> None:
    """Events, alternates and disallowed phrases may be left out."""
    case = parse_pack(PACK, "mini.toml").tasks[0].cases[0]

    assert () == case.ticket.recent_events
    assert () == case.gold.disallowed_phrases
    assert () == case.gold.queue_alternates


def test_case_knows_its_vocabulary() -> None:
    """A pack brings its own labels."""
    case = parse_pack(PACK, "mini.toml").cases[0]

    assert ("high", "low") == case.vocabulary.priorities


def test_file_loads(tmp_path: Path) -> None:
    """A path that ends in .toml is read as a pack file."""
    path = tmp_path / "mini.toml"
    path.write_text(PACK, encoding="utf-8")

    assert parse_pack(PACK, "mini.toml") == load_pack(str(path))


# --- what does not ------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("schema = 1", "schema 1", ["not TOML", "line 2"]),
        ("schema = 1", "schema = 2", ["$.schema"]),
        ('name = "mini"\n', "", ["required field missing @ $.name"]),
        ('name = "mini"', 'name = ""', ["at least 1", "$.name"]),
        ('name = "mini"', "name = 7", ["$.name"]),
        ('title = "Morning"\n', "", ["required field missing @ $.tasks[0].title"]),
        ('"easy"', '"simple"', ["$.tasks[0].difficulty"]),
        ('"train"', '"holdout"', ["$.tasks[0].split"]),
        ('subject = "First"', 'subjet = "First"', ["$.tickets[0].subject", "subjet"]),
        ("sla_hours = 1.5", "sla_hours = -1", ["at least 0", "$.tickets[0].sla_hours"]),
        ("sla_hours = 1.5", 'sla_hours = "1"', ["$.tickets[0].sla_hours"]),
        (
            'priority = "high"',
            'priority = "high"\nhint = "x"',
            ["unknown key @ $.tickets[0].gold.hint"],
        ),
        (
            '"Lamp dark, replaced in May."',
            '"Lamp."',
            ["at least 8", "$.tickets[0].gold.reference_summary"],
        ),
        (
            'summary_keywords = ["lamp", "dark", "may"]\n',
            "",
            ["required field missing @ $.tickets[0].gold.summary_keywords"],
        ),
        (
            '["lamp", "dark", "may"]',
            '["lamp", ""]',
            ["$.tickets[0].gold.summary_keywords[1]"],
        ),
        ('["lamp", "dark", "may"]', "[]", ["'A-1'", "summary_keywords is empty"]),
        (
            '["door", "thank you", "handle"]',
            "[]",
            ["'A-2'", "response_keywords is empty"],
        ),
        (
            'priority = "high"',
            'priority = "top"',
            ["'A-1'", "priority 'top' is not in the vocabulary (high, low)"],
        ),
        (
            'queue_alternates = ["front"]',
            'queue_alternates = ["side"]',
            ["'A-1'", "queue 'side' is not in the vocabulary"],
        ),
        (
            'disposition = "answer"',
            'disposition = "ignore"',
            ["'A-2'", "disposition 'ignore' is not in the vocabulary"],
        ),
        ('["A-2", "A-1"]', '["A-2", "A-9"]', ["'morning'", "unknown ticket 'A-9'"]),
        ('["A-2", "A-1"]', '["A-2", "A-2"]', ["'morning'", "'A-2' appears twice"]),
        ('["A-2", "A-1"]', "[]", ["'morning' has no tickets"]),
        (
            'ticket_id = "A-1"',
            'ticket_id = "A-2"',
            ["ticket 'A-2' appears twice", "unknown ticket 'A-1'"],
        ),
    ],
)
def test_fault_is_named(old: str, new: str, parts: list[str]) -> None:
    """The error names the file, the field and the rule."""
    message = broken(old, new)

    assert message.startswith("task pack 'mini.toml': ")
    assert [] == [part for part in parts if part not in message]


def test_repeated_task() -> None:
    """Two tasks of one name are an error."""
    again = PACK[PACK.index("[[tasks]]") : PACK.index("[[tickets]]")]

    assert "task 'morning' appears twice" in broken("[[tasks]]", f"{again}\n[[tasks]]")


def test_all_faults_at_once() -> None:
    """Faults in several places are all reported together."""
    text = PACK.replace('title = "Morning"\n', "").replace("1.5", "-1")

    with pytest.raises(TaskPackError) as caught:
        parse_pack(text, "mini.toml")
    assert "$.tasks[0].title" in str(caught.value)
    assert "$.tickets[0].sla_hours" in str(caught.value)


def test_missing_file(tmp_path: Path) -> None:
    """A file that is not there is named with the reason."""
    path = str(tmp_path / "absent.toml")

    with pytest.raises(TaskPackError, match=r"absent\.toml.*no such file"):
        load_pack(path)


def test_directory_is_no_file(tmp_path: Path) -> None:
    """A directory called like a pack is named with the reason."""
    (tmp_path / "folder.toml").mkdir()

    with pytest.raises(TaskPackError, match=r"folder\.toml"):
        load_pack(str(tmp_path / "folder.toml"))


def test_not_utf8(tmp_path: Path) -> None:
    """A file in another encoding says so."""
    path = tmp_path / "old.toml"
    path.write_bytes(b"name = '\xe9'")

    with pytest.raises(TaskPackError, match=r"old\.toml.*not UTF-8"):
        load_pack(str(path))


def test_unknown_name() -> None:
    """A name that is no built-in pack and no path lists the built-in ones."""
    with pytest.raises(UnknownName, match=r"unknown task pack 'modern'.*classic"):
        load_pack("modern")
