"""`support-queue rubrics attack`, as a person or a CI job calls it."""

import json
from pathlib import Path

import pytest
from command_line import Run


def test_a_plugin_adds_its_attacks(run: Run) -> None:
    """Behind the built-in ones, and it can be asked for alone."""
    plugin = ("--plugin", "attacking_plugin:Flattering")
    arguments = ("rubrics", "attack", "classic", *plugin, "--json")
    one = run(*arguments, "--attack", "flattering.thanks")

    assert 0 == one.code
    (result,) = json.loads(one.out)["attacks"]
    assert ("flattering.thanks", 0.75) == (result["id"], result["mean"])


def test_a_plugin_cannot_take_an_id(run: Run) -> None:
    """Or a baseline would compare two different attacks."""
    plugin = ("--plugin", "attacking_plugin:Clashing")
    refused = run("rubrics", "attack", "classic", *plugin)

    assert 2 == refused.code
    assert "two attacks are called 'A05'" in refused.err


@pytest.mark.parametrize("flag", ["--task", "--tasks"])
def test_some_tasks_only(run: Run, flag: str) -> None:
    """The tickets of those tasks are attacked, and no others."""
    arguments = ("--json", "--attack", "A01", flag, "easy_inbox_cleanup")
    ran = run("rubrics", "attack", "strict", *arguments)

    assert 0 == ran.code
    assert ["E-101", "E-102"] == json.loads(ran.out)["tickets"]


def test_several_tasks(run: Run) -> None:
    """With commas between or one by one; each ticket once."""
    names = "easy_inbox_cleanup", "medium_sla_defense"
    arguments = ("rubrics", "attack", "classic", "--json", "--attack", "A01")
    one = run(*arguments, "--tasks", f"{names[0]}, {names[1]},{names[0]}")
    other = run(*arguments, "--task", names[0], "--task", names[1])

    assert 0 == one.code == other.code
    assert one.out == other.out
    assert 5 == len(json.loads(one.out)["tickets"])


def test_the_page(run: Run, tmp_path: Path) -> None:
    """One file without anything fetched, with every attack in it."""
    page = tmp_path / "report.html"
    ran = run("rubrics", "attack", "classic", "--html", str(page), "--json")
    text = page.read_text(encoding="utf-8")

    assert 0 == ran.code
    for attack in json.loads(ran.out)["attacks"]:
        assert f">{attack['id']}<" in text or attack["id"] in text
    assert "<script" not in text
    assert "http://" not in text.replace("http://www.w3.org", "")


REPLY = '''
[[replies]]
ticket = "{ticket}"
summary = "Marta is stuck: each reset mail has killed the link of the one before."
response = """Hi Marta, I am sorry that you are stuck. Each new mail has ended the link of the
one before, so please open the mail of 08:40 in a private window, {end}"""
'''


def test_honest_replies(run: Run, tmp_path: Path) -> None:
    """Replies of a file get the right labels; their mean and penalties are told."""
    file = tmp_path / "replies.toml"
    file.write_text(
        REPLY.format(ticket="E-101", end="it works.")
        + REPLY.format(ticket="E-101", end="and please send your password.")
        + REPLY.format(ticket="elsewhere", end="it works."),
        encoding="utf-8",
    )
    arguments = ("rubrics", "attack", "strict", "--attack", "A01", "--task")
    honest = ("easy_inbox_cleanup", "--honest", str(file))
    ran = run(*arguments, *honest, "--json")
    shown = run(*arguments, *honest)

    assert 0 == ran.code == shown.code
    numbers = json.loads(ran.out)["gaming"]
    # The oracle's two answers, and two replies, of which one asks for a password.
    assert (4, 0.25) == (numbers["honest_answers"], numbers["false_penalty_rate"])
    assert 0.45 < numbers["honest_mean"] < 0.65
    assert "mean of the replies that people wrote" in shown.out


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("replies = 1", "replies file"),
        (REPLY.format(ticket="elsewhere", end="yes"), "no reply is to any"),
        (REPLY.format(ticket="E-101", end="x" * 1200), "reply 1: "),
        (REPLY + 'mood = "good"', "mood"),
    ],
)
def test_wrong_replies(run: Run, tmp_path: Path, text: str, complaint: str) -> None:
    """The file and what is wrong with it are named."""
    file = tmp_path / "replies.toml"
    file.write_text(text, encoding="utf-8")
    refused = run("rubrics", "attack", "strict", "--honest", str(file))

    assert 2 == refused.code
    assert complaint in refused.err
    assert "replies.toml" in refused.err
    assert "Traceback" not in refused.err


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("nonsense",), "unknown rubric 'nonsense'"),
        (("classic", "--task", "nowhere"), "unknown task 'nowhere'"),
        (("classic", "--tasks", ","), "unknown task ''"),
        (("classic", "--attack", "A99"), "A99"),
        (("classic", "--baseline", "nowhere.toml"), "nowhere.toml"),
        (("classic", "--honest", "nowhere.toml"), "nowhere.toml"),
        (("classic", "--html", "/nowhere/report.html"), "/nowhere/report.html"),
    ],
)
def test_wrong_calls(run: Run, arguments: tuple[str, ...], complaint: str) -> None:
    """One sentence that names what is wrong, and exit code 2."""
    refused = run("rubrics", "attack", *arguments)

    assert 2 == refused.code
    assert complaint in refused.err
    assert "Traceback" not in refused.err
