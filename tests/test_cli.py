"""The `support-queue` command: data on standard output, sentences on standard error."""

import json
import socket
from pathlib import Path

import pytest
from answers import TASKS, cases, environment
from command_line import Run, refused

from support_queue_env import __version__
from support_queue_env.cli import command
from support_queue_env.rubrics.files import BUILT_IN, rubric_source


def commands() -> list[list[str]]:
    """Every command by the words that call it, groups included."""
    every: list[list[str]] = [[]]
    pending = [([name], found) for name, found in command.commands.items()]
    while pending:
        words, found = pending.pop()
        found = getattr(found, "loaded", found)
        every.append(words)
        inner = getattr(found, "commands", {})
        pending += [([*words, name], each) for name, each in inner.items()]
    return every


@pytest.mark.parametrize("words", commands(), ids=" ".join)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help(run: Run, words: list[str], option: str) -> None:
    """Every command explains itself."""
    result = run(*words, option)

    assert (0, "") == (result.code, result.err)
    assert "Usage:" in result.out
    assert " ".join(words) in result.out


def test_version(run: Run) -> None:
    """The version is the package's."""
    assert f"support-queue, version {__version__}\n" == run("--version").out


def test_an_unknown_command(run: Run) -> None:
    """A command that does not exist is a wrong call."""
    assert 2 == run("no-such-command").code


def test_tasks_list(run: Run) -> None:
    """One line per task below the head."""
    result = run("tasks", "list")

    assert (0, "") == (result.code, result.err)
    assert list(TASKS) == [line.split()[0] for line in result.out.splitlines()[1:]]


def test_tasks_list_as_json(run: Run) -> None:
    """The cards as one JSON document."""
    found = json.loads(run("tasks", "list", "--json").out)

    assert TASKS == {card["task_id"]: card["total_tickets"] for card in found}


@pytest.mark.parametrize("task_id", TASKS)
def test_tasks_show(run: Run, task_id: str) -> None:
    """A task with its tickets, as an agent sees them."""
    text = run("tasks", "show", task_id)
    document = json.loads(run("tasks", "show", task_id, "--json").out)

    assert 0 == text.code
    assert TASKS[task_id] == len(document["tickets"])
    for ticket in document["tickets"]:
        assert ticket["ticket_id"] in text.out
        assert ticket["body"] in text.out


def test_tasks_show_no_truth(run: Run) -> None:
    """Neither form tells how a ticket is graded."""
    shown = "".join(
        run("tasks", "show", task_id, *options).out
        for task_id in TASKS
        for options in ([], ["--json"])
    )
    for case in cases():
        assert case.gold.reference_summary not in shown
        assert case.gold.reference_response not in shown


def test_tasks_show_an_unknown_task(run: Run) -> None:
    """An unknown task is a wrong call; the sentence lists those there are."""
    refused(run("tasks", "show", "nope"), 2, "unknown task 'nope'", *TASKS)


def test_a_pack_that_is_not_there(run: Run) -> None:
    """A task pack that cannot be read is named."""
    refused(run("tasks", "list", "--pack", "none/such.toml"), 2, "none/such.toml")


def test_rubrics_list(run: Run) -> None:
    """The built-in rubrics with their digests."""
    found = json.loads(run("rubrics", "list", "--json").out)
    table = run("rubrics", "list").out

    assert list(BUILT_IN) == [rubric["name"] for rubric in found]
    for rubric in found:
        assert environment().find_rubric(rubric["name"]).digest == rubric["digest"]
        assert rubric["digest"][:12] in table


def test_rubrics_show(run: Run) -> None:
    """A rubric's components, each with kind, amount and scorer."""
    document = json.loads(run("rubrics", "show", "classic", "--json").out)
    table = run("rubrics", "show", "classic").out

    assert document["digest"] in table
    for component in document["components"]:
        assert {
            *("name", "kind", "amount", "on_error"),
            *("scorer", "version", "parameters"),
        } == set(component)
        assert component["name"] in table
        assert component["scorer"] in table


def test_rubrics_show_source(run: Run, tmp_path: Path) -> None:
    """The source is a file to start from: it compiles to the same digest."""
    source = run("rubrics", "show", "classic", "--source").out
    file = tmp_path / "mine.toml"
    file.write_text(source, encoding="utf-8")
    original = run("rubrics", "check", "classic").out
    mine = run("rubrics", "check", str(file))

    assert rubric_source("classic") == source
    assert 0 == mine.code
    assert original.rpartition(" ")[2] == mine.out.rpartition(" ")[2]


def test_rubrics_show_an_unknown_rubric(run: Run) -> None:
    """An unknown rubric is a wrong call; the sentence lists those there are."""
    refused(run("rubrics", "show", "nope"), 2, "unknown rubric 'nope'", *BUILT_IN)


def test_rubrics_check(run: Run) -> None:
    """A rubric that compiles is ok, and the oracle earns 1 under the built-in ones."""
    result = run("rubrics", "check", *BUILT_IN)

    assert (0, "") == (result.code, result.err)
    assert len(BUILT_IN) == result.out.count(": ok, digest ")


def test_rubrics_check_a_bad_file(run: Run, bad_rubric: Path) -> None:
    """One file that does not compile fails the check; the others are checked, too."""
    result = run("rubrics", "check", str(bad_rubric), "classic", "none/such.toml")

    assert 1 == result.code
    assert f"{bad_rubric}: FAILED\n" in result.out
    assert "classic: ok, digest " in result.out
    assert "none/such.toml: FAILED\n" in result.out
    assert "not TOML" in result.err


@pytest.fixture
def bad_rubric(tmp_path: Path) -> Path:
    """A file that is not TOML."""
    file = tmp_path / "bad.toml"
    file.write_text("criteria = [", encoding="utf-8")
    return file


@pytest.mark.parametrize("words", [["eval"], ["serve", "--port", "0"]], ids=" ".join)
def test_a_rubric_file_that_does_not_parse(
    run: Run, bad_rubric: Path, words: list[str]
) -> None:
    """Nothing starts with a rubric that cannot be read; the sentence names the file."""
    refused(run(*words, "--rubric", str(bad_rubric)), 2, str(bad_rubric), "not TOML")


@pytest.mark.parametrize("words", [["eval"], ["serve", "--port", "0"]], ids=" ".join)
def test_an_unknown_rubric(run: Run, words: list[str]) -> None:
    """Nothing starts with a rubric that does not exist."""
    refused(run(*words, "--rubric", "nope"), 2, "unknown rubric 'nope'", *BUILT_IN)


@pytest.mark.parametrize(
    "words",
    [
        ["eval"],
        ["serve", "--port", "0"],
        ["plugins"],
        ["rubrics", "check", "classic"],
        ["rubrics", "show", "classic"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("plugin", ["no_such_module:Tone", "json:NoSuchClass", "json"])
def test_a_plugin_that_does_not_import(run: Run, words: list[str], plugin: str) -> None:
    """A plugin that was asked for and cannot be used is a wrong call."""
    refused(run(*words, "--plugin", plugin), 2, repr(plugin))


def test_plugins(run: Run) -> None:
    """The built-in scorers are listed as one plugin."""
    (first, *_) = json.loads(run("plugins", "--json").out)
    table = run("plugins")

    assert "built-in" == first["name"]
    assert {"ordinal", "label", "keyword-coverage", "disallowed-phrases"} <= set(
        first["scorers"]
    )
    assert (0, "plugin") == (table.code, table.out.split()[0])


def test_serve_on_a_port_that_is_taken(run: Run) -> None:
    """A port that another program has is named in one sentence."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused(run("serve", "--port", str(port)), 2, f"127.0.0.1 port {port}")


@pytest.mark.parametrize(
    ("flag", "value"),
    [("--max-sessions", "0"), ("--idle-timeout", "nan"), ("--port", "65536")],
)
def test_serve_with_a_number_out_of_range(run: Run, flag: str, value: str) -> None:
    """A setting out of its range is named with its range."""
    refused(run("serve", flag, value), 2, flag.removeprefix("--"), "expected at least")


def test_serve_reads_variables(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each flag may be a variable instead."""
    monkeypatch.setenv("SUPPORT_QUEUE_RUBRIC", "nope")

    refused(run("serve"), 2, "unknown rubric 'nope'")
