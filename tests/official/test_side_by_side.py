"""Our server and openenv's own are asked the same and must answer alike.

Where ours answers otherwise, the table of that protocol says what and why.
"""

import json
from typing import Any

import httpx
import pytest
from rows import FRAMES, REQUESTS, RESET, RPC, Request
from socket_client import SocketClient
from websockets.exceptions import ConnectionClosed


BETTER_FRAMES: dict[str, Any] = {
    # Theirs ends the session with SESSION_ERROR and close 1000; ours keeps it.
    **dict.fromkeys(
        ("array", "number", "null", "text"),
        ("VALIDATION_ERROR", [("model_attributes_type", ())], {"code", "errors"}),
    ),
    "binary": ("INVALID_JSON", [], {"code"}),
}

OTHER_REQUESTS: dict[str, Any] = {
    # A plain type mismatch has one name here; pydantic has three.
    "reset with broken seed": (422, [("int_type", ("body", "seed"))]),
    "task with text for index": (422, [("int_type", ("body", "index"))]),
    # The splits are known, so anything else is no member of them.
    "tasks with number for split": (422, [("enum", ("body", "split"))]),
    # No body is an empty object.
    "tasks without body": (422, [("missing", ("body", "split"))]),
    # RFC 9110: OPTIONS says what is allowed.
    "OPTIONS reset": (204, None),
}

OTHER_RPC: dict[str, Any] = {
    # JSON that is no object is an invalid request, not a parse error.
    "text": -32600,
    "null": -32600,
}

BETTER_SOCKET_RPC: dict[str, Any] = {
    # Theirs answers -32000, names a Python class, and closes.
    "array": -32700,
    "batch": -32700,
    "text": -32600,
    "null": -32600,
}


def places(entries: list[Any]) -> list[Any]:
    """Types and places of a list of faults."""
    return sorted((entry["type"], tuple(entry["loc"])) for entry in entries)


def answer_to_frame(url: str, frame: str | bytes, *, running: bool) -> Any:
    """What a reply is made of, and whether the session goes on."""
    with SocketClient(url) as client:
        if running:
            client.ask(RESET)
        try:
            reply = client.ask(frame)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None
        try:
            client.say(type="state")
        except ConnectionClosed as closed:
            return shape(reply), closed.rcvd.code if closed.rcvd else None
        return shape(reply), "open"


def shape(reply: Any) -> Any:
    """What a reply is made of, whatever the environment."""
    data = reply["data"]
    match reply["type"]:
        case "error":
            entries = places(data.get("errors", []))
            return data["code"], entries, set(data) - {"message"}
        case "observation":
            return set(data), data["done"], type(data["reward"])
        case "mcp":
            return rpc_shape(data)
        case other:
            return other, data["step_count"], type(data["episode_id"])


def rpc_shape(reply: Any) -> Any:
    """What a JSON-RPC response is made of."""
    error = reply.get("error")
    return set(reply), reply["id"], error and (error["code"], set(error))


@pytest.mark.parametrize("running", [False, True], ids=["fresh", "running"])
@pytest.mark.parametrize("name", FRAMES)
def test_a_frame(server: str, twin: str, name: str, running: bool) -> None:
    """Each WebSocket message gets the same kind of reply, code and places."""
    ours = answer_to_frame(server, FRAMES[name], running=running)
    theirs = answer_to_frame(twin, FRAMES[name], running=running)

    if name in BETTER_FRAMES:
        assert (BETTER_FRAMES[name], "open") == ours
        assert (("SESSION_ERROR", [], {"code"}), 1000) == theirs
    else:
        assert theirs == ours


def answer_to_request(url: str, request: Request) -> tuple[Any, ...]:
    """Status, content type, and the faults or keys of the body."""
    method, path, content, headers = request
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
        reply = client.request(method, path, content=content, headers=headers)
    kind = reply.headers.get("content-type")
    if kind != "application/json" or not reply.content:
        return reply.status_code, kind, None
    body = reply.json()
    if isinstance(body, dict) and isinstance(body.get("detail"), list):
        return reply.status_code, kind, places(body["detail"])
    if isinstance(body, dict) and "detail" not in body:
        return reply.status_code, kind, set(body) - {"tags"}
    return reply.status_code, kind, body


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request(server: str, twin: str, name: str) -> None:
    """Each HTTP request gets the same status, content type, and body or faults."""
    ours = answer_to_request(server, REQUESTS[name])
    theirs = answer_to_request(twin, REQUESTS[name])

    if name in OTHER_REQUESTS:
        status, body = OTHER_REQUESTS[name]
        assert (status, body) == (ours[0], ours[2])
        assert ours != theirs
    elif isinstance(theirs[2], set):
        assert theirs[:2] == ours[:2]
        assert theirs[2] <= ours[2]
    else:
        assert theirs == ours


@pytest.mark.parametrize(
    "path", ["/reset", "/step", "/mcp", "/state", "/health", "/schema"]
)
def test_what_is_allowed(server: str, twin: str, path: str) -> None:
    """A wrong method is told the one that both servers take, and ours OPTIONS."""
    allowed = []
    for url in (server, twin):
        reply = httpx.delete(url + path, trust_env=False)
        assert 405 == reply.status_code
        allowed.append(set(reply.headers["allow"].split(", ")))
    ours, theirs = allowed

    assert theirs | {"OPTIONS"} == ours


@pytest.mark.parametrize("name", RPC)
def test_a_jsonrpc_request(server: str, twin: str, name: str) -> None:
    """Each JSON-RPC request gets status 200 and the same kind of response or code."""
    replies = []
    for url in (server, twin):
        reply = httpx.post(f"{url}/mcp", content=_bytes(RPC[name]), trust_env=False)
        assert (200, "application/json") == (
            reply.status_code,
            reply.headers["content-type"],
        )
        replies.append(rpc_shape(reply.json()))
    ours, theirs = replies

    if name in OTHER_RPC:
        assert ({*theirs[0]}, None) == ours[:2]
        assert (OTHER_RPC[name], -32700) == (ours[2][0], theirs[2][0])
    else:
        assert theirs == ours


@pytest.mark.parametrize("name", RPC)
def test_a_jsonrpc_frame(server: str, twin: str, name: str) -> None:
    """Each request over `WS /mcp` gets the same kind of response; ours stays open."""
    frame = _bytes(RPC[name]).decode()
    with SocketClient(twin, "/mcp") as client:
        theirs = rpc_shape(client.ask(frame))
    with SocketClient(server, "/mcp") as client:
        ours = rpc_shape(client.ask(frame))
        assert "result" in client.ask(_bytes(RPC["tools/list"]).decode())

    if name in BETTER_SOCKET_RPC:
        assert (BETTER_SOCKET_RPC[name], -32000) == (ours[2][0], theirs[2][0])
    else:
        assert theirs == ours


def test_a_tool_as_it_is_listed(server: str, twin: str) -> None:
    """A tool has the keys that openenv's client reads."""
    for url in (server, twin):
        reply = httpx.post(f"{url}/mcp", json=RPC["tools/list"], trust_env=False)
        tool = reply.json()["result"]["tools"][0]

        assert {"name", "description"} <= set(tool)
        assert {"inputSchema", "input_schema"} & set(tool)


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()
