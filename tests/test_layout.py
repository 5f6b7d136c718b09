"""The repository root is the package: guards against what that makes easy to break."""

import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

import support_queue_env


ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SETUPTOOLS = PROJECT["tool"]["setuptools"]
NOT_PACKAGED = {
    "tests",
    "docs",
    "benchmarks",
    "examples",
    "validation",
    "build",
    "dist",
}


def folders_with_code() -> set[str]:
    """Every folder of the checkout that holds Python files, as a dotted name."""
    return {
        ".".join(path.parent.relative_to(ROOT).parts)
        for path in ROOT.rglob("*.py")
        if not any(
            part in NOT_PACKAGED or part.startswith(".")
            for part in path.relative_to(ROOT).parts
        )
    } - {""}


def test_every_folder_with_code_is_in_the_wheel() -> None:
    """A sub-package that pyproject.toml forgets would work here and be missing there."""
    listed = {
        name.removeprefix("support_queue_env.") for name in SETUPTOOLS["packages"]
    }

    assert folders_with_code() | {"support_queue_env"} == listed


def test_packages_are_mapped_to_their_folders() -> None:
    """Each listed package has its line in package-dir."""
    mapped = SETUPTOOLS["package-dir"]

    assert set(SETUPTOOLS["packages"]) == set(mapped)
    assert all(
        name.removeprefix("support_queue_env.").replace(".", "/") == folder
        for name, folder in mapped.items()
        if folder != "."
    )


def test_no_source_file_is_loaded_twice() -> None:
    """No module of the package is imported under a second name."""
    files: dict[str, set[str]] = {}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        path = Path(file) if file else None
        if path and path.is_relative_to(ROOT) and ".venv" not in path.parts:
            files.setdefault(str(path), set()).add(name)

    assert {} == {f: names for f, names in files.items() if len(names) > 1}


@pytest.mark.parametrize("name", ["core", "plugins", "rubrics", "server", "models"])
def test_bare_names_are_not_importable_elsewhere(name: str, tmp_path: Path) -> None:
    """Outside the checkout, only `support_queue_env` exists."""
    script = f"import importlib.util as u; print(u.find_spec({name!r}))"
    ran = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )

    assert ran.stdout.strip() == "None"


def test_importing_the_package_imports_little() -> None:
    """The root resolves its names on first use: no web, no plugin, no model client."""
    heavy = ("litestar", "uvicorn", "openai", "pydantic", "pluggy", "jinja2")
    script = f"import sys, support_queue_env as s; print([m for m in {heavy} if m in sys.modules])"
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert ran.stdout.strip() == "[]"


def test_the_public_surface_is_what_it_says() -> None:
    """Every name in `__all__` resolves, and nothing else does."""
    for name in support_queue_env.__all__:
        assert getattr(support_queue_env, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Reward'"):
        _ = support_queue_env.Reward
    assert find_spec("support_queue_env.client") is not None


def test_versions_agree() -> None:
    """pyproject.toml, the package and the manifest say the same version."""
    manifest = (ROOT / "openenv.yaml").read_text(encoding="utf-8")

    assert support_queue_env.__version__ == PROJECT["project"]["version"]
    assert f'version: "{support_queue_env.__version__}"' in manifest


def test_the_tree_holds_no_links() -> None:
    """OpenEnv's validator refuses a tree with symbolic links outside `.venv`."""
    links = [
        path
        for path in ROOT.rglob("*")
        if path.is_symlink() and ".venv" not in path.parts
    ]

    assert [] == links
