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


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("nonsense",), "unknown rubric 'nonsense'"),
        (("classic", "--task", "nowhere"), "unknown task 'nowhere'"),
        (("classic", "--attack", "A99"), "A99"),
        (("classic", "--baseline", "nowhere.toml"), "nowhere.toml"),
        (("classic", "--html", "/nowhere/report.html"), "/nowhere/report.html"),
    ],
)
def test_wrong_calls(run: Run, arguments: tuple[str, ...], complaint: str) -> None:
    """One sentence that names what is wrong, and exit code 2."""
    refused = run("rubrics", "attack", *arguments)

    assert 2 == refused.code
    assert complaint in refused.err
    assert "Traceback" not in refused.err
