"""`support-queue plugins check` runs the conformance kit without a test."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command_line import SCRIPT, Run, refused
from fake_entry_points import install
from server_process import clean_environment

from support_queue_env.cli import plugins_check
from support_queue_env.testing import ScorerReport, check
from support_queue_env.testing.findings import Verdict


FEW = ("--examples", "2")
TESTS = str(Path(__file__).parent)


def checked(run: Run, package: str, *options: str, code: int = 0) -> list[Any]:
    """The documents of the scorers that were checked."""
    result = run("plugins", "check", package, "--json", *FEW, *options)
    assert (code, "") == (result.code, result.err)
    documents: list[Any] = json.loads(result.out)
    return documents


def test_a_scorer_by_its_id(run: Run) -> None:
    """One document with every property in order, and what was tried."""
    (document,) = checked(run, "ordinal")

    assert "ordinal" == document["scorer"]
    assert document["conforms"]
    assert list(check.PROPERTIES) == [f["property"] for f in document["findings"]]
    assert {"kept", "not run"} == {f["verdict"] for f in document["findings"]}
    assert all(f["sentence"] for f in document["findings"] if f["verdict"] == "not run")


def test_a_plugin_by_its_name(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of its scorers, under the ids that rubrics use."""
    install(monkeypatch, ("acme", "scorers_for_tests:Fixed", "acme-triage"))

    assert ["acme.fixed"] == [d["scorer"] for d in checked(run, "acme")]
    assert ["acme.fixed"] == [d["scorer"] for d in checked(run, "acme.fixed")]


@pytest.mark.parametrize(
    "package",
    ["support_queue_env.plugins.ordinal", "scorers_for_tests:Fixed"],
)
def test_a_module_or_a_class(run: Run, package: str) -> None:
    """What is no plugin is imported."""
    (document,) = checked(run, package)

    assert document["class"].startswith(package)
    assert document["conforms"]


def test_a_bad_scorer(run: Run) -> None:
    """Exit code 1; property, sentence and counterexample, on both streams."""
    result = run("plugins", "check", "bad_scorers:ReadsMore", *FEW)
    (told,) = result.err.splitlines()

    assert 1 == result.code
    assert "bad-scorers.reads-more(): BROKEN" == result.out.splitlines()[0]
    assert told.startswith("bad-scorers.reads-more: P10: ")
    assert told.endswith("with action.priority changed to 'P1'")

    (document,) = checked(run, "bad_scorers:ReadsMore", code=1)
    (found,) = (f for f in document["findings"] if f["verdict"] == Verdict.BROKEN)
    assert not document["conforms"]
    assert "P10" == found["property"]
    assert found["sentence"] in told
    assert found["counterexample"] in told


def test_parameters_and_rubrics(run: Run) -> None:
    """The parameters are those that were given, or those of each use in a rubric."""
    parameters = '{"label": "disposition", "alternate": "1/2"}'
    given = checked(run, "label", "--parameters", parameters)
    used = checked(run, "label", "--rubric", "classic")

    assert ["disposition"] == [d["parameters"]["label"] for d in given]
    assert ["queue", "disposition"] == [d["parameters"]["label"] for d in used]


def test_what_cannot_be_built_does_not_hide_the_others(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The judge has no endpoint here; every other built-in is checked all the same."""
    monkeypatch.setattr(
        "support_queue_env.cli.plugins_check._check",
        lambda choice, cases, examples: stand_in(choice),
    )
    result = run("plugins", "check", "built-in")

    assert 2 == result.code
    assert "invalid scorer 'llm-judge'" in result.err
    assert "ordinal(" in result.out
    assert "unsafe-acts(" in result.out
    assert "llm-judge(" not in result.out


def stand_in(choice: Any) -> Any:
    """A quick check, and the refusal of a scorer that needs more than parameters."""
    if choice.scorer.id == "llm-judge":
        return check_as_it_is(choice, [], 1)
    return ScorerReport(choice.scorer.id, {}, findings=())


check_as_it_is = plugins_check._check


@pytest.mark.parametrize(
    ("package", "parts"),
    [
        ("nope", ["plugin, scorer or module 'nope'", "built-in", "keyword-coverage"]),
        ("", ["plugin, scorer or module ''"]),
        ("no such", ["'no such'"]),
        ("a.b.c", ["plugin, scorer or module 'a.b.c'"]),
        ("acme.nope", ["'acme.nope'"]),
        ("../acme", ["'../acme'"]),
        (":", ["':'", "module:Class"]),
        ("a:b:c", ["'a:b:c'", "module:Class"]),
        ("no_such_module:Mine", ["'no_such_module:Mine'", "ModuleNotFoundError"]),
        ("bad_scorers:Nope", ["bad_scorers:Nope", "no attribute 'Nope'"]),
        ("bad_scorers:Case", ["Case offers no scorer"]),
        ("json", ["json offers no scorer"]),
        ("label" * 1000, ["labellabel"]),
        ("ordinal\x00", ["ordinal"]),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else None,
)
def test_what_is_no_package(run: Run, package: str, parts: list[str]) -> None:
    """One sentence that says what was looked for, and what there is."""
    result = run("plugins", "check", package, *FEW)

    refused(result, result.code, *parts)
    assert result.code in {2, 3}


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (("--parameters", '{"labl": "queue"}'), ["label takes labl"]),
        (("--parameters", '{"label": "colour"}'), ["label", "see --parameters"]),
        (("--parameters", '{"label": "queue"}'), ["alternate", "see --parameters"]),
        (("--parameters", "{"), ["--parameters", "'--parameters'"]),
        (("--parameters", "nothing.toml"), ["nothing.toml"]),
        (("--rubric", "nope"), ["nope"]),
        (("--rubric", "strict", "--pack", "nope.toml"), ["nope.toml"]),
    ],
    ids=str,
)
def test_options_that_are_wrong(
    run: Run, options: tuple[str, ...], parts: list[str]
) -> None:
    """The option is named, and what is wrong with it."""
    refused(run("plugins", "check", "label", *options), 2, *parts)


def test_a_rubric_without_the_scorer(run: Run) -> None:
    """There is nothing to check, which is not the same as conforming."""
    result = run("plugins", "check", "length-window", "--rubric", "classic")

    refused(result, 2, "names no scorer of 'length-window'")


def test_help_needs_no_kit(run: Run) -> None:
    """It says what PACKAGE may be, and what the exit code means."""
    result = run("plugins", "check", "--help")

    assert 0 == result.code
    for part in ("module:Class", "Exit code", "--parameters", "--json"):
        assert part in result.out


def test_without_hypothesis(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra that is missing is named."""
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    for name in [n for n in sys.modules if n.startswith("support_queue_env.testing")]:
        monkeypatch.delitem(sys.modules, name)

    refused(run("plugins", "check", "ordinal"), 2, "hypothesis", "[testing]")


@pytest.mark.parametrize(("scorer", "code"), [("bad_scorers:Two", 1), ("ordinal", 0)])
def test_the_exit_code_survives_a_reader_that_leaves(scorer: str, code: int) -> None:
    """`plugins check … | head -1` still tells whether all is well, without a complaint."""
    with subprocess.Popen(
        [SCRIPT, "plugins", "check", scorer, *FEW],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**clean_environment(), "PYTHONPATH": TESTS},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        told = process.stderr.read()

    assert "Traceback" not in told
    assert "Broken pipe" not in told
    assert code == process.returncode
