"""The HTTP routes: each reads a request, calls the middle, writes a reply."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from attrs import frozen
from litestar import MediaType, Request, Response, get, post
from litestar.handlers import HTTPRouteHandler

from .. import __version__
from ..core.conversion import unstructure
from ..core.errors import Fault, InvalidInput
from ..core.session import Environment, read_reset_options
from ..models import SupportQueueObservation
from .episodes import Episodes
from .mcp import McpServer
from .openapi import openapi_document
from .pages import docs_page, reference_page, welcome_page
from .replies import json_response
from .requests import InvalidAction, read_object, read_step
from .schemas import wire_schemas
from .wire import http_observation


NAME = "support_queue_env"
DESCRIPTION = (
    "SaaS support-ticket triage: priority, queue, disposition, summary, reply and "
    "confidence per ticket, scored by a pluggable rubric."
)
EPISODE_HEADER = "X-Episode-Id"

_OTHER_ENDPOINTS = (
    "GET /openapi.json",
    "GET /docs",
    "GET /redoc",
    "WS /mcp",
    "WS /ws",
)
"""What an OpenAPI document cannot hold, or does not hold about itself."""

AnyRequest = Request[Any, Any, Any]


def episode_routes(episodes: Episodes) -> list[HTTPRouteHandler]:
    """Reset, step and state."""

    @post("/reset", status_code=200)
    async def reset(request: AnyRequest) -> Response[bytes]:
        """Start an episode."""
        body = await request.body()
        document = read_object(body, _content_type(request)) if body else {}
        options, ignored = read_reset_options(_lax_seed(document))
        return _observation_response(episodes.reset(options, ignored))

    @post("/step", status_code=200)
    async def step(request: AnyRequest) -> Response[bytes]:
        """Answer the current ticket of an episode."""
        body = await request.body()
        if not body:
            fault = Fault((), "missing", "required field missing")
            raise InvalidInput("body", [fault])
        asked = read_step(read_object(body, _content_type(request)))
        episode = episodes.find(asked.options.episode_id or _named(request))
        if not asked.flat and not isinstance(asked.action, Mapping):
            fault = Fault(("action",), "dict_type", "expected an object")
            raise InvalidInput("body", [fault])
        try:
            return _observation_response(episode.step(asked.action, asked.options))
        except InvalidInput as error:
            if asked.flat:
                raise
            raise InvalidAction("action", error.faults) from None

    @get("/state")
    async def state(request: AnyRequest) -> Response[bytes]:
        """The state of an episode; an empty one when nothing was reset."""
        return json_response(unstructure(episodes.state(_named(request))))

    return [reset, step, state]


def mcp_route(mcp: McpServer) -> HTTPRouteHandler:
    """JSON-RPC over HTTP, which answers 200 whatever it is sent."""

    @post("/mcp", status_code=200)
    async def call(request: AnyRequest) -> Response[bytes]:
        """One JSON-RPC request."""
        return json_response(mcp.answer_text(await request.body()))

    return call


def description_routes(
    environment: Environment, *, simulation: bool
) -> list[HTTPRouteHandler]:
    """What the server is and what it serves."""
    document = openapi_document(environment.tasks.vocabulary, simulation=simulation)
    descriptions = _Descriptions(environment, _endpoints(document))

    @get("/tasks")
    async def tasks() -> Response[bytes]:
        """The tasks there are."""
        return json_response(descriptions.tasks())

    @get("/health")
    async def health() -> Response[bytes]:
        """Whether the server serves."""
        return json_response({"status": "healthy"})

    @get("/schema")
    async def schema() -> Response[bytes]:
        """JSON Schemas of the values on the wire."""
        return json_response(wire_schemas(environment.tasks.vocabulary))

    @get("/metadata")
    async def metadata() -> Response[bytes]:
        """Who this environment is."""
        return json_response(descriptions.metadata())

    @get("/openapi.json")
    async def openapi() -> Response[bytes]:
        """The routes as OpenAPI."""
        return json_response(document)

    @get("/docs")
    async def docs() -> Response[str]:
        """The routes as a page to try them on."""
        return Response(docs_page(), media_type=MediaType.HTML)

    @get("/redoc")
    async def redoc() -> Response[str]:
        """The routes as a page to read."""
        return Response(reference_page(document), media_type=MediaType.HTML)

    @get("/")
    async def index(request: AnyRequest) -> Response[Any]:
        """JSON for programs, a page for browsers."""
        if "text/html" in request.headers.get("accept", ""):
            return Response(descriptions.page("./"), media_type=MediaType.HTML)
        return json_response(descriptions.index())

    @get(["/web", "/web/"])
    async def web(request: AnyRequest) -> Response[str]:
        """The page that a Space opens."""
        # Litestar's own path has lost the slash that relative links depend on.
        asked = request.scope["raw_path"].partition(b"?")[0]
        root = "../" if asked.endswith(b"/") else "./"
        return Response(descriptions.page(root), media_type=MediaType.HTML)

    return [tasks, health, schema, metadata, openapi, docs, redoc, index, web]


@frozen
class _Descriptions:
    """The documents that describe an environment."""

    environment: Environment
    endpoints: tuple[str, ...]

    def tasks(self) -> dict[str, Any]:
        tasks = self.environment.tasks
        cards = [unstructure(task.card) for task in tasks]
        return {"tasks": cards, "default": tasks.find(None).task_id}

    def metadata(self) -> dict[str, Any]:
        return {
            "name": NAME,
            "description": DESCRIPTION,
            "readme_content": _readme(),
            "version": __version__,
            "author": "The Support Queue authors",
            "documentation_url": None,
        }

    def index(self) -> dict[str, Any]:
        rubric = self.environment.find_rubric(None)
        return {
            "name": NAME,
            "version": __version__,
            "status": "healthy",
            "rubric": rubric.name,
            "rubric_digest": rubric.digest,
            "endpoints": list(self.endpoints),
        }

    def page(self, root: str) -> str:
        return welcome_page(
            root=root,
            version=__version__,
            rubric=self.environment.find_rubric(None),
            tasks=[task.card for task in self.environment.tasks],
            endpoints=self.endpoints,
        )


def _endpoints(document: Mapping[str, Any]) -> tuple[str, ...]:
    described = tuple(
        f"{method.upper()} {path.replace('{env}', NAME)}"
        for path, methods in document["paths"].items()
        for method in methods
    )
    return described + _OTHER_ENDPOINTS


def _observation_response(observation: SupportQueueObservation) -> Response[bytes]:
    return json_response(
        http_observation(observation),
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


@cache
def _readme() -> str | None:
    """The README that ships with the package."""
    path = Path(__file__).parent.parent / "README.md"
    return path.read_text(encoding="utf-8") if path.is_file() else None
