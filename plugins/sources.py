"""Fingerprints of source code, so that a digest notices what a version forgot."""

import hashlib
import sys
from functools import cache
from pathlib import Path


@cache
def _file_hash(path: str) -> str | None:
    try:
        content = Path(path).read_bytes()
    except OSError:
        return None
    # As a checkout on another system would have it.
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()[:16]


def source_hash(cls: type) -> str | None:
    """Of the file that defines a class, 16 hexadecimal digits; None without a file."""
    file = _file_of(cls.__module__)
    return _file_hash(str(file)) if file else None


def package_hash(module: str) -> str | None:
    """SHA-256 of every Python file of the top-level package that `module` is part of.

    None where there are no files, as for code typed at a prompt.
    """
    top = _file_of(module.partition(".")[0])
    if top is None:
        return None
    root = top.parent
    return folder_hash(root) if top.name == "__init__.py" else _hash_of(root, [top])


def folder_hash(*folders: Path) -> str:
    """SHA-256 of every Python file below the folders, by relative path."""
    files = [file for folder in folders for file in sorted(folder.rglob("*.py"))]
    return _hash_of(folders[0].parent, files)


def _hash_of(root: Path, files: list[Path]) -> str:
    total = hashlib.sha256()
    for file in files:
        name = file.relative_to(root).as_posix()
        total.update(f"{name} {_file_hash(str(file))}\n".encode())
    return total.hexdigest()


def _file_of(module: str) -> Path | None:
    file = getattr(sys.modules.get(module), "__file__", None)
    path = Path(file) if isinstance(file, str) else None
    return path if path is not None and path.suffix == ".py" else None
