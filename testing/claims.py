"""What a scorer says of itself, and what the kit therefore holds it to."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from attrs import fields, frozen

from ..core.actions import Vocabulary
from ..core.cases import Gold
from ..models import SupportQueueAction, Ticket
from ..rubrics.quantities import exact_in_unit_interval
from .findings import Broken


PARTS: Mapping[str, type] = {
    "ticket": Ticket,
    "gold": Gold,
    "vocabulary": Vocabulary,
    "action": SupportQueueAction,
}
"""What `reads` may name, each alone or with a field: `gold`, `gold.queue`."""

PATHS = tuple(f"{part}.{f.name}" for part, cls in PARTS.items() for f in fields(cls))
"""Every field of a case and an action."""

IGNORABLE = ("case", "width", "repetition")


@frozen
class Claims:
    """Class variables of a scorer, all optional.

    pure: the same arguments give the same score, always and everywhere.
    judge: it asks a model; only a handful of calls are made, and none compared.
    reads: dotted names of all it depends on, such as `gold.queue`.
    oracle: what the right answer scores: 1 for a criterion, 0 for a penalty or gate.
    floor: the most that an empty answer scores.
    ordinal: credit for a priority falls with its distance from the right one.
    ignores: `case`, `width` and `repetition` of the action's texts.
    """

    pure: bool = True
    judge: bool = False
    reads: tuple[str, ...] | None = None
    oracle: Fraction | None = None
    floor: Fraction | None = None
    ordinal: bool = False
    ignores: tuple[str, ...] = ()

    @property
    def compared(self) -> bool:
        """Whether two of its results may be compared."""
        return self.pure and not self.judge

    @property
    def unread(self) -> tuple[str, ...]:
        """The fields that it says it does not depend on."""
        return tuple(path for path in PATHS if not self._covers(path))

    def _covers(self, path: str) -> bool:
        reads = PATHS if self.reads is None else self.reads
        return any(_within(path, name) or _within(name, path) for name in reads)


CLAIMS = tuple(attribute.name for attribute in fields(Claims))


def claims_of(cls: type, overrides: Mapping[str, Any]) -> Claims:
    """What a scorer class declares, `overrides` in front of it.

    Raises:
        Broken: P0, naming the class variable that is malformed.
    """
    given: dict[str, Any] = {}
    for name in CLAIMS:
        value = overrides.get(name, getattr(cls, name, None))
        if value is not None:
            given[name] = _READERS[name](name, value)
    return Claims(**given)


def _flag(name: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise Broken("P0", f"its class variable `{name}` is {value!r:.40}, not a boolean")


def _quantity(name: str, value: Any) -> Fraction:
    try:
        return exact_in_unit_interval(value)
    except (TypeError, ValueError) as error:
        raise Broken("P0", f"its class variable `{name}`: {error}") from None


def _names(name: str, value: object, known: tuple[str, ...]) -> tuple[str, ...]:
    if not isinstance(value, tuple | list):
        raise Broken("P0", f"its class variable `{name}` is no tuple of names")
    inner = tuple(f"{path}." for path in known if "." in path)  # gold.unsafe.U1
    for one in value:
        if not isinstance(one, str) or (one not in known and not one.startswith(inner)):
            raise Broken(
                "P0", f"its class variable `{name}` has an unknown {one!r:.60}"
            )
    return tuple(value)


def _reads(name: str, value: object) -> tuple[str, ...]:
    return _names(name, value, (*PARTS, *PATHS))


def _ignores(name: str, value: object) -> tuple[str, ...]:
    return _names(name, value, IGNORABLE)


def _within(path: str, name: str) -> bool:
    """Whether `path` is `name` or a part of it; of mappings and tuples parts count."""
    return path == name or path.startswith(f"{name}.")


_READERS: Mapping[str, Any] = {
    "pure": _flag,
    "judge": _flag,
    "reads": _reads,
    "oracle": _quantity,
    "floor": _quantity,
    "ordinal": _flag,
    "ignores": _ignores,
}
