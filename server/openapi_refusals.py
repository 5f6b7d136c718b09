"""What every route may answer in place of what it is for, as OpenAPI responses."""

from collections.abc import Mapping
from typing import Any

from .gate import MAX_HEAD, MAX_HEADERS, MAX_URL


_REFUSALS = {
    "400": "The Host is not one of this server's, or the request is not well-formed",
    "401": "A key is wanted, and this is none",
    "403": "The page that asks is of a foreign Origin",
    "408": "The request took too long to arrive",
    "414": f"Path and query are longer than {MAX_URL} bytes",
    "429": "Too many requests; `Retry-After` says when to come again",
    "431": f"More than {MAX_HEADERS} headers, or more than {MAX_HEAD} bytes of them",
}


def with_refusals(paths: Mapping[str, Any], error: Mapping[str, Any]) -> dict[str, Any]:
    """`paths` with the answers that no operation names itself; `error` is their schema."""
    content = {"application/json": {"schema": error}}
    refusals = {
        status: {"description": description, "content": content}
        for status, description in _REFUSALS.items()
    }
    return {
        path: {
            method: {
                **operation,
                "responses": {**operation["responses"], **_but(refusals, operation)},
            }
            for method, operation in methods.items()
        }
        for path, methods in paths.items()
    }


def _but(
    refusals: Mapping[str, Any], operation: Mapping[str, Any]
) -> Mapping[str, Any]:
    known = operation["responses"]
    return {status: reply for status, reply in refusals.items() if status not in known}
