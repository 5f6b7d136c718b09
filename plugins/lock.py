"""Lock files: what a rubric was made of, so that drift is noticed before it trains.

A lock file is JSON beside the rubric's file: `mine.toml` has `mine.lock`, the built-in
`classic` has `classic.lock` in the current folder.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from attrs import field, frozen

from ..core.conversion import structure, unstructure
from ..core.documents import decode_document
from ..core.errors import InvalidInput, RubricError, listed
from ..core.files import FileKind, is_path
from .compiled import CompiledRubric
from .offers import Origin
from .registry import OPTION
from .sources import folder_hash, package_hash


_FILE = FileKind("lock file", RubricError)
_PACKAGE = Path(__file__).parent.parent


@frozen(kw_only=True)
class LockedPlugin:
    """A plugin: who distributes it, and SHA-256 over the Python files of its package."""

    distribution: str
    version: str
    sha256: str | None


@frozen(kw_only=True)
class LockedScorer:
    """The scorer of a component with its complete parameters."""

    plugin: str
    scorer: str
    version: int
    source: str | None
    parameters: Mapping[str, Any] = field(factory=dict)


@frozen(kw_only=True)
class Lock:
    """A whole lock file."""

    schema: Literal[1] = 1
    rubric: str
    rubric_version: str
    digest: str
    signature: str
    plugins: Mapping[str, LockedPlugin]
    scorers: Mapping[str, LockedScorer]


def lock_of(compiled: CompiledRubric) -> Lock:
    """What a compiled rubric is made of now."""
    origins = {offer.origin.plugin: offer.origin for offer in compiled.active}
    modules = {
        offer.origin.plugin: _module(offer.plugin)
        for offer in compiled.active
        if offer.plugin is not None
    }
    for built in compiled.scorers.values():
        name = built.registered.origin.plugin
        origins[name] = built.registered.origin
        modules.setdefault(name, built.registered.cls.__module__)
    return Lock(
        rubric=compiled.name,
        rubric_version=compiled.rubric.version,
        digest=compiled.digest,
        signature=compiled.signature,
        plugins={
            name: _locked(origins[name], modules.get(name, ""))
            for name in sorted(origins)
        },
        scorers={
            path: LockedScorer(
                plugin=built.registered.origin.plugin,
                scorer=built.registered.id,
                version=built.registered.version,
                source=built.registered.source,
                parameters=built.identity["parameters"],
            )
            for path, built in sorted(compiled.scorers.items())
        },
    )


def _locked(origin: Origin, module: str) -> LockedPlugin:
    # Ours is the whole package, of which only this can change a reward.
    own = folder_hash(_PACKAGE / "plugins", _PACKAGE / "rubrics", _PACKAGE / "core")
    return LockedPlugin(
        distribution=origin.distribution or OPTION,
        version=origin.version,
        sha256=own if origin.trusted else package_hash(module),
    )


def _module(plugin: object) -> str:
    named = getattr(plugin, "__name__", None)
    return named if isinstance(named, str) else type(plugin).__module__


def lock_path(reference: str) -> Path:
    """Where the lock file of a rubric is: a built-in's name, or a path."""
    if is_path(reference):
        return Path(reference).with_suffix(".lock")
    return Path(f"{reference}.lock")


def lock_text(lock: Lock) -> str:
    """The lock as a file's text."""
    return json.dumps(unstructure(lock), indent=2, sort_keys=True) + "\n"


def read_lock(path: Path) -> Lock:
    """The lock in a file.

    Raises:
        RubricError: it cannot be read or is no lock file; says why.
    """
    text = _FILE.read(str(path))
    try:
        return structure(decode_document(text, "lock file"), Lock, "lock file")
    except InvalidInput as error:
        _FILE.fail(str(path), listed(error.faults), error)


def require_locked(compiled: CompiledRubric, path: Path) -> None:
    """Refuse a rubric that is not what its lock file says.

    Raises:
        RubricError: naming everything that moved.
    """
    moved = list(drift(read_lock(path), lock_of(compiled)))
    if moved:
        raise RubricError(
            f"rubric {compiled.name!r} is not as locked in {str(path)!r}: "
            f"{listed(moved)}; `support-queue rubrics lock` accepts what is there now"
        )


def drift(locked: Lock, found: Lock) -> Iterator[str]:
    """What moved between two locks, one phrase each."""
    yield from _changed("rubric", locked.rubric, found.rubric)
    yield from _changed("version", locked.rubric_version, found.rubric_version)
    yield from _drift("plugin", locked.plugins, found.plugins)
    yield from _drift("component", locked.scorers, found.scorers)
    # Weights, caps and nesting stand in the rubric's file, not in the lock.
    yield from _changed("digest", locked.digest, found.digest)


def _drift(
    kind: str, locked: Mapping[str, Any], found: Mapping[str, Any]
) -> Iterator[str]:
    for name in sorted({*locked, *found}):
        what = f"{kind} {name!r}"
        if name not in found:
            yield f"{what} is gone"
        elif name not in locked:
            yield f"{what} is new"
        else:
            before, now = unstructure(locked[name]), unstructure(found[name])
            for key in before:
                yield from _changed(f"{what}: {key}", before[key], now[key])


def _changed(what: str, before: object, now: object) -> Iterator[str]:
    if before != now:
        yield f"{what} was {_short(before)}, is {_short(now)}"


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return f"{text[:77]}..." if len(text) > 80 else text or "(none)"
