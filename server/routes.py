"""The routes of episodes and tools: read a request, call the middle, write a reply."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler

from ..core.action_fields import ActionFields
from ..core.conversion import unstructure
from ..core.errors import Fault, InvalidInput
from ..core.session import read_reset_options
from ..models import SupportQueueObservation
from .episodes import Episodes
from .mcp import McpServer
from .replies import AnyRequest, encoded_response, json_response
from .requests import InvalidAction, read_object, read_step_body
from .wire import encoded_http_observation


EPISODE_HEADER = "X-Episode-Id"


def episode_routes(episodes: Episodes) -> list[HTTPRouteHandler]:
    """Reset, step and state."""

    @post("/reset", status_code=200)
    async def reset(request: AnyRequest) -> Response[bytes]:
        """Start an episode."""
        body = await request.body()
        document = read_object(body, _content_type(request)) if body else {}
        options, ignored = read_reset_options(_lax_seed(document))
        return _observation_response(await episodes.reset(options, ignored))

    @post("/step", status_code=200)
    async def step(request: AnyRequest) -> Response[bytes]:
        """Answer the current ticket of an episode."""
        body = await request.body()
        if not body:
            fault = Fault((), "missing", "required field missing")
            raise InvalidInput("body", [fault])
        asked = read_step_body(body, _content_type(request))
        episode_id = asked.options.episode_id or _named(request)
        episode = await episodes.find(episode_id)
        if not asked.flat and not isinstance(asked.action, Mapping | ActionFields):
            fault = Fault(("action",), "dict_type", "expected an object")
            raise InvalidInput("body", [fault])
        try:
            observation = await episodes.step(
                episode_id, episode, asked.action, asked.options
            )
        except InvalidInput as error:
            if asked.flat:
                raise
            raise InvalidAction("action", error.faults) from None
        return _observation_response(observation)

    @get("/state")
    async def state(request: AnyRequest) -> Response[bytes]:
        """The state of an episode; an empty one when nothing was reset."""
        return json_response(unstructure(await episodes.state(_named(request))))

    return [reset, step, state]


def mcp_route(mcp: McpServer) -> HTTPRouteHandler:
    """JSON-RPC over HTTP, which answers 200 whatever it is sent."""

    @post("/mcp", status_code=200)
    async def call(request: AnyRequest) -> Response[bytes]:
        """One JSON-RPC request."""
        return json_response(await mcp.answer_text(await request.body()))

    return call


def _observation_response(observation: SupportQueueObservation) -> Response[bytes]:
    return encoded_response(
        encoded_http_observation(observation),
        headers=_episode_header(observation.info["episode_id"]),
    )


def _episode_header(episode_id: str) -> dict[str, str]:
    """The id as a header, if one can hold it; the body always has it."""
    plain = episode_id.isascii() and episode_id.isprintable()
    return {EPISODE_HEADER: episode_id} if plain else {}


def _named(request: AnyRequest) -> str | None:
    """The episode that the query or the header names."""
    return request.query_params.get("episode_id") or request.headers.get(EPISODE_HEADER)


def _content_type(request: AnyRequest) -> str | None:
    return request.headers.get("content-type")


def _lax_seed(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """OpenEnv's HTTP takes a seed as digits too; the WebSocket does not."""
    seed = document.get("seed")
    if isinstance(seed, str) and seed.isascii() and seed.isdigit() and len(seed) < 20:
        return {**document, "seed": int(seed)}
    return document
