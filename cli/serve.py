"""`support-queue serve`."""

import os
import sys
from typing import Any

import rich_click as click

from ..server.application import create_application
from ..server.logs import configure_from
from ..server.running import bind, serve_on
from ..server.settings import environment_of, settings_from
from .options import setting_options
from .output import note


@click.command()
@setting_options()
def serve(**flags: Any) -> None:
    """Serve the environment over HTTP and WebSocket until interrupted."""
    settings = settings_from(os.environ, **flags)
    environment = environment_of(settings)
    application = create_application(environment, settings)
    with bind(settings.host, settings.port) as listener:
        rubric = environment.find_rubric(None)
        host, port = listener.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        note(
            f"Support Queue on http://{shown}:{port} "
            f"(rubric {rubric.name}, digest {rubric.digest[:12]}); Ctrl-C ends it."
        )
        configure_from(settings, sys.stderr)
        serve_on(listener, application, settings)
