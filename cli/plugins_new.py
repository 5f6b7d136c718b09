"""`support-queue plugins new`: a package with a scorer, complete and tested."""

import keyword
import re
import shlex
import sys
from collections.abc import Iterator, Mapping
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

import rich_click as click
from jinja2 import Environment, StrictUndefined

from .. import __version__
from ..core.errors import ConfigurationError
from ..plugins.offering import BUILT_IN, BUILT_INS
from ..rubrics.files import BUILT_IN as RUBRICS
from .output import note, say


_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST = 64
_FOLDERS = ("src", "tests", "setup", "conftest")

FILES: Mapping[str, str] = {
    "pyproject.toml.jinja": "pyproject.toml",
    "README.md.jinja": "README.md",
    "rubric.toml.jinja": "{name}.toml",
    "src/scorer.py.jinja": "src/{module}.py",
    "tests/test_conformance.py.jinja": "tests/test_conformance.py",
    "tests/test_examples.py.jinja": "tests/test_examples.py",
}
"""Each template and the file that it becomes."""


@click.command()
@click.argument("name")
@click.option(
    "--directory",
    type=click.Path(path_type=Path),
    help="Folder to write to; it must be new or empty.  [default: NAME]",
)
def new(name: str, directory: Path | None) -> None:
    """Write a package with a scorer, its tests and a rubric that uses it.

    NAME is the package's, and stands before its scorers' own in rubrics: lower-case
    letters, digits and hyphens. Nothing that exists is overwritten.
    """
    if problem := next(_problems(name), None):
        raise ConfigurationError(f"plugin name {name!r:.80}: {problem}")
    folder = Path(name) if directory is None else directory
    for path in _write(folder, _rendered(name)):
        say(path)
    there = shlex.quote(str(folder))
    note(f'\nNext:\n  cd {there} && pip install -e ".[test]"')
    note(f"  pytest\n  support-queue eval --rubric {name}.toml")


def module_of(name: str) -> str:
    """The name of the module in a package of that name."""
    return name.replace("-", "_")


def _problems(name: str) -> Iterator[str]:
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        yield (
            "expected lower-case letters, digits and single hyphens between them, "
            f"starting with a letter, at most {_LONGEST} characters"
        )
        return
    module = module_of(name)
    if keyword.iskeyword(module):
        yield f"{module!r} is a keyword of Python, so no module can be called that"
    if module in sys.stdlib_module_names:
        yield f"{module!r} is a module of Python's standard library"
    if name in {BUILT_IN, *BUILT_INS}:
        yield "it is the name of a built-in plugin"
    if name in RUBRICS:
        yield "it is the name of a built-in rubric"
    if module in _FOLDERS:
        yield f"{module!r} has a meaning of its own in a Python project"
    if _is_installed(module):
        yield f"a module {module!r} is installed already"


def _is_installed(module: str) -> bool:
    """Whether a module is there; a folder of that name in the way is none."""
    found = find_spec(module)
    return found is not None and found.origin is not None


def _rendered(name: str) -> dict[str, str]:
    """The text of every file by its path in the package."""
    templates = resources.files(__package__) / "templates" / "plugin"
    # Autoescape is for HTML; this is Python, TOML and Markdown.
    jinja = Environment(undefined=StrictUndefined, keep_trailing_newline=True)  # noqa: S701
    names = {"name": name, "module": module_of(name)}
    return {
        path.format(**names): jinja.from_string(
            (templates / template).read_text(encoding="utf-8")
        ).render(names, version=__version__)
        for template, path in FILES.items()
    }


def _write(folder: Path, files: Mapping[str, str]) -> Iterator[Path]:
    """Write the files into a new or empty folder; yields each when it is there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise ConfigurationError(
                f"folder {str(folder)!r} is not empty, and nothing is overwritten"
            )
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
            yield path
    except OSError as error:
        raise ConfigurationError(
            f"cannot write to folder {str(folder)!r}: {error.strerror}"
        ) from error
