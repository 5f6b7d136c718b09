"""Opening the store of a server; the module that brings the database's client."""

import logging
from typing import Any

from ..core.errors import StoreReadOnly
from ..store.log import Store, open_store
from ..store.runs import RunInfo
from ..store.urls import resolve_url
from .settings import Settings


log = logging.getLogger(__name__)


def open_store_of(settings: Settings, **run: Any) -> Store | None:
    """The store, open; None where there is to be none or the disk is read-only.

    Args:
        settings: what is asked for.
        run: the fields of the `RunInfo` that is kept in it.

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
            RunInfo(**run),
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
