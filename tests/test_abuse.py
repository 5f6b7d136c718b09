"""Clients that vanish, crowd, flood, stall or race: the short forms of `make soak`."""

import contextlib
import json
import socket
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest
from answers import ACTION, TASKS
from raw_http import connected, exchange
from raw_socket import (
    PING,
    PONG,
    TEXT,
    abort,
    close_code,
    frame,
    opened,
    read_frame,
)
from server_process import embedded_server
from socket_client import SocketClient, error_of, free_slots
from websockets.exceptions import ConnectionClosed


SLOTS = 8
RESET = frame(TEXT, b'{"type":"reset"}')
STATE = frame(TEXT, b'{"type":"state"}')
STEP = frame(TEXT, json.dumps({"type": "step", "data": ACTION}).encode())
POST = b"POST /step HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 500\r\n\r\n"


@pytest.fixture(scope="module")
def small() -> Iterator[str]:
    """A server with few slots, for all tests of this module in turn."""
    with embedded_server(max_sessions=SLOTS) as url:
        yield url


@pytest.fixture
def impatient() -> Iterator[str]:
    """A server with one slot that is soon free again."""
    with embedded_server(max_sessions=1, idle_timeout=0.3) as url:
        yield url


STAGES = {
    "nothing": b"",
    "a reset": RESET,
    "an answer": RESET + STEP,
    "a broken message": RESET + STEP[:40],
    "many messages": RESET + STATE * 50,
    "a ping": frame(PING, b"x"),
}


@pytest.mark.parametrize("path", ["/ws", "/mcp"])
@pytest.mark.parametrize("said", STAGES.values(), ids=STAGES)
def test_clients_that_vanish(small: str, path: str, said: bytes) -> None:
    """Whenever connections are reset, every slot is back."""
    for _ in range(4):
        crowd = [opened(small, path) for _ in range(SLOTS)]
        for connection in crowd:
            with contextlib.suppress(ConnectionError):
                connection.sendall(said)
            abort(connection)

    assert SLOTS == free_slots(small, SLOTS)


def test_requests_that_vanish(small: str) -> None:
    """Requests that break off half-way cost nobody anything."""
    for size in range(0, len(POST), 2):
        with connected(small) as connection:
            connection.sendall(POST[:size])
            abort(connection)

    assert (
        404 == exchange(small, b"GET /none HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").status
    )


def test_twice_as_many_as_there_are_slots(small: str) -> None:
    """Those too many are told so and closed with 1000; the others play on."""
    with ExitStack() as stack:
        players = [stack.enter_context(SocketClient(small)) for _ in range(SLOTS)]
        for player in players:
            player.reset()
        for _ in range(SLOTS):
            with SocketClient(small) as refused:
                error = error_of(refused.receive())

                assert "CAPACITY_REACHED" == error["code"]
                assert 1000 == refused.close_code()
        rewards = {player.step(ACTION)["reward"] for player in players}

    assert 1 == len(rewards)
    assert SLOTS == free_slots(small, SLOTS)


def test_a_crowd_at_the_door(small: str) -> None:
    """Of three times as many at once, exactly as many play as there are slots."""
    with ExitStack() as stack, ThreadPoolExecutor(3 * SLOTS) as threads:

        def come(_: int) -> str:
            client = stack.enter_context(SocketClient(small))
            # Refused ones may find the connection closed before they speak.
            with contextlib.suppress(ConnectionClosed):
                client.send('{"type":"reset"}')
            reply = client.receive()
            return str(reply["data"].get("code", reply["type"]))

        outcomes = Counter(threads.map(come, range(3 * SLOTS)))

    assert {"observation": SLOTS, "CAPACITY_REACHED": 2 * SLOTS} == outcomes
    assert SLOTS == free_slots(small, SLOTS)


def test_messages_without_waiting(small: str) -> None:
    """Five hundred messages in one go get five hundred replies, in order."""
    with opened(small) as connection:
        connection.sendall(RESET + (STEP + STATE) * 249 + frame(TEXT, b"nonsense"))
        replies = [json.loads(read_frame(connection)[1]) for _ in range(500)]

    counts = [r["data"]["step_count"] for r in replies if r["type"] == "state"]
    tickets = TASKS["easy_inbox_cleanup"]
    assert [min(n + 1, tickets) for n in range(249)] == counts
    assert ["observation"] * (tickets + 1) == [
        r["type"] for r in replies if r["type"] == "observation"
    ]
    assert "INVALID_JSON" == replies[-1]["data"]["code"]


@pytest.mark.parametrize(
    "said",
    [b"", RESET[:1], STEP[:9], frame(TEXT, b"{", last=False)],
    ids=["silent", "one byte", "half a message", "half of the fragments"],
)
def test_a_peer_that_stalls(impatient: str, said: bytes) -> None:
    """Who never finishes a message is closed with 1001 when the idle time is over."""
    with opened(impatient) as connection:
        connection.sendall(said)

        assert 1001 == close_code(connection)
    assert 1 == free_slots(impatient, 1)


def test_pings_do_not_hold_a_slot(impatient: str) -> None:
    """Pings are answered, but only messages count as use."""
    with opened(impatient) as connection:
        for number in range(200):
            connection.sendall(frame(PING, str(number).encode()))

            assert (PONG, str(number).encode()) == read_frame(connection)
        assert 1001 == close_code(connection)


def test_a_flood_of_pings_beside_a_player(small: str) -> None:
    """Every ping of a flood gets its pong, and others get their replies."""
    with opened(small) as flooding, SocketClient(small) as player:
        player.reset()
        flooding.sendall(frame(PING, b"x" * 100) * 2000)
        reply = player.step(ACTION)
        pongs = Counter(read_frame(flooding) for _ in range(2000))

    assert 1 == reply["observation"]["current_index"]
    assert {(PONG, b"x" * 100): 2000} == pongs


@pytest.mark.parametrize("named", [False, True], ids=["each its own", "one request"])
def test_many_steps_at_once(http: httpx.Client, *, named: bool) -> None:
    """Of 24 steps at once each ticket is graded by one, the others change nothing.

    Where all of them are one request, repeated, one ticket is graded.
    """
    task_id = "hard_exec_escalations"
    episode_id = f"race-{named}"
    http.post(
        "/reset", json={"task_id": task_id, "episode_id": episode_id}
    ).raise_for_status()

    def step(number: int) -> int:
        extra = {"request_id": "the same"} if named else {"request_id": str(number)}
        body = {"action": ACTION, "episode_id": episode_id} | extra
        return http.post("/step", json=body).status_code

    with ThreadPoolExecutor(24) as threads:
        statuses = Counter(threads.map(step, range(24)))
    state = http.get("/state", params={"episode_id": episode_id}).json()

    graded = 1 if named else TASKS[task_id]
    assert graded == state["step_count"] == len(state["grading_history"])
    assert graded == len(set(state["processed_ticket_ids"]))
    assert {200: 24} if named else {200: graded, 409: 24 - graded} == statuses


def test_sessions_made_by_request_leave_room(small: str) -> None:
    """However many sessions JSON-RPC asks for, WebSockets find slots."""
    create = {"jsonrpc": "2.0", "id": 1, "method": "openenv/session/create"}
    with httpx.Client(base_url=small, trust_env=False) as client:
        replies = [client.post("/mcp", json=create).json() for _ in range(3 * SLOTS)]
    made = [reply["result"]["session_id"] for reply in replies if "result" in reply]

    assert SLOTS // 2 == len(made)
    assert SLOTS // 2 == free_slots(small, SLOTS // 2)
    with httpx.Client(base_url=small, trust_env=False) as client:
        for session_id in made:
            client.post(
                "/mcp",
                json=create
                | {
                    "method": "openenv/session/close",
                    "params": {"session_id": session_id},
                },
            )
    assert SLOTS == free_slots(small, SLOTS)


def test_both_ends_close_at_once(small: str) -> None:
    """Half-closed connections are given up, too."""
    for said in (b"", RESET, STEP[:20]):
        with opened(small) as connection:
            connection.sendall(said)
            connection.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionError):
                close_code(connection)

    assert SLOTS == free_slots(small, SLOTS)
