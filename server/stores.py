"""The store that settings ask for, joined to the environment that they ask for."""

import logging
import uuid
from collections.abc import Mapping
from typing import Any

from attrs import evolve

from ..core.errors import ConfigurationError, StoreReadOnly
from ..core.session import Environment
from ..store.log import Store, open_store
from ..store.runs import RunInfo
from ..store.urls import resolve_url
from .settings import Settings, environment_of


log = logging.getLogger(__name__)


def new_run_id() -> str:
    """The id of a run that begins now."""
    return str(uuid.uuid4())


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
    try:
        run = RunInfo(
            run_id=run_id or new_run_id(),
            command=command,
            config=config or {},
            rubric=environment.find_rubric(None).name,
        )
        store = open_store_of(settings, run)
    except ConfigurationError:
        environment.close()
        raise
    if store is None:
        return environment

    def close() -> None:
        environment.close()
        store.close()

    return evolve(environment, log=store, close=close)


def open_store_of(settings: Settings, run: RunInfo) -> Store | None:
    """The store, open; None where there is to be none or the disk is read-only.

    Raises:
        StoreError: it cannot be opened; or it cannot be written and several workers
            need it.
    """
    url = resolve_url(settings.database_url)
    if url is None:
        return None
    try:
        store = open_store(
            url,
            run,
            "normal" if settings.durability == "normal" else "full",
            max_bytes=settings.max_store_bytes or None,
        )
    except StoreReadOnly as error:
        if settings.workers > 1:
            raise
        log.warning("%s; going on without a store: nothing is kept", error)
        return None
    for warning in store.warnings:
        log.warning("%s", warning)
    return store
