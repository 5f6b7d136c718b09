"""`support-queue plugins new` writes a package that works as it is."""

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from answers import cases
from click.testing import CliRunner, Result

from support_queue_env.cli import plugins_new
from support_queue_env.cli.plugins_new import FILES, new
from support_queue_env.core.errors import ConfigurationError
from support_queue_env.plugins.compiled import compile_rubric
from support_queue_env.plugins.registry import PluginRegistry
from support_queue_env.rubrics.files import BUILT_IN, load_rubric


NAME = "acme-new-plugin"
MODULE = "acme_new_plugin"
WRITTEN = {
    "pyproject.toml",
    "README.md",
    f"{NAME}.toml",
    f"src/{MODULE}.py",
    "tests/test_conformance.py",
    "tests/test_examples.py",
}


def write(*arguments: object) -> Result:
    """The command in this process."""
    return CliRunner().invoke(new, [str(argument) for argument in arguments])


def files(folder: Path) -> set[str]:
    """What is in a folder, by relative path."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)) for path in found}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package as it was written."""
    folder = tmp_path_factory.mktemp("new") / "package"
    assert 0 == write(NAME, "--directory", folder).exit_code
    return folder


def test_what_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of that name, with every file; each is told, and what to do next."""
    monkeypatch.chdir(tmp_path)
    result = write(NAME)

    assert 0 == result.exit_code
    assert WRITTEN == files(tmp_path / NAME)
    assert {f"{NAME}/{path}" for path in WRITTEN} == set(result.stdout.splitlines())
    assert [
        "",
        "Next:",
        f'  cd {NAME} && pip install -e ".[test]"',
        "  pytest",
        f"  support-queue eval --rubric {NAME}.toml",
    ] == result.stderr.splitlines()


def test_every_template_is_used() -> None:
    """None is left over, and no linter or packager takes one for ours."""
    folder = Path(plugins_new.__file__).parent / "templates" / "plugin"

    assert set(FILES) == files(folder)
    assert {".jinja"} == {Path(name).suffix for name in FILES}


def test_names_are_filled_in(package: Path) -> None:
    """Nothing of a template is left, and the names are where they belong."""
    whole = "".join((package / path).read_text(encoding="utf-8") for path in WRITTEN)
    project = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))

    assert "{{" not in whole
    assert "}}" not in whole
    assert NAME == project["project"]["name"]
    assert {"support_queue_env": {NAME: MODULE}} == project["project"]["entry-points"]
    assert [MODULE] == project["tool"]["setuptools"]["py-modules"]


@pytest.mark.parametrize("words", [["check"], ["format", "--check"]], ids=" ".join)
def test_ruff_has_nothing_to_say(package: Path, words: list[str]) -> None:
    """With ruff's own rules, which a new project has."""
    ruff = Path(sys.executable).with_name("ruff")
    ran = subprocess.run(
        [ruff, *words, "--isolated", "--no-cache", "."],
        capture_output=True,
        text=True,
        check=False,
        cwd=package,  # where it finds out which imports are the package's own
    )

    assert (0, "") == (ran.returncode, ran.stderr), ran.stdout


def test_its_examples_pass(package: Path) -> None:
    """The test of its scorer is green; `.ci/test-scaffold` runs the others, too."""
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *("-o", "pythonpath=src", "tests/test_examples.py"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=package,
    )

    assert 0 == ran.returncode, ran.stdout
    assert "3 passed" in ran.stdout


@pytest.fixture
def importable(package: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The package as if it were installed."""
    monkeypatch.syspath_prepend(package / "src")
    yield package
    sys.modules.pop(MODULE, None)


def test_its_rubric(importable: Path) -> None:
    """It compiles, differs from the classic one, and the oracle earns everything."""
    registry = PluginRegistry((f"{MODULE}:Finished",))
    compiled = compile_rubric(load_rubric(str(importable / f"{NAME}.toml")), registry)
    classic = compile_rubric(load_rubric("classic"), registry)

    assert 0.05 == compiled.weights["finished"]
    assert compiled.digest != classic.digest
    assert NAME == compiled.name
    for case in cases():
        assert 1 == compiled.score(case, case.gold.oracle()).reward


def refused(result: Result, *parts: str) -> None:
    """One sentence that names the thing, and nothing written."""
    assert isinstance(result.exception, ConfigurationError)
    assert "" == result.stdout
    for part in parts:
        assert part in str(result.exception)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "expected lower-case letters"),
        ("Acme", "expected lower-case letters"),
        ("acme_triage", "expected lower-case letters"),
        ("1acme", "expected lower-case letters"),
        ("acme-", "expected lower-case letters"),
        ("acme--triage", "expected lower-case letters"),
        ("../acme", "expected lower-case letters"),
        ("acme\n", "expected lower-case letters"),
        ("a" * 65, "at most 64"),
        ("class", "a keyword of Python"),
        ("queue", "standard library"),
        ("support-queue-env", "is installed already"),
        ("attrs", "is installed already"),
        ("built-in", "a built-in plugin"),
        ("keyword-coverage", "a built-in plugin"),
        ("label", "a built-in plugin"),
        *((name, "a built-in rubric") for name in BUILT_IN),
        ("tests", "a meaning of its own"),
    ],
)
def test_names_that_would_not_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, said: str
) -> None:
    """They are refused with the reason, before anything is written."""
    monkeypatch.chdir(tmp_path)

    refused(write("--", name), said)
    assert set() == files(tmp_path)


def test_a_folder_that_is_not_empty(tmp_path: Path) -> None:
    """It is left as it was."""
    (tmp_path / "README.md").write_text("mine", encoding="utf-8")

    refused(write(NAME, "--directory", tmp_path), repr(str(tmp_path)), "not empty")
    assert {"README.md"} == files(tmp_path)
    assert "mine" == (tmp_path / "README.md").read_text(encoding="utf-8")


def test_an_empty_folder(tmp_path: Path) -> None:
    """It is used."""
    assert 0 == write(NAME, "--directory", tmp_path).exit_code
    assert WRITTEN == files(tmp_path)


def test_a_name_that_is_installed(importable: Path, tmp_path: Path) -> None:
    """Two modules of one name would hide each other."""
    refused(write(NAME, "--directory", tmp_path), f"{MODULE!r} is installed already")


def test_a_name_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time the folder is in the way, not the module in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    write(NAME)

    refused(write(NAME), "not empty")


def test_a_folder_with_blanks(tmp_path: Path) -> None:
    """What to type next works in a shell."""
    result = write(NAME, "--directory", tmp_path / "my plugins" / "first")

    assert f"cd '{tmp_path}/my plugins/first' &&" in result.stderr


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_file_in_the_way(tmp_path: Path, place: str) -> None:
    """It is named, and kept."""
    (tmp_path / "file").write_text("mine", encoding="utf-8")

    refused(write(NAME, "--directory", tmp_path / place), f"{tmp_path}/{place}")
    assert "mine" == (tmp_path / "file").read_text(encoding="utf-8")


def test_templates_know_every_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt name in a template is an error, not an empty place in a package."""
    given: dict[str, Any] = {"README.md.jinja": "{nmae}"}
    monkeypatch.setattr(plugins_new, "FILES", given)
    with pytest.raises(KeyError):
        plugins_new._rendered(NAME)
