"""The digest's readable sister: what a rubric is made of, in one line.

support-queue|rubric:classic.1|priority:ordinal.1|queue:label.1|match:1|d:9f3c1a2b
"""

from collections.abc import Callable

from .rubric import Rubric


_COMPONENTS_SHOWN = 16
_DIGEST_SHOWN = 8

Describe = Callable[[str], str]
"""A component's dotted path to its scorer's id and version, `label.1`."""


def signature(rubric: Rubric, describe: Describe, matching: int, digest: str) -> str:
    """The rubric in one line; components in the order of their names.

    Args:
        rubric: the rubric.
        describe: says which scorer a component has.
        matching: version of the text matching.
        digest: of the compiled rubric.
    """
    parts = sorted(
        f"{path}:{describe(path)}"
        for path, component in rubric.walk()
        if not isinstance(component.source, Rubric)
    )
    more = len(parts) - _COMPONENTS_SHOWN
    shown = parts[:_COMPONENTS_SHOWN] + ([f"+{more}"] if more > 0 else [])
    return "|".join(
        [
            "support-queue",
            f"rubric:{rubric.name}.{rubric.version}",
            *shown,
            f"match:{matching}",
            f"d:{digest[:_DIGEST_SHOWN]}",
        ]
    )
