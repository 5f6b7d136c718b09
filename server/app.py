"""The leaf that `server.app:app` names; settings come from the environment.

All of these start it:

    uvicorn support_queue_env.server.app:app
    python -m support_queue_env.server.app
    server

`support-queue serve` does the same with flags.
"""

import os
import sys

from support_queue_env.core.errors import SupportQueueError
from support_queue_env.server.application import create_application
from support_queue_env.server.logs import configure_from
from support_queue_env.server.running import run
from support_queue_env.server.settings import environment_of, settings_from


def _refuse(error: SupportQueueError) -> None:
    print(f"support-queue: {error}", file=sys.stderr)  # noqa: T201 - the leaf's voice
    sys.exit(2)


try:
    settings = settings_from(os.environ)
    configure_from(settings, sys.stderr)
    app = create_application(environment_of(settings), settings)
except SupportQueueError as error:
    _refuse(error)


def main() -> None:
    """Serve until a signal ends it; exit code 2 when the port cannot be had."""
    try:
        run(app, settings)
    except SupportQueueError as error:
        _refuse(error)


if __name__ == "__main__":
    main()
