"""A run: the processes of one server, from start to end."""

import os
import platform
import time
import uuid
from collections.abc import Mapping
from typing import Any

from attrs import field, frozen
from sqlalchemy import Connection, insert
from sqlalchemy.exc import IntegrityError

from ..core.documents import encode_document
from ..core.version import __version__
from .schema import runs


def _new_run_id() -> str:
    return str(uuid.uuid4())


@frozen(kw_only=True)
class RunInfo:
    """What is kept of a run. The workers of one server share `run_id`.

    `config` is what the command was asked to do, in plain values.
    """

    run_id: str = field(factory=_new_run_id)
    command: str = ""
    config: Mapping[str, Any] = field(factory=dict)
    rubric: str = ""
    version: str = __version__


def insert_run(connection: Connection, run: RunInfo) -> None:
    """Keep the run, unless one of that id is there."""
    with connection.begin():
        try:
            with connection.begin_nested():
                connection.execute(
                    insert(runs).values(
                        id=run.run_id,
                        started_at=time.time(),
                        version=run.version,
                        rubric=run.rubric,
                        command=run.command,
                        config=encode_document(run.config).decode(),
                        host=platform.node(),
                        pid=os.getpid(),
                    )
                )
        except IntegrityError:
            pass
