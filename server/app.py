"""The leaf that `server.app:app` names; settings come from the environment.

All of these start it:

    uvicorn support_queue_env.server.app:app
    python -m support_queue_env.server.app
    server

`support-queue serve` does the same with flags. `app` is made when it is first asked for:
importing this module opens no store.
"""

import logging
import multiprocessing
import os
import sys
from typing import Any, NoReturn

from uvicorn.config import STARTUP_FAILURE

from support_queue_env.core.errors import SupportQueueError
from support_queue_env.server.application import create_application
from support_queue_env.server.asgi import Application
from support_queue_env.server.collecting import settle
from support_queue_env.server.logs import configure_from
from support_queue_env.server.serving import serve
from support_queue_env.server.settings import settings_from
from support_queue_env.server.stores import new_run_id, stored_environment_of
from support_queue_env.server.worker import Assignment, assignment, end_with_parent


log = logging.getLogger("support_queue_env.server.app")  # also when it is __main__


def _refuse(error: SupportQueueError) -> NoReturn:
    print(f"support-queue: {error}", file=sys.stderr)  # noqa: T201 - the leaf's voice
    # A worker of `uvicorn --workers` would be started again for ever with 2.
    sys.exit(STARTUP_FAILURE if multiprocessing.parent_process() else 2)


def _application() -> Application:
    told = assignment()
    if told is not None:
        return _application_of_worker(told)
    try:
        settings, run_id = settings_from(os.environ), new_run_id()
        configure_from(settings, sys.stderr, run_id)
        environment = stored_environment_of(settings, "serve", run_id)
        return create_application(environment, settings)
    except SupportQueueError as error:
        _refuse(error)


def _application_of_worker(told: Assignment) -> Application:
    """It; the exit code of failure to start, which ends the parent, else."""
    end_with_parent()
    settings, run_id = told.settings, told.run_id
    try:
        configure_from(settings, sys.stderr, run_id)
        environment = stored_environment_of(settings, "serve", run_id)
        application = create_application(
            environment, settings, shared_metrics=told.metrics
        )
    except SupportQueueError as error:
        told.refuse(str(error))
    except Exception:
        log.exception("this worker cannot start")
    else:
        settle()
        return application
    # It would be started again for ever with any other code.
    sys.exit(STARTUP_FAILURE)


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
