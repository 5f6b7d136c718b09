"""A scorer that waits for its neighbours: all at the same time, or none."""

import threading
from typing import ClassVar

from attrs import frozen

from support_queue_env.plugins import Score, SupportQueueAction, hookimpl


@frozen
class Meeting:
    """Scores 1 once as many calls have begun as the place wants."""

    name: ClassVar[str] = "meeting"
    place: ClassVar[threading.Barrier]

    @hookimpl
    def score(self, action: SupportQueueAction) -> Score:
        """Wait for the others."""
        self.place.wait(30)
        return Score(1, "met")
