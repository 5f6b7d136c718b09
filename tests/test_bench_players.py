"""What a player of the load does, told by a server that says what a test wants."""

import asyncio
import json
from time import perf_counter_ns
from typing import Any

import pytest
from attrs import define, field
from harness.frames import CLOSE, PING, PONG, client_frame, server_frame
from harness.http_players import end_of_reply, episode_of, post
from harness.messages import RESET, steps
from harness.meter import Meter
from harness.players import Player, Refused


SWITCH = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"
OBSERVATION = server_frame(b'{"type":"observation","data":{}}')
ERROR = server_frame(b'{"type":"error","data":{"code":"EXECUTION_ERROR"}}')
NO_TIME_AT_ALL = 10**15
"""Nanoseconds: eleven days."""


@define(eq=False)
class Wire(asyncio.Transport):
    """Keeps what is written; `aborted` when the player gave up."""

    written: list[bytes] = field(factory=list)
    aborted: bool = False

    def write(self, data: Any) -> None:
        """Keep it."""
        self.written.append(bytes(data))

    def abort(self) -> None:
        """Keep that, too."""
        self.aborted = True


@define(eq=False)
class Told:
    """A player, its wire, and what it said."""

    meter: Meter = field(factory=lambda: Meter(0))
    wire: Wire = field(factory=Wire)
    played: list[None] = field(factory=list)
    ends: list[Exception | None] = field(factory=list)

    def player(self, **settings: Any) -> Player:
        """One whose WebSocket is open."""
        player = Player(
            self.meter,
            self.ends.append,
            lambda: None,
            lambda: self.played.append(None),
            steps(),
            lambda: RESET,
            **settings,
        )
        player.connection_made(self.wire)
        player.data_received(SWITCH)
        return player

    def sent(self) -> list[str]:
        """The types of all messages after the handshake."""
        return [json.loads(unmasked(data))["type"] for data in self.wire.written[1:]]


def unmasked(frame: bytes) -> bytes:
    """The payload of a client's frame, which masks as it unmasks."""
    start = 8 if frame[1] & 0x7F == 126 else 6
    return client_frame(frame[start:])[-len(frame[start:]) :]


def test_episodes_follow_each_other() -> None:
    """A reset, a step for each ticket, and again; only steps count."""
    told = Told()
    player = told.player()
    for _ in range(10):
        player.data_received(OBSERVATION)

    assert (["reset"] + ["step"] * 4) * 2 + ["reset"] == told.sent()
    assert 2 == len(told.played)
    assert 8 == told.meter.operations == len(told.meter.taken)


def test_an_episode_of_its_own_ends_in_order() -> None:
    """It is counted once, asks to close, and answers the close with one."""
    told = Told()
    player = told.player(one_episode=True)
    for _ in range(5):
        player.data_received(OBSERVATION)
    player.data_received(server_frame(b"\x03\xe8", CLOSE))
    player.connection_lost(None)

    assert client_frame(b"\x03\xe8", CLOSE) == told.wire.written.pop()
    assert ["reset", *["step"] * 4, "close"] == told.sent()
    assert 1 == told.meter.operations
    assert [None] == told.ends


def test_what_waits_counts_from_when_it_was_due() -> None:
    """At a fixed rate a message waits for the one before it, and the wait is counted."""
    told = Told()
    player = told.player(closed_loop=False)
    assert [] == told.sent()
    player.send(perf_counter_ns())
    player.send(perf_counter_ns() - NO_TIME_AT_ALL)
    assert ["reset"] == told.sent()
    player.data_received(OBSERVATION)
    assert ["reset", "step"] == told.sent()
    player.data_received(OBSERVATION)

    assert ["reset", "step"] == told.sent()
    assert 1 == len(told.meter.taken)
    assert told.meter.taken[0] >= NO_TIME_AT_ALL


@pytest.mark.parametrize("answer", [ERROR, server_frame(b"\x03\xe8", CLOSE)])
def test_an_error_is_no_answer(answer: bytes) -> None:
    """It ends the load, with what the server said."""
    told = Told()
    player = told.player()
    player.data_received(answer)
    player.connection_lost(None)

    assert told.wire.aborted
    assert 0 == told.meter.operations
    assert isinstance(told.ends[0], Refused)


def test_pings_are_answered() -> None:
    """With what they hold."""
    told = Told()
    told.player().data_received(server_frame(b"here?", PING))

    assert client_frame(b"here?", PONG) == told.wire.written[-1]


@pytest.mark.parametrize("cut", range(0, 60, 7))
def test_http_replies_are_read_to_their_end(cut: int) -> None:
    """However little of them has arrived; anything but a 200 is refused."""
    reply = b'HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 19\r\n\r\n{"episode_id":"a1"}'

    assert 0 == end_of_reply(reply[:cut])
    assert len(reply) == end_of_reply(reply) == end_of_reply(reply + b"HTTP/1.1")
    assert "a1" == episode_of(reply)


def test_http_refusals_are_no_answers() -> None:
    """A status, a missing length or a missing id ends the load."""
    for reply in (
        b"HTTP/1.1 429 Too Many\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
    ):
        with pytest.raises(Refused):
            end_of_reply(reply)
    with pytest.raises(Refused, match="without an episode_id"):
        episode_of(b"HTTP/1.1 200 OK\r\n\r\n{}")
    assert post("/reset", b"{}").endswith(b"Content-Length: 2\r\n\r\n{}")
