"""`support-queue serve`."""

import os
from typing import Any

import rich_click as click

from ..server.collecting import not_collecting
from ..server.settings import settings_from
from .options import setting_options
from .output import note


@click.command()
@setting_options()
def serve(**flags: Any) -> None:
    """Serve the environment over HTTP and WebSocket until interrupted."""
    settings = settings_from(os.environ, **flags)
    with not_collecting():
        # The server itself, which `--help` and a wrong setting do not need.
        from ..server import serving  # noqa: PLC0415

        serving.serve(settings, note)
