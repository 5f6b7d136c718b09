"""Routes that are answered without Litestar, which would answer them alike."""

import asyncio
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar, Response, get, post
from litestar.exceptions import HTTPException

from support_queue_env.core.errors import EpisodeNotStarted, InvalidInput
from support_queue_env.server.asgi import Application, Scope
from support_queue_env.server.direct import DirectRoutes, Route, header_of
from support_queue_env.server.failures import failed, not_served
from support_queue_env.server.gate import Gate
from support_queue_env.server.hosts import host_rule, origin_rule
from support_queue_env.server.refusals import Refusals
from support_queue_env.server.replies import Later, Reply, as_response
from support_queue_env.server.shell import Shell


REPLY = Reply(b'{"a":1}', 200, ((b"x-episode-id", b"e"),))
ERRORS = (EpisodeNotStarted(), InvalidInput("body", []), RuntimeError("secret"))


def answer_of(error: Exception | None, *, later: bool) -> Any:
    """An answer that gives the reply or raises, at once or while it is awaited."""

    def now(_: Scope, __: bytes) -> Reply:
        if error is not None:
            raise error
        return REPLY

    def soon(scope: Scope, body: bytes) -> Later:
        async def wait() -> Reply:
            await asyncio.sleep(0)
            return now(scope, body)

        return wait()

    return soon if later else now


def routes(error: Exception | None = None, *, later: bool = False) -> DirectRoutes:
    """One route to post to, one to read."""
    answer = answer_of(error, later=later)
    return DirectRoutes({"/a": Route("POST", answer), "/b": Route("GET", answer)})


def litestar(error: Exception | None = None, *, with_routes: bool = True) -> Litestar:
    """The same routes as Litestar has them."""

    def reply() -> Response[bytes]:
        if error is not None:
            raise error
        return as_response(REPLY)

    @post("/a", status_code=200)
    async def change() -> Response[bytes]:
        return reply()

    @get("/b")
    async def read() -> Response[bytes]:
        return reply()

    return Litestar(
        [change, read] if with_routes else [],
        exception_handlers={HTTPException: not_served, Exception: failed},
        openapi_config=None,
        logging_config=None,
    )


async def reply_of(application: Application, scope: Mapping[str, Any]) -> list[Any]:
    """Every message that an application sends, with the template of its route."""
    sent: list[Any] = []
    asked = dict(scope)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append({**message, "more_body": False})

    await application(asked, receive, send)
    return [asked.get("path_template"), *sent]


def shell_of(direct: DirectRoutes, *, with_routes: bool) -> Shell:
    """A shell around Litestar with the routes, or around one without."""
    gate = Gate(host_rule("127.0.0.1", (), "box"), origin_rule(()))
    inner = litestar(with_routes=with_routes)
    return Shell(inner, gate, Refusals(), direct=direct)


@cache
def ours_and_theirs() -> tuple[Shell, Shell]:
    """A server whose routes are direct, and one whose routes are Litestar's."""
    return (
        shell_of(routes(), with_routes=False),
        shell_of(DirectRoutes(), with_routes=True),
    )


def scope_of(method: str, path: str, root: str = "") -> dict[str, Any]:
    """The head of a request without a body."""
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": root + path,
        "raw_path": (root + path).encode(),
        "root_path": root,
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
    }


@given(
    st.sampled_from(("GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "OTHER")),
    st.text("/ab", max_size=4).map(lambda rest: f"/{rest}"),
    st.sampled_from(("", "/a", "/proxy")),
)
def test_paths_and_methods_mean_what_they_mean_to_litestar(
    method: str, path: str, root: str
) -> None:
    """Whatever is asked for, status, headers, body and counted route are the same."""
    scope = scope_of(method, path, root)
    ours, theirs = ours_and_theirs()

    async def both() -> tuple[list[Any], list[Any]]:
        return await reply_of(ours, scope), await reply_of(theirs, scope)

    mine, expected = asyncio.run(both())
    assert expected == mine


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("later", [False, True], ids=["at once", "later"])
def test_errors_are_told_as_elsewhere(error: Exception, later: bool) -> None:
    """Raised at once or while it is awaited, by a direct route or one of Litestar's."""
    scope = scope_of("POST", "/a")
    gate = Gate(host_rule("127.0.0.1", (), "box"), origin_rule(()))

    async def both() -> tuple[list[Any], list[Any]]:
        theirs = Shell(litestar(error), gate, Refusals())
        ours = shell_of(routes(error, later=later), with_routes=False)
        return await reply_of(ours, scope), await reply_of(theirs, scope)

    mine, expected = asyncio.run(both())
    assert expected == mine
    assert b"secret" not in mine[-1]["body"]


def test_a_header_given_twice() -> None:
    """The first one counts, as in Litestar's mapping."""
    headers = [(b"a", b"\xe9"), (b"b", b"1"), (b"a", b"2")]

    assert "é" == header_of({"headers": headers}, b"a")
    assert header_of({"headers": headers}, b"c") is None
