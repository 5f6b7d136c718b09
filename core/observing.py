"""What may watch episodes without taking part in them."""

from typing import Protocol

from .episode import Episode, GradedTicket


class Observer(Protocol):
    """Told of what happened, after it happened. No method may raise or block."""

    def episode_started(self, episode: Episode) -> None:
        """`episode` was reset."""

    def ticket_scored(self, episode: Episode, ticket: GradedTicket) -> None:
        """`ticket` is the newest of `episode.graded`."""

    def episode_finished(self, episode: Episode) -> None:
        """`episode` has no ticket left."""


class Nobody:
    """Watches nothing."""

    def episode_started(self, episode: Episode) -> None:
        """Nothing."""

    def ticket_scored(self, episode: Episode, ticket: GradedTicket) -> None:
        """Nothing."""

    def episode_finished(self, episode: Episode) -> None:
        """Nothing."""
