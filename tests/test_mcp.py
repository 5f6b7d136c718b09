"""JSON-RPC as OpenEnv speaks it, over HTTP and WebSocket."""

import json
from typing import Any

import httpx
import pytest
from answers import ACTION
from server_process import embedded_server
from socket_client import SocketClient

from support_queue_env.core.errors import ConfigurationError
from support_queue_env.server.tools import RESERVED, TOOLS, Tool


def request(method: str, params: object = None, identity: object = 1) -> dict[str, Any]:
    """A JSON-RPC request."""
    return {"jsonrpc": "2.0", "method": method, "params": params or {}, "id": identity}


def rpc(http: httpx.Client, body: object) -> dict[str, Any]:
    """The response to a body, which comes with status 200 whatever it is."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    reply = http.post("/mcp", content=content)

    assert reply.status_code == httpx.codes.OK
    response: dict[str, Any] = reply.json()
    assert response["jsonrpc"] == "2.0"
    return response


def result(http: httpx.Client, method: str, **params: Any) -> Any:
    """The result of a request that succeeds."""
    response = rpc(http, request(method, params))
    assert "result" in response, response
    return response["result"]


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (b"", -32700, "Parse error"),
        (b"{", -32700, "Parse error"),
        (b"\xff", -32700, "Parse error"),
        ([], -32700, "Parse error"),
        ([request("tools/list")], -32700, "Parse error"),
        (1, -32600, "Invalid request: expected an object"),
        (None, -32600, "Invalid request: expected an object"),
        ({}, -32600, "Invalid request: expected jsonrpc to be '2.0'"),
        ({"jsonrpc": "1.0", "method": "m"}, -32600, "Invalid request: expected jso"),
        ({"jsonrpc": "2.0"}, -32600, "Invalid request: expected method to be text"),
        ({**request("m"), "extra": 1}, -32600, "Invalid request: unknown key"),
        ({**request("m"), "params": []}, -32600, "Invalid request: expected params"),
        (request("m", identity=1.5), -32600, "Invalid request: expected id"),
        (request("m", identity=True), -32600, "Invalid request: expected id"),
        (request("m", identity="x" * 256), -32600, "Invalid request: expected id"),
        (request("initialize"), -32601, "Method not found: initialize"),
        (request("<b>" * 99), -32601, "Method not found: "),
        (request("tools/call"), -32602, "Missing 'name' in params"),
        (request("tools/call", {"name": "reset"}), -32602, "Tool not found: reset"),
        (request("tools/call", {"name": ["x"]}), -32602, "Tool not found: "),
        (request("tools/list", {"session_id": "none"}), -32602, "Unknown session_id"),
        (request("openenv/session/close"), -32602, "Invalid params - 'session_id'"),
        (
            request("openenv/session/close", {"session_id": "none"}),
            -32602,
            "Unknown session_id: none",
        ),
        (
            request("tools/call", {"name": "submit_triage", "arguments": ACTION}),
            -32603,
            "no episode is running",
        ),
    ],
)
def test_faults(http: httpx.Client, body: object, code: int, message: str) -> None:
    """Each has JSON-RPC's code, a sentence, and a `data` that may be null."""
    error = rpc(http, body)["error"]

    assert code == error["code"]
    assert error["message"].startswith(message)
    assert set(error) == {"code", "message", "data"}


def test_requests_without_an_id_are_answered(http: httpx.Client) -> None:
    """OpenEnv has no notifications: the id of the answer is null."""
    response = rpc(http, {"jsonrpc": "2.0", "method": "tools/list"})

    assert response["id"] is None
    assert "result" in response


def test_the_tools(http: httpx.Client) -> None:
    """Three tools with schemas; submitting takes what the action's schema says."""
    tools = {tool["name"]: tool for tool in result(http, "tools/list")["tools"]}
    schema = http.get("/schema").json()["action"]

    assert {"current_ticket", "submit_triage", "episode_state"} == set(tools)
    assert schema == tools["submit_triage"]["inputSchema"]
    assert all(tool["description"] for tool in tools.values())
    assert not RESERVED & set(tools)


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_reserved_names_are_refused(name: str) -> None:
    """A tool cannot be called what OpenEnv keeps for itself."""
    tool = TOOLS[0]

    with pytest.raises(ConfigurationError, match=f"'{name}'.*reserves"):
        Tool(name, "", tool.input_schema, tool.run)


def test_an_episode_by_tools_alone(http: httpx.Client) -> None:
    """A created session plays the default task from the first look to done."""
    session_id = result(http, "openenv/session/create")["session_id"]

    def call(name: str, **arguments: Any) -> Any:
        called = result(
            http, "tools/call", session_id=session_id, name=name, arguments=arguments
        )
        assert json.loads(called["content"][0]["text"]) == called["data"]
        return called["data"]

    first = call("current_ticket")
    again = call("current_ticket")
    second = call("submit_triage", **ACTION)
    last = call("submit_triage", **ACTION)
    state = call("episode_state")

    assert first["observation"]["ticket"]["ticket_id"] == "E-101"
    assert first == again
    assert (second["done"], last["done"]) == (False, True)
    assert state["step_count"] == 2
    assert [second["reward"], last["reward"]] == [
        entry["reward"] for entry in state["grading_history"]
    ]
    closed = result(http, "openenv/session/close", session_id=session_id)

    assert {"session_id": session_id, "closed": True} == closed


def test_bad_arguments_change_nothing(http: httpx.Client) -> None:
    """They are invalid parameters, listed one by one."""
    session_id = result(http, "openenv/session/create")["session_id"]
    result(http, "tools/call", session_id=session_id, name="current_ticket")
    params = {
        "session_id": session_id,
        "name": "submit_triage",
        "arguments": {**ACTION, "priority": "P9", "mood": 1},
    }
    error = rpc(http, request("tools/call", params))["error"]
    called = result(http, "tools/call", session_id=session_id, name="episode_state")

    assert error["code"] == -32602
    assert {"priority", "mood"} == {e["loc"][0] for e in error["data"]["errors"]}
    assert called["data"]["step_count"] == 0


def test_a_websocket_joins_a_created_session(server: str, http: httpx.Client) -> None:
    """Tools over HTTP and steps over the WebSocket meet in one episode."""
    session_id = result(http, "openenv/session/create")["session_id"]
    path = f"/ws?session_id={session_id}"
    with SocketClient(server, path) as client:
        client.reset(task_id="medium_sla_defense")
        seen = result(http, "tools/call", session_id=session_id, name="episode_state")
        with SocketClient(server, path) as second:
            refused = second.receive()
            code = second.close_code()
        closing = result(http, "openenv/session/close", session_id=session_id)

        assert seen["data"]["task"]["task_id"] == "medium_sla_defense"
        assert refused["data"]["code"] == "SESSION_ERROR"
        assert "already has an attached WebSocket" in refused["data"]["message"]
        assert code == 1000
        assert closing == {"session_id": session_id, "closed": False, "closing": True}
        assert client.state()["task"]["task_id"] == "medium_sla_defense"


def test_a_joined_session_outlives_its_websocket(
    server: str, http: httpx.Client
) -> None:
    """The next WebSocket finds the episode where the last one left it."""
    session_id = result(http, "openenv/session/create")["session_id"]
    path = f"/ws?session_id={session_id}"
    with SocketClient(server, path) as client:
        client.reset(episode_id="kept")
        client.step(ACTION)
        client.say(type="state")
    result(http, "tools/call", session_id=session_id, name="episode_state")
    with SocketClient(server, path) as client:
        state = client.state()

    assert ("kept", 1) == (state["episode_id"], state["step_count"])


def test_rpc_inside_a_session(server: str) -> None:
    """An `mcp` message works on the connection's own session, which it cannot close."""
    with SocketClient(server) as client:
        client.reset(episode_id="mine")

        def ask(method: str, **params: Any) -> Any:
            return client.say(type="mcp", data=request(method, params))["data"]

        state = ask("tools/call", name="episode_state")["result"]["data"]
        own = ask("openenv/session/create")["result"]["session_id"]
        error = ask("openenv/session/close", session_id=own)["error"]

        assert state["episode_id"] == "mine"
        assert error["code"] == -32600
        assert client.state()["episode_id"] == "mine"


def test_rpc_over_its_own_websocket(server: str) -> None:
    """One session per connection; errors keep it open."""
    with SocketClient(server, "/mcp") as client:
        broken = client.ask("{")
        binary = client.ask(b"\x00")
        first = client.ask(
            json.dumps(request("tools/call", {"name": "current_ticket"}))
        )
        step = request("tools/call", {"name": "submit_triage", "arguments": ACTION})
        second = client.ask(json.dumps(step))

        assert broken["error"]["code"] == binary["error"]["code"] == -32700
        assert first["result"]["data"]["observation"]["current_index"] == 0
        assert second["result"]["data"]["observation"]["current_index"] == 1


def test_one_of_several_workers_makes_no_session_over_http() -> None:
    """The next request would reach another worker; over a WebSocket it is fine."""
    create = request("openenv/session/create")
    with (
        embedded_server(workers=2) as url,
        httpx.Client(base_url=url, trust_env=False) as http,
        SocketClient(url, "/mcp") as socket,
    ):
        error = rpc(http, create)["error"]
        made = socket.ask(json.dumps(create))

    assert error["code"] == -32000
    assert "lives in one worker, and this server has 2" in error["message"]
    assert made["result"]["session_id"]


def test_capacity_over_rpc() -> None:
    """Creating past their share says how many there are; WebSockets still find room."""
    with (
        embedded_server(max_sessions=2) as url,
        httpx.Client(base_url=url, trust_env=False) as http,
    ):
        result(http, "openenv/session/create")
        error = rpc(http, request("openenv/session/create"))["error"]
        with SocketClient(url) as client:
            assert client.reset()
            with SocketClient(url, "/mcp") as refused:
                frame, code = refused.receive(), refused.close_code()

        assert error["code"] == -32000
        assert error["data"] == {"active_sessions": 1, "max_sessions": 1}
        assert frame["id"] is None
        assert frame["error"]["code"] == -32000
        assert frame["error"]["data"] == {"active_sessions": 2, "max_sessions": 2}
        assert code == 1000
