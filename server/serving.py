"""`serve`, from settings to the end: in this process, or in several.

Several processes accept from one socket and share one store. A WebSocket stays with the
process that accepted it; an HTTP episode may be asked of any of them, so without a
store they could not tell each other how far it is.
"""

import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from ..core.errors import ConfigurationError
from ..core.log import EpisodeLog
from ..core.session import Environment
from .application import create_application
from .collecting import settle
from .logs import configure_from
from .open_files import make_room
from .running import bind, configuration, serve_on
from .settings import Settings, variable_of
from .shared_metrics import prepare_shared_metrics
from .stores import new_run_id, stored_environment_of
from .worker import Assignment


APPLICATION = "support_queue_env.server.app:app"


def serve(settings: Settings, announce: Callable[[str], None]) -> None:
    """Serve until a signal ends it; `announce` gets the line that says where.

    Raises:
        ConfigurationError: whatever is wrong, named in one sentence.
    """
    run_id = new_run_id()
    configure_from(settings, sys.stderr, run_id)
    make_room(settings.max_sessions)
    environment = stored_environment_of(settings, "serve", run_id)
    try:
        _require_shared_store(settings, environment.log)
        application = create_application(environment, settings)
        with bind(settings.host, settings.port) as listener:
            announce(_announcement(listener, settings, environment))
            if settings.workers == 1:
                # uvicorn shuts down in order and then raises the signal again; what
                # this process still has to do should be done then.
                signal.signal(signal.SIGTERM, signal.default_int_handler)
                settle()
                serve_on(listener, application, settings)
                return
            # Settings were tried here; every worker has an environment of its own.
            environment.close()
            _serve_with_workers(listener, settings, run_id)
    finally:
        environment.close()


def _serve_with_workers(
    listener: socket.socket, settings: Settings, run_id: str
) -> None:
    """A worker that dies is replaced; one that cannot start ends them all."""
    with TemporaryDirectory(prefix="support-queue-") as folder:
        told = Assignment(settings=settings, run_id=run_id, folder=Path(folder))
        prepare_shared_metrics(told.metrics)
        told.hand_over()
        supervisor = Multiprocess(configuration(APPLICATION, settings), [listener])
        supervisor.run()
        if any(worker.exitcode == STARTUP_FAILURE for worker in supervisor.processes):
            raise ConfigurationError(told.refusal())


def _require_shared_store(settings: Settings, log: EpisodeLog | None) -> None:
    if settings.workers > 1 and log is None:
        raise ConfigurationError(
            f"--workers {settings.workers} ({variable_of('workers')}): several workers "
            "need a store, in which they find each other's HTTP episodes; found "
            f"--database-url {settings.database_url}"
        )


def _announcement(
    listener: socket.socket, settings: Settings, environment: Environment
) -> str:
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    rubric = environment.find_rubric(None)
    workers = f", {settings.workers} workers" if settings.workers > 1 else ""
    log = environment.log
    kept = f"episodes in {log.place}" if log else "episodes are not kept"
    return (
        f"Support Queue on http://{shown}:{port} (rubric {rubric.name}, digest "
        f"{rubric.digest[:12]}{workers}; {kept}); Ctrl-C ends it."
    )
