"""The store that settings ask for, joined to the environment that they ask for."""

import uuid
from collections.abc import Mapping
from typing import Any

from attrs import evolve

from ..core.errors import ConfigurationError
from ..core.session import Environment
from ..environment import load_environment
from ..store.wanted import is_wanted
from .settings import Settings


def new_run_id() -> str:
    """The id of a run that begins now."""
    return str(uuid.uuid4())


def environment_of(settings: Settings) -> Environment:
    """The environment that the settings ask for.

    Raises:
        ConfigurationError: whatever is wrong, named in one sentence.
    """
    return load_environment(
        settings.rubric,
        settings.plugin,
        settings.pack,
        third_party=settings.plugins,
        isolate=settings.isolate_plugins,
        locked=settings.locked,
        record=settings.record,
    )


def stored_environment_of(
    settings: Settings,
    command: str,
    run_id: str | None = None,
    *,
    config: Mapping[str, Any] | None = None,
) -> Environment:
    """The environment, with the store as its log; closing the one closes the other.

    Args:
        settings: what is asked for.
        command: what keeps its episodes there: `serve` or `eval`.
        run_id: that of the run; a new one by default.
        config: what the command was asked to do, in plain values.

    Raises:
        ConfigurationError: whatever is wrong, named in one sentence.
    """
    environment = environment_of(settings)
    if not is_wanted(settings.database_url):
        return environment
    # A database's client is a third of what a server loads; some keep nothing.
    from .opened_store import open_store_of  # noqa: PLC0415

    try:
        store = open_store_of(
            settings,
            run_id=run_id or new_run_id(),
            command=command,
            config=config or {},
            rubric=environment.find_rubric(None).name,
        )
    except ConfigurationError:
        environment.close()
        raise
    if store is None:
        return environment

    def close() -> None:
        environment.close()
        store.close()

    return evolve(environment, log=store, close=close)
