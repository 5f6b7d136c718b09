"""An id for every HTTP request: in its log lines, and in its answer.

It is counted here, too. This goes around the whole application, so that what is refused early has one, too.
"""

import logging
import os
import random
import re
from collections.abc import Coroutine
from functools import partial
from time import perf_counter
from typing import Any

from attrs import frozen

from .asgi import Message, Receive, Scope, Send
from .log_context import bound
from .logs import debugging
from .replies import Opened, Sent
from .shell import Shell
from .tallies import Tallies


log = logging.getLogger(__name__)

HEADER = b"x-request-id"

UNKNOWN_ROUTE = "(none)"
"""Instead of the template of a route, where a request found none."""

# Not the system's own chance, which gives Python up each time. Ids have to differ, not
# to be secret.
_chance = random.Random(os.urandom(32))  # noqa: S311
if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(after_in_child=lambda: _chance.seed(os.urandom(32)))

_PLAIN = re.compile(rb"[A-Za-z0-9_.-]{1,64}")


@frozen
class RequestIds:
    """An application whose requests have ids.

    One that the caller sends as `X-Request-Id` is taken if it is a short plain word;
    any other is replaced by one of ours.
    """

    application: Shell
    tallies: Tallies

    def open(self, scope: Scope) -> Sent | Opened | None:
        """As `Shell.open`."""
        opened = self.application.open(scope)
        if opened is None:
            return None
        request_id = _id_of(scope)
        begun = perf_counter()
        if not isinstance(opened, Sent):
            return partial(self._answer, opened, scope, request_id, begun)
        with bound(request_id=request_id):
            return self._told(opened, scope, request_id, begun)

    def _answer(
        self, opened: Opened, scope: Scope, request_id: str, begun: float, body: bytes
    ) -> Sent | Coroutine[Any, Any, Sent]:
        with bound(request_id=request_id):
            sent = opened(body)
            if isinstance(sent, Sent):
                return self._told(sent, scope, request_id, begun)
        return self._later(sent, scope, request_id, begun)

    async def _later(
        self,
        later: Coroutine[Any, Any, Sent],
        scope: Scope,
        request_id: str,
        begun: float,
    ) -> Sent:
        with bound(request_id=request_id):
            return self._told(await later, scope, request_id, begun)

    def _told(self, sent: Sent, scope: Scope, request_id: str, begun: float) -> Sent:
        sent.headers.append((HEADER, request_id.encode("ascii")))
        self._count(scope, sent.status, perf_counter() - begun)
        return sent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request; connections and the life cycle pass through."""
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        request_id = _id_of(scope)
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
            if status:  # else the client went away before it was answered
                self._count(scope, status, perf_counter() - begun)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        method, route = scope["method"], route_of(scope)
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


def _id_of(scope: Scope) -> str:
    """The caller's, or one of ours."""
    for name, value in scope["headers"]:
        if name == HEADER and _PLAIN.fullmatch(value):
            return str(value, "ascii")
    return f"{_chance.getrandbits(128):032x}"
