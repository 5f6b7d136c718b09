"""The files under `/static`: exactly those that ship, known by name beforehand."""

from pathlib import Path

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from .replies import json_response


_FOLDER = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_HEADERS = {"Cache-Control": "public, max-age=3600"}


def static_route() -> HTTPRouteHandler:
    """One route for all of them; no path from outside ever reaches the file system."""
    files = {
        f"/{path.relative_to(_FOLDER).as_posix()}": path
        for path in _FOLDER.rglob("*")
        if path.suffix in _TYPES
    }

    @get("/static/{path:path}", sync_to_thread=True)
    def static(path: FromPath[str]) -> Response[bytes]:
        """A style sheet, script or picture of the pages."""
        file = files.get(path)
        if file is None:
            return json_response({"detail": "Not Found"}, 404)
        content = file.read_bytes()
        return Response(content, media_type=_TYPES[file.suffix], headers=_HEADERS)

    return static
