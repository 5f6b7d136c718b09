"""JSON text to plain values and back, stricter than the standard library.

Refused beyond bad syntax: duplicate keys (which one is meant?), NaN and infinities
(JSON has none), integers past the interpreter's digit limit, lone surrogates (no UTF-8 for them)
and nesting deeper than `MAX_DEPTH`.
"""

import json
import math
from collections.abc import Iterator
from typing import Any, NoReturn

import msgspec

from .errors import Fault, InvalidInput, NotJSON


MAX_DEPTH = 32
"""Levels of arrays and objects that a document may nest."""

encode_document = msgspec.json.Encoder().encode
"""Plain values to compact UTF-8 JSON; keys keep their order."""


def decode_document(text: str | bytes, subject: str = "document") -> Any:
    """The value that `text` holds.

    Raises:
        NotJSON: the text is not JSON (or, given bytes, not UTF-8).
        InvalidInput: it is JSON that breaks a rule of this module.
    """
    try:
        decoded = text if isinstance(text, str) else text.decode()
        value = json.loads(
            decoded,
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
    except json.JSONDecodeError as error:
        raise NotJSON(subject, error.msg, error.pos) from None
    except UnicodeDecodeError as error:
        raise NotJSON(subject, "the bytes are not UTF-8", error.start) from None
    except RecursionError:
        raise InvalidInput(subject, [_too_deep()]) from None
    except _Refused as broken:
        raise InvalidInput(subject, [broken.fault]) from None
    except ValueError:  # an integer past the interpreter's digit limit
        fault = Fault((), "number_too_long", "expected a number of sane length")
        raise InvalidInput(subject, [fault]) from None
    if _worth_walking(decoded) and (
        fault_found := next(_structural_faults(value, (), 1), None)
    ):
        raise InvalidInput(subject, [fault_found])
    return value


class _Refused(Exception):
    def __init__(self, fault: Fault) -> None:
        self.fault = fault


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise _Refused(Fault((), "duplicate_key", "an object repeats a key"))
    return result


def _refuse_constant(_: str) -> NoReturn:
    raise _Refused(Fault((), "finite_number", "NaN and Infinity are not JSON"))


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _Refused(Fault((), "finite_number", "a number is too large for a float"))
    return number


def _worth_walking(text: str) -> bool:
    """Whether depth or surrogates are possible at all; true for few messages."""
    return (
        text.count("[") + text.count("{") > MAX_DEPTH
        or "\\u" in text
        or not text.isascii()
    )


def _structural_faults(
    value: object, path: tuple[str | int, ...], depth: int
) -> Iterator[Fault]:
    if isinstance(value, str):
        if not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
            yield Fault(path, "string_unicode", "expected text, found a lone surrogate")
        return
    if not isinstance(value, dict | list):
        return
    if depth > MAX_DEPTH:
        yield _too_deep()
        return
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        if isinstance(key, str):
            yield from _structural_faults(key, path, depth)
        yield from _structural_faults(item, (*path, key), depth + 1)


def _too_deep() -> Fault:
    return Fault((), "nesting", f"expected at most {MAX_DEPTH} levels of nesting")
