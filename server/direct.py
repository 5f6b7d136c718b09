"""Routes that are answered without Litestar: those that are called all the time.

A request to one of their paths is answered here and nowhere else, whatever its method.
"""

from collections.abc import Coroutine, Mapping
from types import MappingProxyType
from typing import Any

from attrs import field, frozen
from litestar.utils import normalize_path

from .asgi import Scope
from .failures import not_allowed, reply_to_error
from .replies import Answer, Later, Reply


@frozen(eq=False)
class Route:
    """How one path is answered, and to which method."""

    method: str
    answer: Answer


@frozen(eq=False)
class DirectRoutes:
    """The routes by their path.

    A path means what it means to Litestar: slashes may be doubled, and one may follow.
    """

    routes: Mapping[str, Route] = field(default=MappingProxyType({}))

    def hit(self, scope: Scope) -> bool:
        """Whether a request asks for one of these routes, by its very path and method."""
        route = self.routes.get(scope["path"])
        if route is None or scope.get("root_path"):
            return False
        method: str = scope["method"]
        return method == route.method

    def answer(self, scope: Scope, body: bytes) -> Reply | Later | None:
        """The reply to a request; None if its path is not one of these."""
        path = scope["path"]
        if path not in self.routes or scope.get("root_path"):
            path = _plain_path(scope)
        route = self.routes.get(path)
        if route is None:
            return None
        method: str = scope["method"]
        if method not in {route.method, "OPTIONS"}:
            return not_allowed(f"{route.method}, OPTIONS")
        scope["path_template"] = path
        if method == "OPTIONS":
            return _options(route)
        try:
            reply = route.answer(scope, body)
        except Exception as error:  # noqa: BLE001 - whatever it is, the client is told
            return reply_to_error(error, method)
        return reply if isinstance(reply, Reply) else _awaited(reply, method)


async def _awaited(reply: Coroutine[Any, Any, Reply], method: str) -> Reply:
    try:
        return await reply
    except Exception as error:  # noqa: BLE001 - whatever it is, the client is told
        return reply_to_error(error, method)


def _options(route: Route) -> Reply:
    methods = ", ".join(sorted((route.method, "OPTIONS")))
    return Reply(b"", 204, ((b"allow", methods.encode()),))


def _plain_path(scope: Scope) -> str:
    path: str = scope["path"]
    if root := scope.get("root_path"):
        path = path.split(root, maxsplit=1)[-1]
    return normalize_path(path)


def header_of(scope: Scope, wanted: bytes) -> str | None:
    """The first header of that name, which is given in lower case."""
    for name, value in scope["headers"]:
        if name == wanted:
            return str(value, "latin-1")
    return None
