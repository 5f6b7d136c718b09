"""An id for every HTTP request: in its log lines, and in its answer.

It is counted here, too. This goes around the whole application, so that what is refused early has one, too.
"""

import logging
import os
import re
from collections.abc import Iterable
from time import perf_counter

from attrs import frozen

from .asgi import Application, Message, Receive, Scope, Send
from .log_context import bound
from .logs import debugging
from .tallies import Tallies


log = logging.getLogger(__name__)

HEADER = b"x-request-id"

UNKNOWN_ROUTE = "(none)"
"""Instead of the template of a route, where a request found none."""

_PLAIN = re.compile(rb"[A-Za-z0-9_.-]{1,64}")


@frozen
class RequestIds:
    """An application whose requests have ids.

    One that the caller sends as `X-Request-Id` is taken if it is a short plain word;
    any other is replaced by one of ours.
    """

    application: Application
    tallies: Tallies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; connections and the life cycle pass through."""
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        request_id = _given(scope["headers"]) or os.urandom(16).hex()
        header = (HEADER, request_id.encode("ascii"))
        begun = perf_counter()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], header]
            await send(message)

        with bound(request_id=request_id):
            await self.application(scope, receive, send_with_id)
            if not status:
                return  # the client went away before it was answered
            method, route = scope["method"], route_of(scope)
            seconds = perf_counter() - begun
            self.tallies.request(method, route, status, seconds)
            if debugging():
                log.debug(
                    "request",
                    extra={
                        "method": method,
                        "route": route,
                        "status": status,
                        "seconds": round(seconds, 6),
                    },
                )


def route_of(scope: Scope) -> str:
    """The template of the route that a request found; never what it asked for."""
    template: str = scope.get("path_template") or UNKNOWN_ROUTE
    return template


def _given(headers: Iterable[tuple[bytes, bytes]]) -> str:
    for name, value in headers:
        if name == HEADER and _PLAIN.fullmatch(value):
            return str(value, "ascii")
    return ""
