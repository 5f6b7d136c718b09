"""The ASGI application: routes, the WebSocket, error shapes, static files."""

import socket
from functools import partial
from pathlib import Path
from time import monotonic

from litestar import websocket
from litestar.exceptions import HTTPException

from ..core.session import Environment
from .access import Access
from .asgi import Application
from .assets import static_route
from .descriptions import NAME, description_routes
from .direct import DirectRoutes, Route
from .episodes import Episodes
from .failures import failed, not_served
from .framework import Framework
from .gate import MAX_BODY, Gate
from .health import healthy
from .hosts import host_rule, origin_rule
from .mcp import McpServer
from .operations import Operations
from .rates import Buckets, Rates
from .refusals import Refusals
from .request_ids import RequestIds
from .routes import episode_routes, mcp_route
from .sessions import Sessions
from .settings import Settings
from .shell import Shell
from .tallies import Tallies
from .taskapi import task_routes
from .tracing import tracing_of
from .watching import WatchedSession
from .websocket import Socket, SocketServer


def create_application(
    environment: Environment,
    settings: Settings,
    *,
    shared_metrics: Path | None = None,
) -> Application:
    """Everything that one server process serves, behind its gate.

    Workers of one server are given the same folder of `shared_metrics`, which
    `prepare_shared_metrics` has made, so that each answers `/metrics` for all.

    In production mode an episode cannot be driven over HTTP: reset, step and state
    are not there, and not in the OpenAPI document.
    """
    simulation = settings.mode == "simulation"
    tallies = Tallies(task.task_id for task in environment.tasks)
    tracing = tracing_of(settings)
    trimmer = None
    if environment.log is not None and settings.max_store_bytes:
        # It knows all that the commands for a store know.
        from .trimming import trimmer_of  # noqa: PLC0415

        trimmer = trimmer_of(settings, environment.log)
    session_type = tracing.open_session if tracing else WatchedSession
    open_session = partial(session_type, tallies=tallies)
    refusals = Refusals()
    gate = gate_of(settings)
    sessions = Sessions(
        open_session=lambda: open_session(environment, "mcp"),
        capacity=settings.max_sessions,
        idle_timeout=settings.idle_timeout,
        clock=monotonic,
        refusals=refusals,
    )
    mcp = McpServer(sessions, settings.workers)
    sockets = SocketServer(sessions, mcp)
    episodes = Episodes(environment, settings.max_episodes, open_session)
    operations = Operations(environment, sessions, refusals, tallies, shared_metrics)

    @websocket("/ws")
    async def play(socket: Socket) -> None:
        """One session of OpenEnv's WebSocket protocol."""
        await sockets.serve(socket)

    @websocket("/mcp")
    async def call_tools(socket: Socket) -> None:
        """One session of JSON-RPC requests."""
        await sockets.serve_mcp(socket)

    litestar = Framework(
        route_handlers=[
            *description_routes(
                environment, simulation=simulation, pages=gate.access.shows_pages
            ),
            *operations.routes,
            *task_routes(NAME, environment.tasks),
            mcp_route(mcp),
            play,
            call_tools,
            *((static_route(),) if gate.access.shows_pages else ()),
        ],
        exception_handlers={
            HTTPException: not_served,
            Exception: failed,
        },
        # The document is written by hand, and logging is the process's business.
        openapi_config=None,
        logging_config=None,
        request_max_body_size=MAX_BODY,
        lifespan=[operations.lifespan, *([trimmer.lifespan] if trimmer else ())],
        on_shutdown=[environment.close, *([tracing.close] if tracing else ())],
    )
    direct = DirectRoutes(
        {
            "/health": Route("GET", healthy),
            **(episode_routes(episodes) if simulation else {}),
        }
    )
    shell = Shell(litestar, gate, refusals, rates_of(settings), direct)
    return RequestIds(shell, tallies)


def gate_of(settings: Settings) -> Gate:
    """The rules that the settings ask for, on this machine."""
    return Gate(
        host_rule(settings.host, settings.allowed_hosts, socket.gethostname()),
        origin_rule(settings.allowed_origins),
        Access.of(settings.api_key, settings.ui),
    )


def rates_of(settings: Settings) -> Rates:
    """The limits that the settings ask for; a trainer may open all its sessions."""
    sessions_and_more = max(settings.max_sessions * 1.075, settings.handshake_rate)
    return Rates(
        Buckets(max(1.0, 2 * settings.request_rate), settings.request_rate),
        Buckets(sessions_and_more, settings.handshake_rate),
        settings.step_rate,
        monotonic,
    )
