"""What the load generator is told, and what it says."""

from typing import Literal

from attrs import frozen

from .messages import TICKETS


Kind = Literal["ws", "ws connects", "health", "reset", "http episodes"]
"""
ws: episodes one after the other over connections that stay open; an operation is a step.
ws connects: a connection for each episode; an operation is such an episode.
health: `GET /health`, over connections that stay open, as the two below.
reset: `POST /reset`.
http episodes: `POST /reset`, then a `POST /step` for each ticket; an operation is a step.
"""


@frozen(kw_only=True)
class Work:
    """A load.

    Args:
        kind: what is done.
        connections: at the same time.
        seconds: that are measured, after everybody has had an answer.
        deflate: whether permessage-deflate is asked for, and has to be agreed to.
        declined: whether it is asked for, and must not be agreed to.
        rate: messages per second to send over all connections, whether or not there are
            answers (an open loop); 0: each sends when it has its answer (a closed one).
        tasks: of a generated pack, from which each episode over a WebSocket draws one;
            0: all play the same classic task.
    """

    kind: Kind
    connections: int
    seconds: float
    deflate: bool = False
    declined: bool = False
    rate: float = 0.0
    tasks: int = 0


@frozen(kw_only=True)
class Job:
    """A load on a server.

    Args:
        port: of the server, on this machine.
        pid: its process, whose time is taken.
        work: the load.
    """

    port: int
    pid: int
    work: Work


@frozen(kw_only=True)
class Round:
    """What a load got out of a server.

    Args:
        operations: that were answered while it was measured.
        seconds: of that on the wall.
        processor: seconds of the server's processor time meanwhile.
        generator: seconds of the generator's own.
        p50: microseconds that half of the messages were answered within; of episodes,
            only their steps count.
        p99: the same for 99 of 100.
    """

    operations: int
    seconds: float
    processor: float
    generator: float
    p50: float
    p99: float

    @property
    def messages_per_second(self) -> float:
        """What all sent, resets and all: an episode has one more than its steps."""
        return self.per_second * (TICKETS + 1) / TICKETS

    @property
    def per_second(self) -> float:
        """Operations per second on the wall."""
        return self.operations / self.seconds

    @property
    def per_cpu_second(self) -> float:
        """Operations per second of the server's processor time."""
        return self.operations / self.processor
