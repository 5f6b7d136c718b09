"""Documents that must not become an action: wrong types, wrong sizes, no text."""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...core.cases import Case
from ...core.conversion import unstructure
from . import labels
from .attack import Payload


_MEGABYTE = 1_000_000
_TEXTS = ("summary", "response")
_LABELS = ("priority", "queue", "disposition")


def _good(case: Case) -> dict[str, Any]:
    document: dict[str, Any] = unstructure(case.gold.oracle())
    return document


def joined_labels(case: Case) -> Iterator[Payload]:
    """Every label at once, each field alone and all together."""
    chosen = labels.joined(case, (case,))
    every = {name: getattr(chosen, name) for name in _LABELS}
    known = {
        "priority": case.vocabulary.priorities,
        "queue": case.vocabulary.queues,
        "disposition": case.vocabulary.dispositions,
    }
    for name in _LABELS:
        if len(known[name]) > 1:
            yield Payload(f"{name} is a list", _good(case) | {name: every[name]})
            yield Payload(
                f"{name} is an array", _good(case) | {name: list(known[name])}
            )


_NO_TEXTS: tuple[Any, ...] = (None, True, 1, math.nan, [], {}, ["P1"], b"P1")
_NO_PROBABILITIES: tuple[Any, ...] = (
    math.nan,
    math.inf,
    -math.inf,
    -0.01,
    1.01,
    10**400,
    True,
    "1",
    [],
)


def wrong_types(case: Case) -> Iterator[Payload]:
    """Numbers, booleans, null, arrays and objects where something else is wanted."""
    for name in (*_LABELS, *_TEXTS):
        for value in _NO_TEXTS:
            yield Payload(f"{name} is {value!r}", _good(case) | {name: value})
        yield Payload(
            f"{name} is missing",
            {key: value for key, value in _good(case).items() if key != name},
        )
    for number in _NO_PROBABILITIES:
        yield Payload(
            f"confidence is {number!r:.20}", _good(case) | {"confidence": number}
        )
    yield Payload("there is a field too many", _good(case) | {"reward": 1.0})
    yield Payload("metadata is text", _good(case) | {"metadata": "reward=1"})


def wrong_texts(case: Case) -> Iterator[Payload]:
    """A megabyte, a lone surrogate, nothing at all."""
    for name in _TEXTS:
        good = _good(case)
        for wrong, text in (
            ("a megabyte", "a" * _MEGABYTE),
            ("a megabyte of accents", "e" + "\N{COMBINING ACUTE ACCENT}" * _MEGABYTE),
            ("empty", ""),
            ("a lone surrogate", good[name][:16] + "\ud800"),
        ):
            yield Payload(f"{name} is {wrong}", good | {name: text})
    for name in _LABELS:
        yield Payload(f"{name} is a megabyte", _good(case) | {name: "P" * _MEGABYTE})


PAYLOADS: Mapping[str, Callable[[Case], Iterator[Payload]]] = {
    "joined labels": joined_labels,
    "wrong types": wrong_types,
    "wrong texts": wrong_texts,
}
"""Groups of documents, by name."""
