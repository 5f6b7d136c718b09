"""Exceptions to HTTP replies: always JSON, never a value, a path or a traceback."""

import logging

from litestar import Response
from litestar.exceptions import HTTPException

from ..core.errors import (
    EpisodeError,
    EpisodeGone,
    InvalidInput,
    NotJSON,
    NotRecorded,
    ScoringError,
    SupportQueueError,
    UnknownName,
)
from .episodes import UnknownEpisode
from .replies import AnyRequest, json_response, log_cause
from .requests import InvalidAction
from .taskapi import InvalidTaskIndex, UnknownEnvironment
from .wire import error_entries


log = logging.getLogger(__name__)

_OPTIONS = {"task": "task_id"}
"""The reset option that names a thing of this kind, where it is called otherwise."""

_DETAILS = {
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Request Entity Too Large",
}


def refused(request: AnyRequest, error: SupportQueueError) -> Response[bytes]:
    """An error of our own tree."""
    match error:
        case NotJSON():
            place = ["body", error.offset]
            message = f"not JSON: {error.reason}"
            entry = {"type": "json_invalid", "loc": place, "msg": message}
            return json_response({"detail": [entry]}, 422)
        case InvalidInput():
            prefix = () if isinstance(error, InvalidAction) else ("body",)
            return json_response({"detail": error_entries(error.faults, prefix)}, 422)
        case UnknownName():
            entry = {
                "type": f"unknown_{error.kind.replace(' ', '_')}",
                "loc": _place_of(request, error.kind),
                "msg": error.public,
            }
            return json_response({"detail": [entry]}, 422)
        case UnknownEnvironment():
            return json_response({"detail": error.public}, 404)
        case InvalidTaskIndex():
            return json_response({"detail": error.public}, 400)
        case UnknownEpisode() | EpisodeGone():
            return json_response({"detail": error.public}, 404)
        case EpisodeError():
            return json_response({"detail": error.public}, 409)
        case ScoringError() | NotRecorded():
            log_cause(error)
            return json_response({"detail": error.public}, 503)
    log.error("unexpected: %s", error)
    return json_response({"detail": error.public}, 503)


def _place_of(request: AnyRequest, kind: str) -> list[str]:
    """Where a name stands that means nothing: in a GET there is only the query."""
    if request.method == "GET":
        return ["query", "name"]
    return ["body", _OPTIONS.get(kind, kind)]


def not_served(_: AnyRequest, error: HTTPException) -> Response[bytes]:
    """What Litestar refuses by itself: unknown path, method, size."""
    status = error.status_code
    headers = {name.title(): value for name, value in (error.headers or {}).items()}
    if status == 405:
        # Litestar counts a WebSocket at the path among the methods.
        allowed = [m for m in headers["Allow"].split(", ") if m != "websocket"]
        if not allowed:
            status = 404
        headers = {"Allow": ", ".join(allowed)} if allowed else {}
    detail = _DETAILS.get(status, "Bad Request")
    return json_response({"detail": detail}, status, headers)


def failed(_: AnyRequest, error: Exception) -> Response[bytes]:
    """A fault of ours; the log has the traceback."""
    log.error("a request could not be handled", exc_info=error)
    return json_response({"detail": "Internal Server Error"}, 500)
