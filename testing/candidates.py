"""Values that a parameter of a type may take, most likely ones first."""

from collections.abc import Iterator, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs

from ..rubrics.quantities import UnitQuantity


_PLAIN: Mapping[object, tuple[Any, ...]] = {
    bool: (True, False),
    int: (1, 2, 100, 0),
    float: (0.5, 1.0, 2.0, 0.0),
    str: ("response", "summary", "Is the reply polite and clear?", "queue"),
    NoneType: (None,),
}


def candidates(annotation: Any) -> Iterator[Any]:
    """Plain values, as a rubric file would hold them; none for a type unknown here."""
    origin = get_origin(annotation)
    if origin is Literal:
        yield from get_args(annotation)
    elif origin is Annotated:
        yield from candidates(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for part in get_args(annotation):
            yield from candidates(part)
    elif origin in (tuple, list, frozenset, set):
        items = list(candidates(get_args(annotation)[0]))
        yield from (items[:count] for count in (1, 2, 0))
    elif origin is not None:  # a mapping of some kind
        yield {}
    elif isinstance(annotation, type) and issubclass(annotation, UnitQuantity):
        yield from ("1/2", "1/3", "1")
    elif attrs.has(annotation):
        yield parameters_for(annotation)
    else:
        yield from _PLAIN.get(annotation, ())


def annotations(cls: type) -> dict[str, Any]:
    """The annotation of each parameter of an attrs class."""
    hints = get_type_hints(cls, include_extras=True)
    return {f.name: hints.get(f.name) for f in attrs.fields(cls) if f.init}


def parameters_for(cls: type) -> dict[str, Any]:
    """A value for each parameter that must be given, as far as one can be guessed."""
    hints = annotations(cls)
    guessed = {}
    for attribute in attrs.fields(cls):
        if attribute.init and attribute.default is attrs.NOTHING:
            for value in candidates(hints[attribute.name]):
                guessed[attribute.name] = value
                break
    return guessed
