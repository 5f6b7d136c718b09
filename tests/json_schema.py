"""As much of JSON Schema as the published schemas use, and no more.

A keyword that is not known here is an error, so nothing goes unchecked unseen.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any


Schema = Mapping[str, Any]

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "null": (type(None),),
    "integer": (int,),
    "number": (int, float),
}
_NOTES = {"$schema", "$defs", "title", "description", "default"}


def breaches(value: Any, schema: Schema, root: Schema, at: str = "$") -> list[str]:
    """Where and how `value` breaks `schema`; references are resolved in `root`."""
    found = []
    for keyword, rule in schema.items():
        if keyword not in _NOTES:
            found += list(_RULES[keyword](value, rule, schema, root, at))
    return found


Rule = Callable[[Any, Any, Schema, Schema, str], Iterator[str]]


def _reference(
    value: Any, rule: Any, schema: Schema, root: Schema, at: str
) -> Iterator[str]:
    target: Any = root
    assert rule.startswith("#/"), f"{rule} is not local"
    for part in rule[2:].split("/"):
        target = target[part]
    yield from breaches(value, target, root, at)


def _type(
    value: Any, rule: Any, schema: Schema, root: Schema, at: str
) -> Iterator[str]:
    is_number_but_bool = isinstance(value, bool) and rule in {"integer", "number"}
    if not isinstance(value, _TYPES[rule]) or is_number_but_bool:
        yield f"{at} is no {rule}"


def _any_of(
    value: Any, rule: Any, schema: Schema, root: Schema, at: str
) -> Iterator[str]:
    if all(breaches(value, choice, root, at) for choice in rule):
        yield f"{at} fits no choice"


def _enum(
    value: Any, rule: Any, schema: Schema, root: Schema, at: str
) -> Iterator[str]:
    if value not in rule:
        yield f"{at} is none of {rule}"


def _properties(
    value: Any, rule: Any, schema: Schema, root: Schema, at: str
) -> Iterator[str]:
    if isinstance(value, dict):
        for name in value.keys() & rule.keys():
            yield from breaches(value[name], rule[name], root, f"{at}.{name}")


def _required(
    value: Any, rule: Any, schema: Schema, root: Schema, at: str
) -> Iterator[str]:
    if isinstance(value, dict):
        for name in set(rule) - value.keys():
            yield f"{at}.{name} is missing"


def _additional(
    value: Any, rule: Any, schema: Schema, root: Schema, at: str
) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    for name in value.keys() - schema.get("properties", {}).keys():
        if rule is False:
            yield f"{at}.{name} is not declared"
        elif rule is not True:
            yield from breaches(value[name], rule, root, f"{at}.{name}")


def _items(
    value: Any, rule: Any, schema: Schema, root: Schema, at: str
) -> Iterator[str]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from breaches(item, rule, root, f"{at}[{index}]")


def _pattern(
    value: Any, rule: Any, schema: Schema, root: Schema, at: str
) -> Iterator[str]:
    if isinstance(value, str) and not re.search(rule, value):
        yield f"{at} does not match {rule}"


def _length(smallest: bool) -> Rule:
    def check(
        value: Any, rule: Any, schema: Schema, root: Schema, at: str
    ) -> Iterator[str]:
        if isinstance(value, str) and (
            len(value) < rule if smallest else len(value) > rule
        ):
            yield f"{at} has {len(value)} characters, not {rule}"

    return check


def _bound(lowest: bool) -> Rule:
    def check(
        value: Any, rule: Any, schema: Schema, root: Schema, at: str
    ) -> Iterator[str]:
        if isinstance(value, int | float) and (
            value < rule if lowest else value > rule
        ):
            yield f"{at} is {value}, the bound {rule}"

    return check


_RULES: Mapping[str, Rule] = {
    "$ref": _reference,
    "type": _type,
    "anyOf": _any_of,
    "enum": _enum,
    "properties": _properties,
    "required": _required,
    "additionalProperties": _additional,
    "items": _items,
    "minLength": _length(smallest=True),
    "maxLength": _length(smallest=False),
    "pattern": _pattern,
    "minimum": _bound(lowest=True),
    "maximum": _bound(lowest=False),
}
