"""The ASGI application: routes, the WebSocket, error shapes, static files."""

from pathlib import Path
from typing import Any

from litestar import Litestar, WebSocket, websocket
from litestar.exceptions import HTTPException
from litestar.static_files import create_static_files_router

from ..core.errors import SupportQueueError
from ..core.session import Environment, Session
from .episodes import Episodes
from .failures import failed, not_served, refused
from .routes import description_routes, episode_routes
from .settings import Settings
from .websocket import Slots, SocketServer


MAX_BODY = 64 * 1024
"""Bytes of an HTTP body; an action at its limits in UTF-8 is under 10 KB."""


def create_application(environment: Environment, settings: Settings) -> Litestar:
    """Everything that one server process serves."""
    sockets = SocketServer(
        open_session=lambda: Session(environment),
        slots=Slots(settings.max_sessions),
        idle_timeout=settings.idle_timeout,
    )

    @websocket("/ws")
    async def play(socket: "WebSocket[Any, Any, Any]") -> None:
        """One session of OpenEnv's WebSocket protocol."""
        await sockets.serve(socket)

    return Litestar(
        route_handlers=[
            *episode_routes(Episodes(environment, settings.max_episodes)),
            *description_routes(environment),
            play,
            create_static_files_router(
                path="/static", directories=[Path(__file__).parent / "static"]
            ),
        ],
        exception_handlers={
            SupportQueueError: refused,
            HTTPException: not_served,
            Exception: failed,
        },
        # The document is written by hand, and logging is the process's business.
        openapi_config=None,
        logging_config=None,
        request_max_body_size=MAX_BODY,
    )
