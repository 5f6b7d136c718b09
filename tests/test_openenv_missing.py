"""The OpenEnv bridge without openenv."""

import sys
from importlib import import_module

import pytest

from support_queue_env.core.errors import ConfigurationError
from support_queue_env.integrations.missing import MissingExtra


@pytest.mark.parametrize("kind", [ConfigurationError, ImportError, MissingExtra])
@pytest.mark.parametrize("name", ["openenv_nodes", "openenv_rubric"])
def test_without_openenv(
    monkeypatch: pytest.MonkeyPatch, kind: type[Exception], name: str
) -> None:
    """Importing it says what to install; it is one of our errors and an ImportError."""
    monkeypatch.setitem(sys.modules, "openenv", None)
    said = r'pip install "openenv-support-queue-env\[openenv\]"'
    with pytest.raises(kind, match=said):
        import_module(f"support_queue_env.integrations.{name}")
