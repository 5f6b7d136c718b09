"""What to say when a library that an integration is for is not installed."""

from ..core.errors import ConfigurationError


class MissingExtra(ConfigurationError, ImportError):
    """A library is not installed; the message says what to install.

    It is an `ImportError` too, so that code which tries an integration and does
    without it need not know our errors.
    """

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f'{what} needs an extra: pip install "openenv-support-queue-env[{extra}]"'
        )
