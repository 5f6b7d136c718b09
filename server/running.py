"""Running an application: bind first, then serve; in this thread or beside it."""

import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import uvicorn

from ..core.errors import ConfigurationError
from .answering_http import AnsweringHttp
from .answering_socket import AnsweringSocket
from .asgi import Application
from .patience import Limits
from .settings import Settings


MAX_MESSAGE = 1024 * 1024
"""Bytes of a WebSocket message; a longer one closes the connection with 1009."""

_PING_SECONDS = 20
"""Between pings, and for a pong: a dead peer is noticed after 40."""

_KEEP_ALIVE_SECONDS = 5
_SHUTDOWN_SECONDS = 3
"""For open requests; with closing everything down it makes less than 5."""

_START_SECONDS = 30

_OF_STRANGERS = ("Invalid HTTP request received.", "Unsupported upgrade request.")
"""What uvicorn logs of them, a line for each request, as long as there is a disk."""


def bind(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        ConfigurationError: the address or port cannot be had; says why.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, TypeError, UnicodeError) as error:
        found = error.strerror if isinstance(error, OSError) else None
        reason = (found or "that is no address").lower()
        raise ConfigurationError(
            f"cannot listen on {host} port {port}: {reason}"
        ) from error


def serve_on(
    listener: socket.socket, application: Application, settings: Settings
) -> None:
    """Serve on a socket that listens already, until a signal ends it."""
    # uvicorn shuts down in order and then raises the interrupt again, for whoever
    # started it; here that is the end that was asked for.
    with suppress(KeyboardInterrupt):
        uvicorn.Server(configuration(application, settings)).run(sockets=[listener])


@contextmanager
def embedded(
    application: Application, settings: Settings, limits: Limits | None = None
) -> Iterator[str]:
    """Serve in a thread of this process; the value is the server's base URL.

    Give port 0 for a free one, and limits only to see them kept.
    """
    listener = bind(settings.host, settings.port)
    host, port = listener.getsockname()[:2]
    server = uvicorn.Server(configuration(application, settings, limits))
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, daemon=True
    )
    thread.start()
    try:
        _wait_until_started(server, thread)
        yield f"http://{f'[{host}]' if ':' in host else host}:{port}"
    finally:
        server.should_exit = True
        thread.join(_SHUTDOWN_SECONDS + 1)
        listener.close()


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    give_up = time.monotonic() + _START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > give_up:
            raise ConfigurationError("the embedded server did not start")
        time.sleep(0.005)


def _without_strangers(record: logging.LogRecord) -> bool:
    """Whether a line is of interest: what strangers send wrongly is only counted."""
    return record.msg not in _OF_STRANGERS


def configuration(
    application: Application | str, settings: Settings, limits: Limits | None = None
) -> uvicorn.Config:
    """How uvicorn serves an application, or the one at an import path."""
    proxies = list(settings.trusted_proxies)
    # The same filter however often; a logger takes it once.
    logging.getLogger("uvicorn.error").addFilter(_without_strangers)
    guard: Any = {"limits": limits or Limits()}
    return uvicorn.Config(
        application,
        # uvicorn calls what it is given, so these may be more than classes.
        http=partial(AnsweringHttp, **guard),  # type: ignore[arg-type]
        ws=partial(AnsweringSocket, **guard),  # type: ignore[arg-type]
        ws_max_size=MAX_MESSAGE,
        ws_ping_interval=_PING_SECONDS,
        ws_ping_timeout=_PING_SECONDS,
        ws_per_message_deflate=settings.deflate,
        workers=settings.workers,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        access_log=False,
        server_header=False,
        log_level="warning",
        log_config=None,
    )
