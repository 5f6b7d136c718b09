"""Limits on values, written once in the annotation.

A field says `Annotated[str, Meta(min_length=8, max_length=280)]`. From that one
place come the check at construction, the faults that conversion reports, and the
JSON Schema on the wire.
"""

import math
import re
from collections.abc import Callable
from typing import Annotated, Any, get_args, get_origin

from attrs import Attribute, frozen
from msgspec import Meta


_PATTERNS = {r"\S": "expected text that is not blank"}
"""The patterns that limits use, in words."""


@frozen
class Violation:
    """A broken limit: a machine-readable type and a sentence without the value."""

    type: str
    message: str


def limits(annotation: object) -> Meta | None:
    """The `Meta` of an annotation, looking through `Annotated[...] | None`."""
    if get_origin(annotation) is Annotated:
        return next((m for m in get_args(annotation)[1:] if isinstance(m, Meta)), None)
    for part in get_args(annotation):
        if get_origin(part) is Annotated:
            return limits(part)
    return None


def violation(value: object, meta: Meta) -> Violation | None:
    """The first limit of `meta` that `value` breaks, or None."""
    if isinstance(value, str):
        return _text_violation(value, meta)
    if isinstance(value, bool):
        if meta.ge is None and meta.le is None:
            return None
        return Violation("number_type", "expected a number, found a boolean")
    if isinstance(value, int | float):
        return _number_violation(value, meta)
    return None


def _text_violation(value: str, meta: Meta) -> Violation | None:
    if meta.min_length is not None and len(value) < meta.min_length:
        return Violation(
            "string_too_short",
            f"expected at least {meta.min_length} characters, found {len(value)}",
        )
    if meta.max_length is not None and len(value) > meta.max_length:
        return Violation(
            "string_too_long",
            f"expected at most {meta.max_length} characters, found {len(value)}",
        )
    if meta.pattern is not None and not re.search(meta.pattern, value):
        return Violation("string_pattern_mismatch", _PATTERNS[meta.pattern])
    if not value.isascii() and not _encodable(value):
        return Violation("string_unicode", "expected Unicode text, found a surrogate")
    return None


def _encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _number_violation(value: float, meta: Meta) -> Violation | None:
    if value != value or value in (math.inf, -math.inf):  # noqa: PLR0124 - NaN
        return Violation("finite_number", "expected a finite number")
    if meta.ge is not None and value < meta.ge:
        return Violation("greater_than_equal", f"expected at least {meta.ge:g}")
    if meta.le is not None and value > meta.le:
        return Violation("less_than_equal", f"expected at most {meta.le:g}")
    return None


def check_limits(cls: type, fields: list["Attribute[Any]"]) -> list["Attribute[Any]"]:
    """An attrs `field_transformer`: constructing the class checks every limit.

    Raises `ValueError` at construction, naming class, field and rule.
    """
    return [_checked(cls.__name__, field) for field in fields]


def _checked(owner: str, field: "Attribute[Any]") -> "Attribute[Any]":
    meta = limits(field.type)
    if meta is None:
        return field
    return field.evolve(validator=_validator(owner, meta))


def _validator(
    owner: str, meta: Meta
) -> Callable[[object, "Attribute[Any]", object], None]:
    def validate(_: object, attribute: "Attribute[Any]", value: object) -> None:
        if broken := violation(value, meta):
            raise ValueError(f"{owner}.{attribute.name}: {broken.message}")

    return validate
