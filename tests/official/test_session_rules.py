"""Sessions by JSON-RPC, joining and capacity: the same story told to both servers."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from server_process import server_process
from socket_client import SocketClient
from twin import CAPACITY
from websockets.exceptions import ConnectionClosed, InvalidStatus


@pytest.fixture(scope="module")
def small() -> Iterator[str]:
    """Our server, with as many slots as the twin."""
    with server_process(max_sessions=str(CAPACITY)) as url:
        yield url


def rpc(url: str, method: str, **params: Any) -> Any:
    """The result of a JSON-RPC request, or its error."""
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    reply = httpx.post(f"{url}/mcp", json=request, trust_env=False).json()
    return reply["error"] if reply.get("error") else reply["result"]


def create(url: str) -> str:
    """A new session's id."""
    session_id: str = rpc(url, "openenv/session/create")["session_id"]
    return session_id


def turned_away(url: str, path: str) -> Any:
    """The frame that a refused client gets, and the code it is closed with."""
    with SocketClient(url, path) as client:
        return client.receive(), client.close_code()


def joining(url: str) -> Iterator[Any]:
    """Join, join twice, close while joined, leave."""
    session_id = create(url)
    path = f"/ws?session_id={session_id}"
    with SocketClient(url, path) as client:
        client.reset(episode_id="joined")
        frame, code = turned_away(url, path)
        yield frame["data"]["code"], code, set(frame["data"])
        yield frame["data"]["message"].replace(session_id, "ID")
        yield sorted(rpc(url, "tools/list", session_id=session_id))
        told = rpc(
            url, "tools/call", name="episode_state", arguments={}, session_id=session_id
        )
        yield told.get("data", told)["episode_id"]
        closed = rpc(url, "openenv/session/close", session_id=session_id)
        yield closed | {"session_id": closed["session_id"] == session_id}
        yield client.state()["episode_id"]
    yield unknown_before_long(url, session_id)


def unknown_before_long(url: str, session_id: str) -> Any:
    """The error that a session gives once it is gone."""
    for _ in range(200):
        error = rpc(url, "tools/list", session_id=session_id)
        if "code" in error:
            return error["code"], error["message"].replace(session_id, "ID")
    raise AssertionError("the session is still there")


def outliving(url: str) -> Iterator[Any]:
    """A created session goes on after its socket, until it is closed."""
    session_id = create(url)
    path = f"/ws?session_id={session_id}"
    with SocketClient(url, path) as client:
        client.reset(episode_id="outlives")
        client.send(json.dumps({"type": "close"}))
        yield client.close_code()
    yield rejoin(url, path)["episode_id"]
    closed = rpc(url, "openenv/session/close", session_id=session_id)
    yield closed | {"session_id": closed["session_id"] == session_id}
    again = rpc(url, "openenv/session/close", session_id=session_id)
    yield again["code"], again["message"].replace(session_id, "ID")
    frame, code = turned_away(url, path)
    yield frame["data"]["code"], code


def rejoin(url: str, path: str) -> Any:
    """The state of a session that a socket has left a moment ago."""
    for _ in range(200):
        with SocketClient(url, path) as client:
            reply = client.say(type="state")
            if reply["type"] == "state":
                return reply["data"]
    raise AssertionError("the session is still joined")


def own_session(url: str) -> Iterator[Any]:
    """A connection to `WS /mcp` has a session, and may not close it."""
    with SocketClient(url, "/mcp") as client:
        create_ = {"jsonrpc": "2.0", "id": 1, "method": "openenv/session/create"}
        first = client.ask(json.dumps(create_))["result"]["session_id"]
        yield first == client.ask(json.dumps(create_))["result"]["session_id"]
        close = {
            "jsonrpc": "2.0",
            "id": 2,
            "method": "openenv/session/close",
            "params": {"session_id": first},
        }
        error = client.ask(json.dumps(close))["error"]
        yield error["code"], error["message"]


def fill(url: str, stack: ExitStack) -> list[SocketClient]:
    """Clients in every slot: half of them joined, as ours gives no more to those."""
    made = [f"/ws?session_id={create(url)}" for _ in range(CAPACITY // 2)]
    plain = ["/ws"] * (CAPACITY - len(made))
    return [stack.enter_context(SocketClient(url, path)) for path in made + plain]


def full(url: str) -> Iterator[Any]:
    """With every slot taken, each door says so in its own way, and nobody is hurt."""
    with ExitStack() as stack:
        clients = fill(url, stack)
        for number, client in enumerate(clients):
            client.reset(episode_id=f"full-{number}")
        yield rpc(url, "openenv/session/create")
        yield turned_away(url, "/ws")
        yield turned_away(url, "/mcp")
        yield sorted(rpc(url, "tools/list"))
        yield httpx.post(f"{url}/reset", json={}, trust_env=False).status_code
        yield [client.state()["episode_id"] for client in clients]
        paths = [client.socket.request.path for client in clients]
        ids = [path.partition("=")[2] for path in paths if "=" in path]
        for session_id in ids:
            yield rpc(url, "openenv/session/close", session_id=session_id)["closing"]
    for session_id in ids:
        yield unknown_before_long(url, session_id)[0]
    with SocketClient(url) as client:
        yield client.reset()["done"]


def closing(url: str) -> Iterator[Any]:
    """`close` is answered by the close alone."""
    with SocketClient(url) as client:
        client.reset()
        client.send(json.dumps({"type": "close"}))
        yield client.close_code()


def pinging(url: str) -> Iterator[Any]:
    """A ping gets its pong."""
    with SocketClient(url) as client:
        yield client.socket.ping().wait(10)


def pipelining(url: str) -> Iterator[Any]:
    """Messages sent at once are answered one by one, in order."""
    with SocketClient(url) as client:
        for number in range(5):
            data = {"episode_id": f"ep-{number}"}
            client.send(json.dumps({"type": "reset", "data": data}))
            client.send(json.dumps({"type": "state"}))
        replies = [client.receive() for _ in range(10)]
    yield [reply["type"] for reply in replies]
    yield [reply["data"]["episode_id"] for reply in replies[1::2]]


def strange_paths(url: str) -> Iterator[Any]:
    """A WebSocket to anywhere else is refused in the handshake."""
    for path in ("/nowhere", "/harness", "/ws/ui", "/reset"):
        try:
            with SocketClient(url, path) as client:
                yield client.close_code()
        except InvalidStatus as refused:
            yield refused.response.status_code
        except ConnectionClosed as closed:
            yield closed


STORIES: list[Callable[[str], Iterator[Any]]] = [
    joining,
    outliving,
    own_session,
    full,
    closing,
    pinging,
    pipelining,
    strange_paths,
]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_a_story(small: str, twin: str, story: Callable[[str], Iterator[Any]]) -> None:
    """Both servers answer each turn of the story alike."""
    ours = list(story(small))
    theirs = list(story(twin))

    assert theirs == ours


def test_the_texts_of_a_full_server(small: str) -> None:
    """The numbers stand in the message and beside it, for people and programs."""
    turns = list(full(small))
    data = {"active_sessions": CAPACITY, "max_sessions": CAPACITY}
    text = (
        f"Server at capacity: {CAPACITY}/{CAPACITY} sessions active. "
        "Cannot accept new connections."
    )

    assert {"code": -32000, "message": text, "data": data} == turns[0]
    assert (
        {
            "type": "error",
            "data": {"message": text, "code": "CAPACITY_REACHED", **data},
        },
        1000,
    ) == turns[1]
