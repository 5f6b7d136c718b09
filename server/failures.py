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
from .replies import AnyRequest, Reply, as_response, json_reply, log_cause
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


def reply_to_error(error: Exception, method: str) -> Reply:
    """What a request of that method is answered where handling it raised."""
    match error:
        case NotJSON():
            place = ["body", error.offset]
            message = f"not JSON: {error.reason}"
            entry = {"type": "json_invalid", "loc": place, "msg": message}
            return json_reply({"detail": [entry]}, 422)
        case InvalidInput():
            prefix = () if isinstance(error, InvalidAction) else ("body",)
            return json_reply({"detail": error_entries(error.faults, prefix)}, 422)
        case UnknownName():
            entry = {
                "type": f"unknown_{error.kind.replace(' ', '_')}",
                "loc": _place_of(error.kind, method),
                "msg": error.public,
            }
            return json_reply({"detail": [entry]}, 422)
        case SupportQueueError():
            return json_reply({"detail": error.public}, _status_of(error))
    log.error("a request could not be handled", exc_info=error)
    return json_reply({"detail": "Internal Server Error"}, 500)


def _status_of(error: SupportQueueError) -> int:
    match error:
        case UnknownEnvironment() | UnknownEpisode() | EpisodeGone():
            return 404
        case InvalidTaskIndex():
            return 400
        case EpisodeError():
            return 409
        case ScoringError() | NotRecorded():
            log_cause(error)
        case _:
            log.error("unexpected: %s", error)
    return 503


def _place_of(kind: str, method: str) -> list[str]:
    """Where a name stands that means nothing: in a GET there is only the query."""
    if method == "GET":
        return ["query", "name"]
    return ["body", _OPTIONS.get(kind, kind)]


def not_allowed(methods: str) -> Reply:
    """The path is there, but only for these methods."""
    headers = ((b"allow", methods.encode()),)
    return json_reply({"detail": _DETAILS[405]}, 405, headers)


def failed(request: AnyRequest, error: Exception) -> Response[bytes]:
    """The same where Litestar calls a handler."""
    return as_response(reply_to_error(error, request.method))


def not_served(_: AnyRequest, error: HTTPException) -> Response[bytes]:
    """What Litestar refuses by itself: unknown path, method, size."""
    status = error.status_code
    headers = {name.title(): value for name, value in (error.headers or {}).items()}
    if status == 405:
        # Litestar counts a WebSocket at the path among the methods.
        allowed = [m for m in headers["Allow"].split(", ") if m != "websocket"]
        if allowed:
            return as_response(not_allowed(", ".join(allowed)))
        status, headers = 404, {}
    plain = tuple((name.encode(), value.encode()) for name, value in headers.items())
    detail = _DETAILS.get(status, "Bad Request")
    return as_response(json_reply({"detail": detail}, status, plain))
