"""Whether steps are traced. OpenTelemetry is not imported here unless they are."""

from typing import TYPE_CHECKING

from ..core.errors import ConfigurationError
from .settings import Settings, variable_of


if TYPE_CHECKING:
    from .traced_sessions import Tracing


def tracing_of(settings: Settings) -> "Tracing | None":
    """What traces, if the settings ask for it.

    Raises:
        ConfigurationError: the extra is not installed; says how to.
    """
    if not settings.tracing:
        return None
    try:
        from .traced_sessions import Tracing  # noqa: PLC0415 - an extra

        return Tracing.exporting()
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"--tracing ({variable_of('tracing')}) needs an extra: "
            'pip install "openenv-support-queue-env[tracing]"'
        ) from error
