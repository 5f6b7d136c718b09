"""Limits on values, written once in the annotation.

A field says `Annotated[str, Meta(min_length=8, max_length=280)]`. From that one
place come the check at construction, the faults that conversion reports, and the
JSON Schema on the wire.
"""

import math
import re
import sys
from collections.abc import Callable
from functools import partial
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from attrs import Attribute, frozen
from msgspec import Meta


NOT_BLANK = r"\S"
ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f]+$"

_PATTERNS = {
    NOT_BLANK: "expected text that is not blank",
    ONE_LINE: "expected text without control characters",
}
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
    if get_origin(annotation) in (Union, UnionType):
        for part in get_args(annotation):
            if get_origin(part) is Annotated:
                return limits(part)
    return None


Check = Callable[[object], Violation | None]
"""What finds the first limit that a value breaks, or None."""


def check_for(meta: Meta) -> Check | None:
    """The check of `meta`'s limits; None when it has none.

    A limit on length or pattern is one on text, a limit on size one on a number.
    """
    if any(x is not None for x in (meta.min_length, meta.max_length, meta.pattern)):
        return _text_check(meta)
    if any(x is not None for x in (meta.gt, meta.ge, meta.le)):
        return partial(_number_violation, meta)
    return None


def _text_check(meta: Meta) -> Check:
    """`_text_violation`, which is asked only where a glance does not tell."""
    look = partial(_text_violation, meta)
    if meta.pattern is not None:
        return look
    least = meta.min_length or 0
    most = sys.maxsize if meta.max_length is None else meta.max_length

    def check(value: object) -> Violation | None:
        if type(value) is str and least <= len(value) <= most and value.isascii():
            return None
        return look(value)

    return check


def _text_violation(meta: Meta, value: object) -> Violation | None:
    if not isinstance(value, str):
        return Violation("string_type", "expected text")
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
    if meta.pattern is not None and not _matches(meta.pattern, value):
        return Violation("string_pattern_mismatch", _PATTERNS[meta.pattern])
    if not value.isascii() and not _encodable(value):
        return Violation("string_unicode", "expected Unicode text, found a surrogate")
    return None


def _matches(pattern: str, value: str) -> bool:
    """As JSON Schema means it: `$` is the end, and not a newline before it."""
    match = re.fullmatch if pattern.startswith("^") else re.search
    return match(pattern, value) is not None


def _encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _number_violation(meta: Meta, value: object) -> Violation | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Violation("number_type", "expected a number")
    if value != value or value in (math.inf, -math.inf):  # noqa: PLR0124 - NaN
        return Violation("finite_number", "expected a finite number")
    if meta.gt is not None and value <= meta.gt:
        return Violation("greater_than", f"expected more than {meta.gt:g}")
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
    if get_origin(field.type) is Literal:
        return field.evolve(validator=_choice_validator(owner, get_args(field.type)))
    meta = limits(field.type)
    check = check_for(meta) if meta else None
    if check is None:
        return field
    optional = NoneType in get_args(field.type)
    return field.evolve(validator=_validator(owner, check, optional=optional))


def _choice_validator(
    owner: str, choices: tuple[object, ...]
) -> Callable[[object, "Attribute[Any]", object], None]:
    listed = ", ".join(map(str, choices))

    def validate(_: object, attribute: "Attribute[Any]", value: object) -> None:
        if value not in choices:
            raise ValueError(f"{owner}.{attribute.name}: expected one of {listed}")

    return validate


def _validator(
    owner: str, check: Check, *, optional: bool
) -> Callable[[object, "Attribute[Any]", object], None]:
    def validate(_: object, attribute: "Attribute[Any]", value: object) -> None:
        if value is None and optional:
            return
        if broken := check(value):
            raise ValueError(f"{owner}.{attribute.name}: {broken.message}")

    return validate
