"""Litestar with what this server uses of it."""

from litestar import Litestar
from litestar.plugins import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin


class Framework(Litestar):
    """Litestar without its plugin for pydantic.

    Litestar adds one wherever pydantic is installed, and `openai` installs it. No route
    of ours takes or gives a model of pydantic's; loading it costs a tenth of a start and
    10 MB. Should a release of Litestar name this method otherwise,
    the server works as before and a test of what is loaded fails.
    """

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        return [*plugins, MsgspecDIPlugin()]
