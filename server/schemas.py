"""JSON Schema (draft 2020-12) of the values on the wire, from their annotations."""

from collections.abc import Mapping
from functools import lru_cache
from inspect import cleandoc
from typing import Any

import msgspec

from ..core.actions import Vocabulary
from ..models import (
    ResetOptions,
    SupportQueueAction,
    SupportQueueObservation,
    SupportQueueState,
    TaskCard,
)


DRAFT = "https://json-schema.org/draft/2020-12/schema"
_LOCAL = "#/$defs/{name}"


def wire_schemas(vocabulary: Vocabulary) -> dict[str, Any]:
    """`GET /schema`: action, observation, reset_observation and state.

    Each is complete in itself, with local references only. The observation's schema
    has `reward` and `done`, which the wire carries beside the observation.
    """
    observation = object_schema(SupportQueueObservation, vocabulary)
    return {
        "action": object_schema(SupportQueueAction, vocabulary),
        "observation": observation,
        "reset_observation": observation,
        "state": object_schema(SupportQueueState, vocabulary) | _OPEN,
    }


_OPEN = {"additionalProperties": True}


@lru_cache(maxsize=256)
def object_schema(cls: type, vocabulary: Vocabulary) -> dict[str, Any]:
    """The schema of one class, with those it refers to under `$defs`.

    Made once and shared: read it, do not change it.
    """
    components = component_schemas([cls], vocabulary, _LOCAL)
    root = components.pop(cls.__name__)
    return {"$schema": DRAFT, **root, **({"$defs": components} if components else {})}


def component_schemas(
    classes: list[type], vocabulary: Vocabulary, reference: str
) -> dict[str, Any]:
    """The schemas of classes and all they refer to, by class name."""
    _, components = msgspec.json.schema_components(classes, ref_template=reference)
    for name, schema in components.items():
        if "description" in schema:
            # The first sentence is for everybody; the rest is for Python.
            schema["description"] = cleandoc(schema["description"]).partition("\n\n")[0]
        if schema.get("type") == "object" and "properties" in schema:
            schema.setdefault("additionalProperties", False)
        if name == SupportQueueAction.__name__:
            _offer_labels(schema["properties"], vocabulary)
    return components


def all_components(vocabulary: Vocabulary, reference: str) -> dict[str, Any]:
    """The components of the OpenAPI document."""
    return component_schemas(
        [
            SupportQueueAction,
            SupportQueueObservation,
            SupportQueueState,
            TaskCard,
            ResetOptions,
        ],
        vocabulary,
        reference,
    )


def _offer_labels(properties: Mapping[str, Any], vocabulary: Vocabulary) -> None:
    for name, labels in (
        ("priority", vocabulary.priorities),
        ("queue", vocabulary.queues),
        ("disposition", vocabulary.dispositions),
    ):
        limits = ("minLength", "maxLength")
        kept = {k: v for k, v in properties[name].items() if k not in limits}
        properties[name].clear()
        properties[name].update(kept, enum=list(labels))
