"""A WebSocket client that says exactly what it is told, well-formed or not."""

import json
import time
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect


PATIENCE = 30.0
"""Seconds to wait for an answer; a test that needs them is about to fail."""


class SocketClient:
    """One connection to `/ws`; a context manager."""

    def __init__(self, base_url: str, path: str = "/ws", **options: Any) -> None:
        url = base_url.replace("http://", "ws://", 1) + path
        self._stack = ExitStack()
        self.socket = self._stack.enter_context(
            connect(url, proxy=None, open_timeout=PATIENCE, max_size=None, **options)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        self._stack.close()

    def send(self, frame: str | bytes) -> None:
        """Send a frame as it is."""
        self.socket.send(frame)

    def receive(self) -> Any:
        """The next frame, which must be JSON text."""
        text = self.socket.recv(PATIENCE)
        assert isinstance(text, str)
        return json.loads(text)

    def ask(self, frame: str | bytes) -> Any:
        """The reply to a frame."""
        self.send(frame)
        return self.receive()

    def say(self, **message: Any) -> Any:
        """The reply to a message."""
        return self.ask(json.dumps(message))

    def reset(self, **options: Any) -> Any:
        """The data of a reset's observation frame."""
        return _data(self.say(type="reset", data=options), "observation")

    def step(self, action: Any) -> Any:
        """The data of a step's observation frame."""
        return _data(self.say(type="step", data=action), "observation")

    def state(self) -> Any:
        """The data of a state frame."""
        return _data(self.say(type="state"), "state")

    def close_code(self) -> int | None:
        """The code that the server closes with; no frame may come before."""
        try:
            frame = self.socket.recv(PATIENCE)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None
        raise AssertionError(f"a frame came in place of a close: {frame!r}")


def error_of(reply: Any) -> Any:
    """The data of an error frame."""
    return _data(reply, "error")


def free_slots(base_url: str, expected: int) -> int:
    """How many sessions can be had at once, `expected` or fewer, before long."""
    give_up = time.monotonic() + PATIENCE
    with ExitStack() as held:
        count = 0
        while count < expected and time.monotonic() < give_up:
            client = held.enter_context(SocketClient(base_url))
            # One that is turned away may be so before it has said anything.
            with suppress(ConnectionClosed):
                if client.say(type="state")["type"] == "state":
                    count += 1
                    continue
            client.close()
            time.sleep(0.02)
    return count


def _data(reply: Any, expected: str) -> Any:
    assert reply["type"] == expected, reply
    assert set(reply) == {"type", "data"}
    return reply["data"]
