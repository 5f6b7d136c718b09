"""One of several server processes: what it is told, and what it owes its parent.

Its parent tells it in one variable: settings could not all be said in theirs, where a
comma separates values.
"""

import json
import multiprocessing
import os
import signal
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from attrs import asdict, frozen

from .settings import Settings


VARIABLE = "SUPPORT_QUEUE_WORKER"
"""Holds a worker's assignment; nobody else sets it."""

_REFUSAL = "refusal"


@frozen(kw_only=True)
class Assignment:
    """What a worker is told: exact settings, the run's id, and a folder for all.

    The folder is there as long as the parent; workers put their metrics together there.
    """

    settings: Settings
    run_id: str
    folder: Path

    @property
    def metrics(self) -> Path:
        """Where the workers' metrics are."""
        return self.folder / "metrics"

    def hand_over(self) -> None:
        """Make it the assignment of processes that this one starts."""
        os.environ[VARIABLE] = json.dumps(asdict(self), default=str)

    def refuse(self, sentence: str) -> None:
        """Leave the parent a sentence on why this worker cannot start."""
        # Without it the parent still says that a worker could not.
        with suppress(OSError):
            path = self.folder / f"{_REFUSAL}.{os.getpid()}"
            path.write_text(sentence, "utf-8", "backslashreplace")

    def refusal(self) -> str:
        """The sentence that one of the workers has left."""
        for path in sorted(self.folder.glob(f"{_REFUSAL}.*")):
            return path.read_text("utf-8")
        return "a worker could not start, and its log says why"


def assignment() -> Assignment | None:
    """What this process was told, if it is a worker."""
    parent, text = multiprocessing.parent_process(), os.environ.get(VARIABLE)
    if parent is None or not text:
        return None
    told = json.loads(text)
    settings: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in told["settings"].items()
    }
    return Assignment(
        settings=Settings(**settings),
        run_id=told["run_id"],
        folder=Path(told["folder"]),
    )


def end_with_parent() -> None:
    """From now on this process ends in order when its parent ends, however that was.

    An orphan would go on to hold the port.
    """
    threading.Thread(target=_follow, name="end with parent", daemon=True).start()


def _follow() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None  # noqa: S101 - only a worker asks for it
    # The end of a pipe, which the system closes: also that of a killed parent, and also
    # if it was gone before this began.
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
