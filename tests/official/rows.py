"""What the rows of the protocol's tables send."""

import json
from typing import Any

from answers import ACTION, without


TASK = "easy_inbox_cleanup"


def frame(type_: str, *data: Any, **more: Any) -> str:
    """A WebSocket message."""
    return json.dumps({"type": type_, **({"data": data[0]} if data else {}), **more})


def changed(**fields: Any) -> dict[str, Any]:
    """An action with other values."""
    return ACTION | fields


RESET = frame("reset", {"task_id": TASK})
STEP = frame("step", ACTION)

FRAMES: dict[str, str | bytes] = {
    "no JSON": "nonsense",
    "empty": "",
    "half an object": '{"type": "state"',
    "two documents": '{"type":"state"}{"type":"state"}',
    "array": "[]",
    "number": "1",
    "null": "null",
    "text": '"state"',
    "binary": b'{"type": "state"}',
    "no type": "{}",
    "type null": frame("state").replace('"state"', "null"),
    "type number": frame("state").replace('"state"', "5"),
    "type unknown": frame("explode"),
    "type in capitals": frame("RESET"),
    "reset": RESET,
    "reset without data": frame("reset"),
    "reset with empty data": frame("reset", {}),
    "reset with seed and id": frame("reset", {"seed": 5, "episode_id": "abc"}),
    "reset with unknown option": frame("reset", {"colour": "red"}),
    "reset with null data": frame("reset", None),
    "reset with a list": frame("reset", []),
    "reset with unknown key": frame("reset", {}, extra=1),
    "reset to an unknown task": frame("reset", {"task_id": "nope"}),
    "state": frame("state"),
    "state with data": frame("state", {}),
    "state with unknown key": frame("state", extra=1),
    "close with data": frame("close", {}),
    "step": STEP,
    "step with metadata": frame("step", changed(metadata={"a": 1})),
    "step with whole confidence": frame("step", changed(confidence=1)),
    "step without data": frame("step"),
    "step with null data": frame("step", None),
    "step with a list": frame("step", []),
    "step with unknown key": frame("step", ACTION, extra=1),
    "step with empty action": frame("step", {}),
    "step nested": frame("step", {"action": ACTION}),
    "step without queue": frame("step", without("queue")),
    "step with unknown field": frame("step", changed(mood="good")),
    "step with unknown label": frame("step", changed(priority="P9")),
    "step with number for label": frame("step", changed(priority=1)),
    "step with null label": frame("step", changed(queue=None)),
    "step with short summary": frame("step", changed(summary="short")),
    "step with long summary": frame("step", changed(summary="x" * 281)),
    "step with short response": frame("step", changed(response="short")),
    "step with long response": frame("step", changed(response="x" * 1201)),
    "step with negative confidence": frame("step", changed(confidence=-0.1)),
    "step with confidence above 1": frame("step", changed(confidence=1.1)),
    "step with list for confidence": frame("step", changed(confidence=[])),
    "step with metadata text": frame("step", changed(metadata="a")),
    "step with many faults": frame("step", {"priority": "P9", "mood": 1}),
    "mcp without data": frame("mcp"),
    "mcp with a list": frame("mcp", []),
    "mcp with empty request": frame("mcp", {}),
    "mcp tools/list": frame("mcp", {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}),
}

Request = tuple[str, str, Any, dict[str, str]]

_JSON = {"content-type": "application/json"}
_TEXT = {"content-type": "text/plain"}


def post(path: str, body: Any, headers: dict[str, str] | None = None) -> Request:
    """A POST of JSON, or of bytes as they are."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ("POST", path, content, _JSON if headers is None else headers)


def get(path: str, method: str = "GET") -> Request:
    """A request without a body."""
    return (method, path, None, {})


_ENV = "/support_queue_env"

REQUESTS: dict[str, Request] = {
    "reset without body": ("POST", "/reset", None, {}),
    "reset with empty object": post("/reset", {}),
    "reset with seed and id": post("/reset", {"seed": 1, "episode_id": "abc"}),
    "reset with seed of digits": post("/reset", {"seed": "5"}),
    "reset with nulls": post("/reset", {"seed": None, "episode_id": None}),
    "reset with unknown option": post("/reset", {"colour": "red"}),
    "reset with negative seed": post("/reset", {"seed": -1}),
    "reset with broken seed": post("/reset", {"seed": 1.5}),
    "reset with number for id": post("/reset", {"episode_id": 7}),
    "reset with long id": post("/reset", {"episode_id": "x" * 256}),
    "reset with no JSON": post("/reset", b"{nonsense"),
    "reset with array": post("/reset", []),
    "reset with text body": post("/reset", b"{}", _TEXT),
    "step without body": ("POST", "/step", None, {}),
    "step with empty object": post("/step", {}),
    "step with no JSON": post("/step", b"nope"),
    "step with array": post("/step", []),
    "step with null": post("/step", None),
    "step with text body": post("/step", b"{}", _TEXT),
    "step with null action": post("/step", {"action": None}),
    "step with list for action": post("/step", {"action": []}),
    "step with empty action": post("/step", {"action": {}}),
    "step with unknown label": post("/step", {"action": changed(priority="P9")}),
    "step with unknown field": post("/step", {"action": changed(mood="good")}),
    "step without queue": post("/step", {"action": without("queue")}),
    "step with negative timeout": post("/step", {"action": ACTION, "timeout_s": -1}),
    "step with zero timeout": post("/step", {"action": ACTION, "timeout_s": 0}),
    "step with long request id": post(
        "/step", {"action": ACTION, "request_id": "x" * 256}
    ),
    "state": get("/state"),
    "health": get("/health"),
    "metadata": get("/metadata"),
    "schema": get("/schema"),
    "openapi": get("/openapi.json"),
    "docs": get("/docs"),
    "redoc": get("/redoc"),
    "unknown path": get("/nope"),
    "GET ws": get("/ws"),
    "GET reset": get("/reset"),
    "GET step": get("/step"),
    "GET mcp": get("/mcp"),
    "POST state": post("/state", {}),
    "POST health": post("/health", {}),
    "HEAD health": get("/health", "HEAD"),
    "OPTIONS reset": get("/reset", "OPTIONS"),
    "DELETE reset": get("/reset", "DELETE"),
    "list_environments": get("/list_environments"),
    "splits": get(f"{_ENV}/splits"),
    "splits in capitals": get("/SUPPORT_QUEUE_ENV/splits"),
    "splits of another": get("/another/splits"),
    "tasks": post(f"{_ENV}/tasks", {"split": "test"}),
    "tasks of another": post("/another/tasks", {"split": "test"}),
    "tasks without split": post(f"{_ENV}/tasks", {}),
    "tasks without body": ("POST", f"{_ENV}/tasks", None, {}),
    "tasks with unknown key": post(f"{_ENV}/tasks", {"split": "test", "x": 1}),
    "tasks with number for split": post(f"{_ENV}/tasks", {"split": 1}),
    "num_tasks": post(f"{_ENV}/num_tasks", {"split": "test"}),
    "num_tasks of empty split": post(f"{_ENV}/num_tasks", {"split": "train"}),
    "task": post(f"{_ENV}/task", {"split": "test", "index": 0}),
    "task from the end": post(f"{_ENV}/task", {"split": "test", "index": -1}),
    "task out of range": post(f"{_ENV}/task", {"split": "test", "index": 3}),
    "task out of range below": post(f"{_ENV}/task", {"split": "test", "index": -4}),
    "task without index": post(f"{_ENV}/task", {"split": "test"}),
    "task with text for index": post(f"{_ENV}/task", {"split": "test", "index": "x"}),
    "task_range": post(f"{_ENV}/task_range", {"split": "test", "start": 1, "stop": 3}),
    "task_range whole": post(f"{_ENV}/task_range", {"split": "test"}),
    "task_range open": post(f"{_ENV}/task_range", {"split": "test", "start": 2}),
    "task_range past the end": post(
        f"{_ENV}/task_range", {"split": "test", "start": 1, "stop": 99}
    ),
    "GET tasks of env": get(f"{_ENV}/tasks"),
}


def call(method: str, *, id_: Any = 1, **params: Any) -> dict[str, Any]:
    """A JSON-RPC request."""
    return {"jsonrpc": "2.0", "id": id_, "method": method, "params": params}


RPC: dict[str, Any] = {
    "no body": b"",
    "no JSON": b"nope",
    "array": [],
    "batch": [call("tools/list")],
    "text": "tools/list",
    "null": None,
    "empty object": {},
    "no method": {"jsonrpc": "2.0", "id": 1},
    "another version": {"jsonrpc": "1.0", "id": 1, "method": "tools/list"},
    "no version": {"id": 1, "method": "tools/list"},
    "unknown key": call("tools/list") | {"extra": 1},
    "list for params": call("tools/list") | {"params": []},
    "null for params": call("tools/list") | {"params": None},
    "number for method": call("tools/list") | {"method": 5},
    "list for id": call("tools/list", id_=[]),
    "text for id": call("tools/list", id_="seven"),
    "null for id": call("tools/list", id_=None),
    "notification": {"jsonrpc": "2.0", "method": "tools/list"},
    "no params": {"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
    "initialize": call("initialize"),
    "unknown method": call("explode"),
    "tools/list": call("tools/list"),
    "tools/list in unknown session": call("tools/list", session_id="nope"),
    "tools/call without name": call("tools/call"),
    "tools/call unknown": call("tools/call", name="nope"),
    "tools/call reserved": call("tools/call", name="reset"),
    "tools/call": call("tools/call", name="episode_state", arguments={}),
    "tools/call without arguments": call("tools/call", name="episode_state"),
    "tools/call in unknown session": call(
        "tools/call", name="episode_state", session_id="nope"
    ),
    "close without id": call("openenv/session/close"),
    "close unknown": call("openenv/session/close", session_id="nope"),
}
