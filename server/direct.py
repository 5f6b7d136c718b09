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

    def has(self, scope: Scope) -> bool:
        """Whether the path of a request is one of these."""
        return self._path(scope) in self.routes

    def answer(self, scope: Scope, body: bytes) -> Reply | Later:
        """The reply to a request whose path is one of these.

        It does not raise, and neither does what it returns.
        """
        path = self._path(scope)
        route = self.routes[path]
        method: str = scope["method"]
        if method == route.method:
            scope["path_template"] = path
            return _answered(route, scope, body)
        if method == "OPTIONS":
            scope["path_template"] = path
            return _options(route)
        return not_allowed(f"{route.method}, OPTIONS")

    def _path(self, scope: Scope) -> str:
        path: str = scope["path"]
        root = scope.get("root_path")
        if not root and path in self.routes:
            return path
        return normalize_path(path.split(root, maxsplit=1)[-1] if root else path)


def _answered(route: Route, scope: Scope, body: bytes) -> Reply | Later:
    try:
        reply = route.answer(scope, body)
    except Exception as error:  # noqa: BLE001 - whatever it is, the client is told
        return reply_to_error(error, route.method)
    return reply if isinstance(reply, Reply) else _awaited(reply, route.method)


async def _awaited(reply: Coroutine[Any, Any, Reply], method: str) -> Reply:
    try:
        return await reply
    except Exception as error:  # noqa: BLE001 - whatever it is, the client is told
        return reply_to_error(error, method)


def _options(route: Route) -> Reply:
    methods = ", ".join(sorted((route.method, "OPTIONS")))
    return Reply(b"", 204, ((b"allow", methods.encode()),))


def header_of(scope: Scope, wanted: bytes) -> str | None:
    """The first header of that name, which is given in lower case."""
    for name, value in scope["headers"]:
        if name == wanted:
            return str(value, "latin-1")
    return None
