"""The leaf that `server.app:app` names; settings come from the environment.

All of these start it:

    uvicorn support_queue_env.server.app:app
    python -m support_queue_env.server.app
    server

`support-queue serve` does the same with flags. `app` is made when it is first asked for:
importing this module opens no store.
"""

import logging
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

from support_queue_env.core.errors import SupportQueueError
from support_queue_env.server.application import create_application
from support_queue_env.server.asgi import Application
from support_queue_env.server.logs import configure_from
from support_queue_env.server.serving import METRICS_VARIABLE, RUN_VARIABLE, serve
from support_queue_env.server.settings import settings_from
from support_queue_env.server.stores import new_run_id, stored_environment_of


log = logging.getLogger("support_queue_env.server.app")  # also when it is __main__


def _refuse(error: SupportQueueError) -> NoReturn:
    print(f"support-queue: {error}", file=sys.stderr)  # noqa: T201 - the leaf's voice
    sys.exit(2)


def _application() -> Application:
    try:
        settings = settings_from(os.environ)
        # The id that the workers of one server share.
        run_id = os.environ.get(RUN_VARIABLE) or new_run_id()
        configure_from(settings, sys.stderr, run_id)
        environment = stored_environment_of(settings, "serve", run_id)
        folder = os.environ.get(METRICS_VARIABLE)
        shared_metrics = Path(folder) if folder else None
        return create_application(environment, settings, shared_metrics=shared_metrics)
    except SupportQueueError as error:
        _refuse(error)


def __getattr__(name: str) -> Any:
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()["app"] = _application()
    return globals()["app"]


def main() -> None:
    """Serve until a signal ends it; exit code 2 when it cannot start."""
    try:
        # A line of the log, not beside it: that would be no JSON.
        serve(settings_from(os.environ), announce=log.info)
    except SupportQueueError as error:
        _refuse(error)


if __name__ == "__main__":
    main()
