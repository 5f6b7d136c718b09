"""Replies to HTTP requests as values, and what is logged beside them."""

import logging
from collections.abc import Callable, Coroutine
from typing import Any

from attrs import frozen
from litestar import MediaType, Request, Response

from ..core.documents import encode_document
from ..core.errors import NotRecorded, ScoringError, SupportQueueError
from .asgi import Scope


log = logging.getLogger(__name__)

AnyRequest = Request[Any, Any, Any]

Headers = tuple[tuple[bytes, bytes], ...]


@frozen
class Reply:
    """An answer in JSON.

    Args:
        body: the JSON; empty for a status that has no body.
        status: of HTTP.
        headers: beside those that tell what and how much the body is; names in lower
            case.
    """

    body: bytes
    status: int = 200
    headers: Headers = ()

    @property
    def all_headers(self) -> Headers:
        """Those that go over the wire, but for what is put on every answer."""
        if not self.body:
            return self.headers
        length = (b"content-length", b"%d" % len(self.body))
        return (*self.headers, _JSON, length)


_JSON = (b"content-type", b"application/json")

Later = Coroutine[Any, Any, Reply]

Answer = Callable[[Scope, bytes], Reply | Later]
"""A head and a whole body to the reply, or to one that takes time."""


def json_reply(value: object, status: int = 200, headers: Headers = ()) -> Reply:
    """Plain values as compact JSON."""
    return Reply(encode_document(value), status, headers)


def as_response(reply: Reply) -> Response[bytes]:
    """The same for a handler of Litestar's."""
    return Response(
        reply.body,
        media_type=MediaType.JSON,
        status_code=reply.status,
        headers={str(k, "latin-1"): str(v, "latin-1") for k, v in reply.headers},
    )


def json_response(value: object, status: int = 200) -> Response[bytes]:
    """Plain values as compact JSON, for a handler of Litestar's."""
    return as_response(json_reply(value, status))


def log_cause(error: SupportQueueError) -> None:
    """Keep what a scorer or the log said of its failure; the client does not learn it."""
    match error:
        case ScoringError(component=component, scorer=scorer, kind=kind):
            more = {"component": component, "scorer": scorer, "kind": str(kind)}
            log.error("%s", error, exc_info=error.__cause__, extra=more)
        case NotRecorded():
            log.error("%s", error, exc_info=error.__cause__)
