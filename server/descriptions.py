"""The routes that say what the server is: documents for programs, pages for people.

What draws them is imported when one is asked for: most servers only ever play.
"""

from functools import cache, cached_property
from pathlib import Path
from typing import Any

from attrs import frozen
from litestar import MediaType, Response, get
from litestar.handlers import HTTPRouteHandler

from .. import __version__
from ..core.conversion import unstructure
from ..core.session import Environment
from .replies import AnyRequest, json_response


NAME = "support_queue_env"
DESCRIPTION = (
    "SaaS support-ticket triage: priority, queue, disposition, summary, reply and "
    "confidence per ticket, scored by a pluggable rubric."
)

_OTHER_ENDPOINTS = ("GET /openapi.json", "WS /mcp", "WS /ws")
"""What an OpenAPI document cannot hold, or does not hold about itself."""

_PAGES = ("GET /docs", "GET /redoc")


def description_routes(
    environment: Environment, *, simulation: bool, pages: bool = True
) -> list[HTTPRouteHandler]:
    """What the server is and what it serves; `pages` for people only if wanted."""
    descriptions = _Descriptions(environment, simulation, pages)

    @get("/tasks")
    async def tasks() -> Response[bytes]:
        """The tasks there are."""
        return json_response(descriptions.tasks())

    @get("/schema")
    async def schema() -> Response[bytes]:
        """JSON Schemas of the values on the wire."""
        from .schemas import wire_schemas  # noqa: PLC0415 - when one is asked for

        return json_response(wire_schemas(environment.tasks.vocabulary))

    @get("/metadata")
    async def metadata() -> Response[bytes]:
        """Who this environment is."""
        return json_response(descriptions.metadata())

    @get("/rubric")
    async def rubric(request: AnyRequest) -> Response[bytes]:
        """What a rubric is made of."""
        name = request.query_params.get("name")
        return json_response(dict(environment.find_rubric(name).description))

    @get("/openapi.json")
    async def openapi() -> Response[bytes]:
        """The routes as OpenAPI."""
        return json_response(descriptions.document)

    @get("/docs")
    async def docs() -> Response[str]:
        """The routes as a page to try them on."""
        from .pages import docs_page  # noqa: PLC0415 - when one is asked for

        return Response(docs_page(), media_type=MediaType.HTML)

    @get("/redoc")
    async def redoc() -> Response[str]:
        """The routes as a page to read."""
        from .pages import reference_page  # noqa: PLC0415 - when one is asked for

        return Response(
            reference_page(descriptions.document), media_type=MediaType.HTML
        )

    @get("/")
    async def index(request: AnyRequest) -> Response[Any]:
        """JSON for programs, a page for browsers."""
        if pages and "text/html" in request.headers.get("accept", ""):
            return Response(descriptions.page("./"), media_type=MediaType.HTML)
        return json_response(descriptions.index())

    @get(["/web", "/web/"])
    async def web(request: AnyRequest) -> Response[str]:
        """The page that a Space opens."""
        # Litestar's own path has lost the slash that relative links depend on.
        asked = request.scope["raw_path"].partition(b"?")[0]
        root = "../" if asked.endswith(b"/") else "./"
        return Response(descriptions.page(root), media_type=MediaType.HTML)

    return [
        *(tasks, schema, metadata, rubric, openapi, index),
        *((docs, redoc, web) if pages else ()),
    ]


@frozen
class _Descriptions:
    """The documents that describe an environment."""

    environment: Environment
    simulation: bool
    pages: bool

    @cached_property
    def document(self) -> dict[str, Any]:
        """The OpenAPI document, made when it is first asked for."""
        from .openapi import openapi_document  # noqa: PLC0415 - when one is asked for

        vocabulary = self.environment.tasks.vocabulary
        return openapi_document(vocabulary, simulation=self.simulation)

    @property
    def endpoints(self) -> tuple[str, ...]:
        """Every route in words, as the document and the WebSockets have it."""
        described = tuple(
            f"{method.upper()} {path.replace('{env}', NAME)}"
            for path, methods in self.document["paths"].items()
            for method in methods
        )
        others = _OTHER_ENDPOINTS + (_PAGES if self.pages else ())
        return described + others

    def tasks(self) -> dict[str, Any]:
        tasks = self.environment.tasks
        cards = [unstructure(task.card) for task in tasks]
        return {"tasks": cards, "default": tasks.find(None).task_id}

    def metadata(self) -> dict[str, Any]:
        rubric = self.environment.find_rubric(None)
        return {
            "name": NAME,
            "description": DESCRIPTION,
            "readme_content": _readme(),
            "version": __version__,
            "author": "The Support Queue authors",
            "documentation_url": None,
            "rubric": rubric.name,
            "rubric_digest": rubric.digest,
            "rubric_signature": rubric.signature,
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
        from .pages import welcome_page  # noqa: PLC0415 - when one is asked for

        return welcome_page(
            root=root,
            version=__version__,
            rubric=self.environment.find_rubric(None),
            tasks=[task.card for task in self.environment.tasks],
            endpoints=self.endpoints,
        )


@cache
def _readme() -> str | None:
    """The README that ships with the package."""
    path = Path(__file__).parent.parent / "README.md"
    return path.read_text(encoding="utf-8") if path.is_file() else None
