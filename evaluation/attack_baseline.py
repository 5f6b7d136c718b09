"""Baseline files: what attacks were paid when somebody last looked, per rubric.

    schema = 1

    [rubrics.mine]
    tickets = ["E-101", "E-102"]

    [rubrics.mine.means]          # exact, as measured
    A05 = "143/180"

    [rubrics.mine.known]          # gaps that the rubric's definition has, and why
    A06 = "Coverage cannot tell a list of keywords from a reply."

    [rubrics.mine.bounds]         # in place of the suite's own requirement
    A05 = { at_most = "0.80" }

Means are renewed by `write_baseline`; `known` and `bounds` are written by hand and
kept. A mean above the stored one is a canary that rises; of a control, one below.
No digest is stored: a rubric is compared with what its name was paid before, because
a change of it is just what a canary is there for.
"""

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from importlib import resources
from pathlib import Path
from typing import Literal

from attrs import evolve, field, frozen

from ..core.errors import ConfigurationError
from ..core.files import FileKind
from ..rubrics import attacks
from ..rubrics.attacks import Attack, Requirement
from ..rubrics.attacks.suite import MustTable, Suite


_FILE = FileKind("baseline file", ConfigurationError)
_HEAD = """\
# What attacks are paid, per rubric; `docs/integrity.md` explains how to read it.
# `support-queue rubrics attack NAME --write-baseline FILE` renews the means and keeps
# what stands under `known` and `bounds`.
schema = 1
"""


@frozen(kw_only=True)
class RubricBaseline:
    """`[rubrics.NAME]`."""

    tickets: tuple[str, ...]
    means: Mapping[str, str] = field(factory=dict)
    known: Mapping[str, str] = field(factory=dict)
    bounds: Mapping[str, MustTable] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        for name, mean in self.means.items():
            try:
                number = Fraction(mean)
            except (ValueError, ZeroDivisionError):
                raise ValueError(f"mean of {name}: expected a number") from None
            if not 0 <= number <= 1:
                raise ValueError(f"mean of {name}: expected a number from 0 to 1")

    def mean_of(self, attack: str) -> Fraction | None:
        """What the attack was paid then; None when it was not measured."""
        stored = self.means.get(attack)
        return None if stored is None else Fraction(stored)


@frozen(kw_only=True)
class Baseline:
    """A whole file."""

    schema: Literal[1] = 1
    rubrics: Mapping[str, RubricBaseline] = field(factory=dict)


def load_baseline(path: str | None) -> Baseline:
    """The baseline file at `path`, or the one of the built-in rubrics.

    Raises:
        ConfigurationError: it cannot be read or breaks a rule; says which.
    """
    if path is None:
        file = resources.files(attacks) / "baseline.toml"
        return _FILE.structure(file.read_text(encoding="utf-8"), file.name, Baseline)
    return _FILE.structure(_FILE.read(path), path, Baseline)


def with_bounds(suite: Suite, stored: RubricBaseline | None) -> Suite:
    """The suite with the requirements that a rubric has of its own."""
    bounds = {n: t.requirement() for n, t in stored.bounds.items()} if stored else {}
    return evolve(
        suite,
        attacks=tuple(_bounded(attack, bounds) for attack in suite.attacks),
    )


def _bounded(attack: Attack, bounds: Mapping[str, Requirement]) -> Attack:
    return evolve(attack, must=bounds.get(attack.id, attack.must))


def write_baseline(
    path: str,
    rubric: str,
    tickets: Sequence[str],
    means: Mapping[str, Fraction],
) -> None:
    """Put a rubric's means into the file at `path`, which may not exist yet.

    Other rubrics' entries stay; so do this one's `known` and `bounds`.

    Raises:
        ConfigurationError: the file cannot be read or written, or is no baseline.
    """
    there = load_baseline(path) if Path(path).exists() else Baseline()
    old = there.rubrics.get(rubric)
    new = RubricBaseline(
        tickets=tuple(tickets),
        means={name: str(mean) for name, mean in means.items()},
        known=old.known if old else {},
        bounds=old.bounds if old else {},
    )
    rubrics = {**there.rubrics, rubric: new}
    text = _HEAD + "".join(_table(name, rubrics[name]) for name in sorted(rubrics))
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        _FILE.fail(path, (error.strerror or str(error)).lower(), error)


def _table(name: str, stored: RubricBaseline) -> str:
    head = f"rubrics.{_key(name)}"
    lines = [
        "",
        f"[{head}]",
        f"tickets = [{', '.join(map(_text, stored.tickets))}]",
    ]
    for title, rows in (
        ("means", {key: _text(value) for key, value in stored.means.items()}),
        ("known", {key: _text(value) for key, value in stored.known.items()}),
        ("bounds", {key: _must(value) for key, value in stored.bounds.items()}),
    ):
        if rows:
            lines += ["", f"[{head}.{title}]"]
            lines += [f"{_key(key)} = {value}" for key, value in rows.items()]
    return "\n".join(lines) + "\n"


def _must(table: MustTable) -> str:
    given: dict[str, str] = {
        name: _text(value)
        for name in ("at_most", "at_least", "exactly")
        if (value := getattr(table, name)) is not None
    }
    if Fraction(table.plus):
        given["plus"] = _text(table.plus)
    if table.every_ticket:
        given["every_ticket"] = "true"
    return "{ " + ", ".join(f"{key} = {value}" for key, value in given.items()) + " }"


def _text(value: str) -> str:
    """A basic string of TOML, which JSON's are, but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    bare = name.replace("-", "").replace("_", "")
    return name if bare.isascii() and bare.isalnum() else _text(name)
