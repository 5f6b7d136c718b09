"""A scorer's parameters: named, written down, read again, told apart by the digest."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
from attrs import evolve

from ..core.conversion import faults_of
from ..core.errors import listed, said
from ..rubrics.conversion import rubric_converter
from .candidates import annotations, candidates
from .engine import registered
from .findings import Broken
from .subject import Subject


_ASKED = 40
_VARIANTS = 4


def is_a_scorer(cls: type) -> None:
    """P0: a plugin may offer the class, and a version is a version.

    Raises:
        Broken: P0, with all that is wrong.
    """
    version = registered(cls).version
    if version < 1:
        raise Broken("P0", f"its class variable `version` is {version}")


def built(cls: type, parameters: Mapping[str, Any]) -> Any:
    """The scorer that a rubric with these parameters would build.

    Raises:
        Broken: P0, saying which parameter is wrong.
    """
    try:
        return rubric_converter.structure(dict(parameters), cls)
    except Exception as error:  # noqa: BLE001 - cattrs raises groups of any kind
        problem = listed(faults_of(error))
        raise Broken("P0", f"it cannot be built: {problem}", told(parameters)) from None


def told(parameters: Mapping[str, Any]) -> str:
    """Parameters in one line."""
    return ", ".join(f"{k}={v!r:.40}" for k, v in parameters.items()) or "no parameters"


def survives_writing(subject: Subject) -> None:
    """P15: its parameters as JSON give the same parameters again, every time."""
    text = written(subject.scorer)
    again = read(subject.cls, json.loads(text))
    if written(again) != text:
        sentence = f"read again its parameters are {written(again):.80}"
        raise Broken("P15", sentence, text[:200])
    few = {name: subject.parameters[name] for name in _required(subject.cls)}
    once, twice = (written(read(subject.cls, few)) for _ in range(2))
    if once != twice:
        sentence = f"built twice its defaults differ: {once:.60} and {twice:.60}"
        raise Broken("P15", sentence, told(few))


def written(scorer: Any) -> str:
    """Its complete parameters as JSON.

    Raises:
        Broken: P15, when they have no such form.
    """
    parameters: Any = f"{scorer!r:.80}"
    try:
        parameters = rubric_converter.unstructure(scorer)
        return json.dumps(parameters, sort_keys=True, allow_nan=False)
    except Exception as error:  # noqa: BLE001 - a parameter may be anything
        sentence = f"its parameters have no JSON form: {said(error)}"
        raise Broken("P15", sentence, _without_form(parameters)) from None


def _without_form(parameters: Any) -> str:
    """Those that JSON cannot hold, in one line."""
    if not isinstance(parameters, Mapping):
        return str(parameters)
    return told({k: v for k, v in parameters.items() if not _has_form(v)})


def _has_form(value: Any) -> bool:
    try:
        json.dumps(value, sort_keys=True, allow_nan=False)
    except Exception:  # noqa: BLE001 - a parameter may be anything
        return False
    return True


def read(cls: type, parameters: Mapping[str, Any]) -> Any:
    """An instance built from what another one wrote.

    Raises:
        Broken: P15, when it refuses them.
    """
    try:
        return rubric_converter.structure(dict(parameters), cls)
    except Exception as error:  # noqa: BLE001 - cattrs raises groups of any kind
        problem = listed(faults_of(error))
        sentence = f"its own parameters are refused: {problem}"
        raise Broken("P15", sentence, told(parameters)) from None


def _required(cls: type) -> Iterator[str]:
    for attribute in attrs.fields(cls):
        if attribute.init and attribute.default is attrs.NOTHING:
            yield attribute.name


def is_told_apart(subject: Subject) -> None:
    """P16: equal digests mean equal scores, other parameters mean another digest."""
    text = written(subject.scorer)
    digest = subject.compiled().digest
    same = read(subject.cls, json.loads(text))
    _scores_alike(subject, same, "an instance built from its parameters", text)
    for name, value in _variants(subject):
        changed = {**subject.parameters, name: value}
        try:
            other = rubric_converter.structure(changed, subject.cls)
        except Exception:  # noqa: BLE001, S112 - it may refuse what we made up
            continue
        if evolve(subject, scorer=other).compiled().digest == digest:
            what = f"with `{name}` = {value!r:.40}, under the same digest, it"
            _scores_alike(subject, other, what, text)


def _variants(subject: Subject) -> Iterator[tuple[str, Any]]:
    """Other values for each of its parameters."""
    now = subject.parameters
    for name, annotation in annotations(subject.cls).items():
        others = [value for value in candidates(annotation) if value != now[name]]
        yield from ((name, value) for value in others[:_VARIANTS])


def _scores_alike(subject: Subject, other: Any, what: str, text: str) -> None:
    if not subject.claims.compared:
        return
    for question in subject.copies(_ASKED):
        here, there = subject.ask(question), subject.ask(question, other)
        if here != there:
            sentence = (
                f"{what} scores otherwise, although the parameters are {text:.80}"
            )
            raise Broken("P16", sentence, str(question))
