"""Whatever a WebSocket is sent: an error frame in few words, and the episode goes on."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from answers import ACTION, TASKS
from malformed_bodies import CANARY
from malformed_messages import MESSAGES, REQUESTS, Sent
from raw_http import INNARDS, PATIENCE, ROOT
from raw_socket import close_code, frame, opened
from server_process import embedded_server
from socket_client import SocketClient, free_slots

from support_queue_env.server.mcp import RpcCode
from support_queue_env.server.messages import ErrorCode


LONGEST = 2048
TASK = "hard_exec_escalations"


@pytest.fixture(scope="module")
def player(server: str) -> Iterator[SocketClient]:
    """One connection in the middle of an episode, for all messages in turn."""
    with SocketClient(server) as client:
        client.reset(task_id=TASK)
        client.step(ACTION)
        yield client


@pytest.fixture(scope="module")
def caller(server: str) -> Iterator[SocketClient]:
    """One connection of JSON-RPC, for all requests in turn."""
    with SocketClient(server, "/mcp") as client:
        yield client


@pytest.fixture(scope="module")
def small_server() -> Iterator[str]:
    """A server with one slot."""
    with embedded_server(max_sessions=1) as url:
        yield url


def answered(client: SocketClient, sent: Sent) -> Any:
    """The reply to a message, which shows nothing of it and nothing of us."""
    client.socket.send(sent)
    text = client.socket.recv(PATIENCE)
    assert isinstance(text, str)
    assert len(text.encode()) <= LONGEST
    assert CANARY.lower() not in text.lower()
    assert ROOT not in text
    assert not INNARDS.search(text)
    return json.loads(text)


@pytest.mark.parametrize("sent", MESSAGES.values(), ids=MESSAGES)
def test_a_message_that_makes_no_sense(player: SocketClient, sent: Sent) -> None:
    """It gets an error frame with a code of OpenEnv's; the episode is as it was."""
    before = player.state()
    reply = answered(player, sent)

    assert "error" == reply["type"]
    assert reply["data"]["code"] in list(ErrorCode)
    assert reply["data"]["message"]
    assert before == player.state()


def test_an_episode_among_malformed_messages(server: str) -> None:
    """An episode played between all of them is played to its end."""
    kinds = list(MESSAGES.values())
    with SocketClient(server) as client:
        client.reset(task_id=TASK)
        for number in range(TASKS[TASK]):
            for sent in kinds[number :: TASKS[TASK]]:
                answered(client, sent)
            reply = client.step(ACTION)

    assert reply["done"]


@pytest.mark.parametrize("sent", REQUESTS.values(), ids=REQUESTS)
def test_a_request_that_makes_no_sense(caller: SocketClient, sent: Sent) -> None:
    """JSON-RPC gets a JSON-RPC error, and the connection goes on."""
    reply = answered(caller, sent)
    tools = caller.say(jsonrpc="2.0", id=1, method="tools/list")

    assert "2.0" == reply["jsonrpc"]
    assert {"code", "message", "data"} == set(reply["error"])
    assert reply["error"]["code"] in list(RpcCode)
    assert tools["result"]["tools"]


VIOLATIONS = {
    "not-utf-8": (frame(1, b"\xff\xfe"), 1007),
    "surrogate": (frame(1, b"\xed\xa0\x80"), 1007),
    "not-masked": (b"\x81\x02{}", 1002),
    "reserved-bits": (b"\xf1" + frame(1, b"{}")[1:], 1002),
    "unknown-opcode": (frame(3, b"{}"), 1002),
    "continues-nothing": (frame(0, b"{}"), 1002),
    "long-ping": (frame(9, bytes(126)), 1002),
    "announces-2-mb": (frame(1, b"x" * 2_000_000)[:100], 1009),
    "announces-a-terabyte": (b"\x81\xff" + (1 << 40).to_bytes(8) + bytes(4), 1009),
}


@pytest.mark.parametrize(("sent", "code"), VIOLATIONS.values(), ids=VIOLATIONS)
@pytest.mark.parametrize("path", ["/ws", "/mcp"])
def test_what_is_no_message(
    small_server: str, path: str, sent: bytes, code: int
) -> None:
    """A breach of the WebSocket protocol ends the connection and frees the slot."""
    assert free_slots(small_server, 1) == 1
    with opened(small_server, path) as connection:
        connection.sendall(sent)

        assert code == close_code(connection)
    assert free_slots(small_server, 1) == 1


def test_a_breach_costs_nobody_else(server: str, player: SocketClient) -> None:
    """Others play on beside connections that are broken off."""
    before = player.state()
    for sent, _ in VIOLATIONS.values():
        with opened(server, "/ws") as connection:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)

    assert before == player.state()


def test_there_are_kinds_enough() -> None:
    """The lists are of messages that differ, and long."""
    assert len({str(sent) for sent in MESSAGES.values()}) >= 120
    assert len({str(sent) for sent in REQUESTS.values()}) >= 40
