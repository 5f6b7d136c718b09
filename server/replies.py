"""Replies to HTTP requests as values, and what is logged beside them."""

import logging
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

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


Later = Coroutine[Any, Any, Reply]

Answer = Callable[[Scope, bytes], Reply | Later]
"""A head and a whole body to the reply, or to one that takes time."""


class Sent(NamedTuple):
    """A reply as it is sent, with all of its headers."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    @classmethod
    def of(cls, reply: Reply, more: Headers) -> "Sent":
        """The reply with the headers that tell what its body is, and then `more`."""
        body = reply.body
        told = (_JSON, (b"content-length", b"%d" % len(body))) if body else ()
        return cls(reply.status, [*reply.headers, *told, *more], body)


_JSON = (b"content-type", b"application/json")

Opened = Callable[[bytes], Sent | Coroutine[Any, Any, Sent]]
"""Takes the body of a request that was let in; never raises, nor does the coroutine."""


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
