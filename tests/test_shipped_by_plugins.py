"""What plugins ship beside scorers: rubrics, task packs and attacks, in every command."""

import json
import sys
from pathlib import Path

import pytest
from command_line import Run, refused
from installed_plugins import install
from workbook import blocks


PLUGIN = """
from pathlib import Path
from support_queue_env.plugins import hookimpl
from support_queue_env.rubrics.attacks import Attack


class Shipping:
    @hookimpl
    def register_rubrics(self):
        return [Path(__file__).with_name("short.toml")]

    @hookimpl
    def register_task_packs(self):
        return [Path(__file__).with_name("lamps.toml")]

    @hookimpl
    def register_attacks(self):
        return [
            Attack(
                id="shipping.oracle",
                name="honesty",
                does="Sends the right answer.",
                policy=lambda case, cases: case.gold.oracle(),
            )
        ]


class Silent:
    @hookimpl
    def register_rubrics(self):
        return None

    @hookimpl
    def register_attacks(self):
        return None
"""
RUBRIC = """
schema = 1
name = "short"
plugins = ["acme"]
[criteria.mood]
weight = 1
scorer = "mood"
"""


@pytest.fixture(autouse=True)
def _shipping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plugin of that name in the current folder, with its files."""
    (tmp_path / "shipping.py").write_text(PLUGIN)
    (tmp_path / "short.toml").write_text(RUBRIC)
    pack = next(b for b in blocks("docs/task-packs.md") if b.name == "lamps.toml")
    (tmp_path / "lamps.toml").write_text(pack.text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "shipping", raising=False)
    install(monkeypatch, ("acme", "observing_plugin:Watching", "acme-dist"))


def test_a_shipped_rubric_is_shown_with_its_source(run: Run) -> None:
    """To start one's own from, as with the built-in ones."""
    shown = run(
        "rubrics", "show", "shipping.short", "--source", "--plugin", "shipping:Shipping"
    )

    assert (0, RUBRIC) == (shown.code, shown.out)


def test_a_shipped_pack_is_listed(run: Run) -> None:
    """`tasks list` and `tasks show` know what `serve` knows."""
    options = ["--pack", "shipping.lamps", "--plugin", "shipping:Shipping"]
    listed = run("tasks", "list", *options)
    shown = run("tasks", "show", "lamp_morning", *options)

    assert "lamp_morning" in listed.out
    assert "Desk lamp dark" in shown.out


def test_a_shipped_attack_is_carried_out(run: Run) -> None:
    """Behind the built-in ones, when its plugin is active."""
    options = ["--attack", "shipping.oracle", "--budget", "1", "--json"]
    without = run("rubrics", "attack", "classic", *options)
    attacked = run(
        "rubrics", "attack", "classic", *options, "--plugin", "shipping:Shipping"
    )
    (result,) = json.loads(attacked.out)["attacks"]

    refused(without, 2, "unknown attack 'shipping.oracle'")
    assert ("shipping.oracle", 1.0) == (result["id"], result["mean"])


def test_a_rubric_with_short_names_is_attacked(run: Run) -> None:
    """A scorer may be named without its plugin where the rubric lists that."""
    attacked = run(
        "rubrics", "attack", "short.toml", "--attack", "A01", "--budget", "1"
    )

    assert 0 == attacked.code
    assert attacked.out.startswith("short, digest")


def test_none_is_none(run: Run) -> None:
    """A plugin that has nothing to ship may say so by returning nothing."""
    options = ["--budget", "1", "--attack", "A01", "--plugin", "shipping:Silent"]
    attacked = run("rubrics", "attack", "classic", *options)
    shown = run("rubrics", "show", "shipping.short", "--plugin", "shipping:Silent")

    assert 0 == attacked.code
    refused(shown, 2, "unknown rubric 'shipping.short'; available: none")


def test_a_rubric_with_short_names_gives_parameters(run: Run) -> None:
    """`plugins check` takes a scorer's parameters from it under either name."""
    checked = run(
        "plugins", "check", "acme", "--rubric", "short.toml", "--examples", "1"
    )

    assert "acme.mood(" in checked.out
    assert "names no scorer" not in checked.err
