"""Plain values as HTTP responses, and what is logged beside them."""

import logging
from collections.abc import Mapping
from typing import Any

from litestar import MediaType, Request, Response

from ..core.documents import encode_document
from ..core.errors import NotRecorded, ScoringError, SupportQueueError


log = logging.getLogger(__name__)

AnyRequest = Request[Any, Any, Any]


def json_response(
    value: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response[bytes]:
    """Plain values as compact JSON."""
    return encoded_response(encode_document(value), status, headers)


def encoded_response(
    body: bytes, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response[bytes]:
    """JSON that is encoded already."""
    return Response(
        body,
        media_type=MediaType.JSON,
        status_code=status,
        headers=dict(headers or {}),
    )


def log_cause(error: SupportQueueError) -> None:
    """Keep what a scorer or the log said of its failure; the client does not learn it."""
    match error:
        case ScoringError(component=component, scorer=scorer, kind=kind):
            more = {"component": component, "scorer": scorer, "kind": str(kind)}
            log.error("%s", error, exc_info=error.__cause__, extra=more)
        case NotRecorded():
            log.error("%s", error, exc_info=error.__cause__)
