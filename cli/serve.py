"""`support-queue serve`."""

import os
from typing import Any

import rich_click as click

from ..server.serving import serve as serve_until_interrupted
from ..server.settings import settings_from
from .options import setting_options
from .output import note


@click.command()
@setting_options()
def serve(**flags: Any) -> None:
    """Serve the environment over HTTP and WebSocket until interrupted."""
    serve_until_interrupted(settings_from(os.environ, **flags), note)
