"""Plain values to our classes and back: one converter, every fault at once.

The converter is strict where a silent guess would hide a caller's mistake: no
unknown keys, no text for numbers, no booleans for numbers, no NaN.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from cattrs import Converter
from cattrs.errors import (
    ClassValidationError,
    ForbiddenExtraKeysError,
    IterableValidationError,
)

from ..constraints import check_for, limits
from .errors import Fault, InvalidInput, shown


T = TypeVar("T")
Path = tuple[str | int, ...]


class RuleBroken(Exception):
    """Raised by structure hooks; becomes a `Fault` with the path added."""

    def __init__(self, type_: str, message: str) -> None:
        self.type = type_
        super().__init__(message)


def make_converter() -> Converter:
    """A converter with this project's rules; extend a copy, never the shared one."""
    converter = Converter(forbid_extra_keys=True, detailed_validation=True)
    converter.register_structure_hook(str, _text)
    converter.register_structure_hook(int, _integer)
    converter.register_structure_hook(float, _number)
    converter.register_structure_hook(bool, _boolean)
    converter.register_structure_hook_factory(_is_literal, _literal_hook)
    converter.register_structure_hook_factory(
        _is_mapping, lambda t: _mapping_hook(t, converter)
    )
    converter.register_structure_hook_factory(
        _is_tuple_of_one_kind, lambda t: _tuple_hook(t, converter)
    )
    converter.register_structure_hook_factory(
        _is_limited, lambda t: _limited_hook(t, converter)
    )
    return converter


def structure(
    value: object, cls: type[T], subject: str, using: Converter | None = None
) -> T:
    """`value` as an instance of `cls`.

    Raises:
        InvalidInput: with one fault per broken rule, each with its path.
    """
    require_object(value, subject)
    try:
        return (using or converter).structure(value, cls)
    except Exception as error:  # noqa: BLE001 - cattrs raises groups of any kind
        raise InvalidInput(subject, faults_of(error)) from None


def unstructure(value: object) -> Any:
    """Plain values (dict, list, str, float, …) that hold what `value` holds."""
    return converter.unstructure(value)


def faults_of(error: BaseException, path: Path = ()) -> list[Fault]:
    """What a cattrs error says, flattened: one fault per broken rule."""
    return list(_walk(error, path))


def _walk(error: BaseException, path: Path) -> Iterator[Fault]:
    if isinstance(error, ClassValidationError):
        named, rest = error.group_exceptions()
        for inner, note in named:
            yield from _walk(inner, (*path, note.name))
    elif isinstance(error, IterableValidationError):
        indexed, rest = error.group_exceptions()
        for inner, item_note in indexed:
            yield from _walk(inner, (*path, item_note.index))
    else:
        yield from _leaf(error, path)
        return
    for inner in rest:
        yield from _walk(inner, path)


def _leaf(error: BaseException, path: Path) -> Iterator[Fault]:
    match error:
        case RuleBroken():
            yield Fault(path, error.type, str(error))
        case ForbiddenExtraKeysError():
            for key in sorted(map(str, error.extra_fields)):
                yield Fault((*path, shown(key)), "extra_forbidden", "unknown key")
        case KeyError():
            yield Fault(path, "missing", "required field missing")
        case _:
            # A validator of the class itself (`__attrs_post_init__` and the like).
            yield Fault(path, "value_error", str(error) or type(error).__name__)


def require_object(value: object, subject: str) -> None:
    """Raise `InvalidInput` unless `value` is a mapping."""
    if not isinstance(value, Mapping):
        fault = Fault((), "model_attributes_type", "expected an object")
        raise InvalidInput(subject, [fault])


def _text(value: object, _: object) -> str:
    if isinstance(value, str):
        return value
    raise RuleBroken("string_type", f"expected text, found {kind_of(value)}")


def _integer(value: object, _: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise RuleBroken("int_type", f"expected a whole number, found {kind_of(value)}")


def _number(value: object, _: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            raise RuleBroken("finite_number", "expected a finite number") from None
    raise RuleBroken("float_type", f"expected a number, found {kind_of(value)}")


def _boolean(value: object, _: object) -> bool:
    if isinstance(value, bool):
        return value
    raise RuleBroken("bool_type", f"expected true or false, found {kind_of(value)}")


def kind_of(value: object) -> str:
    """What a value is, in the words of a document's author."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int():
            return "a whole number"
        case float() | Decimal():
            return "a number"
        case str():
            return "text"
        case Mapping():
            return "an object"
        case list() | tuple():
            return "an array"
        case _:
            return type(value).__name__


def _is_literal(annotation: object) -> bool:
    return get_origin(annotation) is Literal


def _literal_hook(annotation: Any) -> Callable[[object, object], Any]:
    return choice_hook(get_args(annotation))


def choice_hook(choices: tuple[Any, ...]) -> Callable[[object, object], Any]:
    """A structure hook that accepts exactly the texts or integers in `choices`."""
    listed = ", ".join(map(str, choices))
    expected = f"expected one of {listed}" if len(choices) > 1 else f"expected {listed}"
    known = frozenset(choices)

    def choose(value: object, _: object) -> object:
        is_scalar = isinstance(value, str | int) and not isinstance(value, bool)
        if is_scalar and value in known:
            return value
        raise RuleBroken("enum", expected)

    return choose


def _is_mapping(annotation: object) -> bool:
    origin: object = get_origin(annotation)
    return origin is Mapping


def _mapping_hook(
    annotation: Any, converter: Converter
) -> Callable[[object, object], Any]:
    key_type, value_type = get_args(annotation)
    inner = dict[key_type, value_type]  # type: ignore[valid-type]  # run-time type

    def read(value: object, _: object) -> Any:
        if not isinstance(value, Mapping):
            raise RuleBroken("dict_type", f"expected an object, found {kind_of(value)}")
        if value_type is Any:
            return dict(value)
        return converter.structure(value, inner)

    return read


def _is_tuple_of_one_kind(annotation: object) -> bool:
    return get_origin(annotation) is tuple and get_args(annotation)[-1:] == (...,)


def _tuple_hook(
    annotation: Any, converter: Converter
) -> Callable[[object, object], Any]:
    (item_type, _) = get_args(annotation)
    inner: Any = list[item_type]  # type: ignore[valid-type]  # run-time type

    def read(value: object, _: object) -> Any:
        if not isinstance(value, list | tuple):
            raise RuleBroken("list_type", f"expected an array, found {kind_of(value)}")
        return tuple(converter.structure(value, inner))

    return read


def _is_limited(annotation: object) -> bool:
    return get_origin(annotation) is Annotated and limits(annotation) is not None


def _limited_hook(
    annotation: Any, converter: Converter
) -> Callable[[object, object], Any]:
    base = get_args(annotation)[0]
    meta = limits(annotation)
    check = check_for(meta) if meta else None
    read_base = converter.get_structure_hook(base)
    optional = get_origin(base) in (Union, UnionType) and NoneType in get_args(base)

    def read(value: object, _: object) -> Any:
        if value is None and optional:
            return None
        structured = read_base(value, base)
        if check and (broken := check(structured)):
            raise RuleBroken(broken.type, broken.message)
        return structured

    return read


converter = make_converter()
"""The converter of the wire."""
