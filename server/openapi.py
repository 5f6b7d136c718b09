"""The OpenAPI document, written by hand because bodies pass through cattrs.

Title and version are those that OpenEnv's validator expects of an environment.
"""

from typing import Any

from ..core.actions import Vocabulary
from .openapi_refusals import with_refusals
from .schemas import all_components
from .taskapi import SPLITS


_REFERENCE = "#/components/schemas/{name}"

_EXAMPLE = {
    "priority": "P2",
    "queue": "billing",
    "disposition": "respond",
    "summary": "Invoice charged twice; ledger shows both captures settled.",
    "response": "Thank you for the details. Billing is reviewing both charges.",
    "confidence": 0.8,
}


def openapi_document(vocabulary: Vocabulary, *, simulation: bool) -> dict[str, Any]:
    """Every route of the server as OpenAPI 3.1.

    Validators read the mode from it: production has none of reset, step and state.
    """
    episode_paths = {
        "/reset": {"post": _reset()},
        "/step": {"post": _step()},
        "/state": {"get": _state()},
    }
    paths = {
        **(episode_paths if simulation else {}),
        **_description_paths(),
        **_health_paths(),
        "/mcp": {"post": _rpc()},
        **_task_paths(),
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "OpenEnv Environment HTTP API",
            "version": "1.0.0",
            "description": (
                "Support-ticket triage. Trainers play over the WebSocket at `/ws`; "
                "the HTTP routes play whole episodes too, one request per step."
            ),
        },
        "paths": with_refusals(paths, _ref("Error")),
        "components": {
            "schemas": {
                **all_components(vocabulary, _REFERENCE),
                "Step": _envelope(),
                "Error": _object({"detail": {"type": "string"}}, ["detail"]),
                "ValidationError": _validation_error(),
            }
        },
    }


def _description_paths() -> dict[str, Any]:
    return {
        "/tasks": {"get": _read("The tasks there are", _tasks())},
        "/schema": {"get": _read("JSON Schemas of the values", _object())},
        "/metadata": {"get": _read("Name, description, version", _object())},
        "/rubric": {"get": _rubric()},
        "/": {"get": _read("What this server is", _object())},
    }


def _task_paths() -> dict[str, Any]:
    splits = _tagged("Task API", "The splits that have tasks", _splits())
    splits["responses"] |= _OTHER_ENVIRONMENT
    return {
        "/list_environments": {
            "get": _tagged("Task API", "The environments served", _strings())
        },
        "/{env}/splits": {"get": {**splits, "parameters": [_ENVIRONMENT]}},
        **{
            f"/{{env}}/{name}": {"post": _task_call(summary, body, reply)}
            for name, summary, body, reply in _task_calls()
        },
    }


def _rubric() -> dict[str, Any]:
    described = _read("What a rubric is made of", _object())
    described["responses"] |= {
        "422": _reply("No rubric of that name", _ref("ValidationError"))
    }
    return {
        **described,
        "description": (
            "Components with their weights, scorers and parameters, the digest and "
            "the signature. No ticket's truth."
        ),
        "parameters": [
            {
                "name": "name",
                "in": "query",
                "description": "Which rubric; the default one if not given.",
                "schema": {"type": "string"},
            }
        ],
    }


def _reset() -> dict[str, Any]:
    return {
        "tags": ["Episodes"],
        "summary": "Start an episode",
        "description": (
            "Without a body: the first task, with defaults. Unknown keys are "
            "allowed and named in `info.ignored_options`."
        ),
        "requestBody": {
            "required": False,
            "content": _json(_ref("ResetOptions") | {"additionalProperties": True}),
        },
        "responses": {
            "200": _reply("The first observation", _ref("Step"), _EPISODE_HEADER),
            "422": _reply("An option breaks its rules", _ref("ValidationError")),
            **_UNKEPT,
            **_TOO_LARGE,
        },
    }


def _step() -> dict[str, Any]:
    nested = _object({"action": _ref("SupportQueueAction")}, ["action"])
    return {
        "tags": ["Episodes"],
        "summary": "Answer the current ticket",
        "description": (
            'The body is the action itself, or `{"action": {…}}`. The episode is '
            "the one named by `episode_id` (body, query or `X-Episode-Id`), else the "
            "one last reset without an id. Beside the action, `request_id` makes a "
            "retry safe: a repeated one gets the first one's answer, whatever action "
            "comes with it; `ticket_id` refuses the step unless that ticket is current."
        ),
        "parameters": _EPISODE_PARAMETERS,
        "requestBody": {
            "required": True,
            "content": _json({"anyOf": [_ref("SupportQueueAction"), nested]}, _EXAMPLE),
        },
        "responses": {
            "200": _reply("The next observation", _ref("Step"), _EPISODE_HEADER),
            "404": _reply("No such episode", _ref("Error")),
            "409": _reply(
                "No episode is running, it is done, or another ticket is current",
                _ref("Error"),
            ),
            "422": _reply("The action breaks its rules", _ref("ValidationError")),
            "503": _reply(
                "A scorer failed, or the step could not be recorded; it may be retried",
                _ref("Error"),
            ),
            **_TOO_LARGE,
        },
    }


def _state() -> dict[str, Any]:
    return {
        "tags": ["Episodes"],
        "summary": "The episode so far",
        "parameters": _EPISODE_PARAMETERS,
        "responses": {
            "200": _reply("The state", _ref("SupportQueueState")),
            "404": _reply("No such episode", _ref("Error")),
            "409": _reply("It cannot be continued here", _ref("Error")),
            **_UNKEPT,
        },
    }


def _rpc() -> dict[str, Any]:
    request = _object(
        {
            "jsonrpc": {"enum": ["2.0"]},
            "method": {"type": "string"},
            "params": {"type": "object"},
            "id": {"anyOf": [{"type": t} for t in ("string", "integer", "null")]},
        },
        ["jsonrpc", "method"],
    )
    return {
        "tags": ["MCP"],
        "summary": "Call a tool",
        "description": (
            "JSON-RPC 2.0: `tools/list`, `tools/call`, `openenv/session/create` and "
            "`openenv/session/close`. The answer to any body is 200."
        ),
        "requestBody": {"required": True, "content": _json(request)},
        "responses": {"200": _reply("A JSON-RPC response", _object()), **_TOO_LARGE},
    }


def _task_calls() -> list[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    split = {"split": {"enum": list(SPLITS)}}
    index, cards = {"type": "integer"}, {"type": "array", "items": _ref("TaskCard")}
    bounds = {"start": index, "stop": index}
    task_of = {"task": _ref("TaskCard")}
    counted = _object({"num_tasks": index}, ["num_tasks"])
    by_index = _object({**split, "index": index}, ["split", "index"])
    return [
        (
            "tasks",
            "Every task of a split",
            _object(split, ["split"]),
            _object({"tasks": cards, "env_name": {"type": "string"}}, ["tasks"]),
        ),
        ("num_tasks", "How many tasks", _object(split, ["split"]), counted),
        ("task", "One task of a split", by_index, _object(task_of, ["task"])),
        (
            "task_range",
            "Some tasks of a split",
            _object({**split, **bounds}, ["split"]),
            _object({"tasks": cards}, ["tasks"]),
        ),
    ]


def _task_call(
    summary: str, body: dict[str, Any], reply: dict[str, Any]
) -> dict[str, Any]:
    return {
        "tags": ["Task API"],
        "summary": summary,
        "parameters": [_ENVIRONMENT],
        "requestBody": {"required": True, "content": _json(_closed(body))},
        "responses": {
            "200": _reply("OK", reply),
            "400": _reply("No task of that index", _ref("Error")),
            **_OTHER_ENVIRONMENT,
            "422": _reply("The body breaks its rules", _ref("ValidationError")),
            **_TOO_LARGE,
        },
    }


def _splits() -> dict[str, Any]:
    text = {"type": "string"}
    item = _object({"name": text, "type": text}, ["name", "type"])
    return {"type": "array", "items": item}


def _strings() -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string"}}


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    return schema | {"additionalProperties": False}


def _tagged(tag: str, summary: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {**_read(summary, schema), "tags": [tag]}


def _read(summary: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "tags": ["Descriptions"],
        "summary": summary,
        "responses": {"200": _reply("OK", schema)},
    }


def _envelope() -> dict[str, Any]:
    """An observation's reward and done stand beside it, not inside."""
    return _object(
        {
            "observation": {"type": "object"},
            "reward": {"anyOf": [{"type": "number"}, {"type": "null"}]},
            "done": {"type": "boolean"},
            "metadata": {"anyOf": [{"type": "object"}, {"type": "null"}]},
        },
        ["observation", "reward", "done", "metadata"],
    )


def _validation_error() -> dict[str, Any]:
    place = {"anyOf": [{"type": "string"}, {"type": "integer"}]}
    entry = _object(
        {
            "type": {"type": "string"},
            "loc": {"type": "array", "items": place},
            "msg": {"type": "string"},
        },
        ["type", "loc", "msg"],
    )
    return _object({"detail": {"type": "array", "items": entry}}, ["detail"])


def _tasks() -> dict[str, Any]:
    return _object(
        {
            "tasks": {"type": "array", "items": _ref("TaskCard")},
            "default": {"type": "string"},
        },
        ["tasks", "default"],
    )


def _health_paths() -> dict[str, Any]:
    status = _object({"status": {"type": "string"}}, ["status"])
    ready = {
        **_tagged("Operations", "Whether to send it work", _checks()),
        "description": (
            "`degraded` is 200: episodes can be played, but some scorers are left "
            "alone for a while. `/ready` is the same."
        ),
    }
    ready["responses"] |= {"503": _reply("Not now; `checks` says why", _checks())}
    return {
        "/health": {"get": _tagged("Operations", "Whether the server serves", status)},
        "/health/live": {
            "get": _tagged("Operations", "Whether the process answers", status)
        },
        "/health/ready": {"get": ready},
        "/ready": {"get": ready},
        "/metrics": {"get": _metrics()},
        "/version": {"get": _tagged("Operations", "What runs here", _object())},
    }


def _metrics() -> dict[str, Any]:
    text = {"text/plain": {"schema": {"type": "string"}}}
    return {
        "tags": ["Operations"],
        "summary": "What was counted, as Prometheus reads it",
        "responses": {"200": {"description": "The metrics", "content": text}},
    }


def _checks() -> dict[str, Any]:
    check = _object(
        {
            "status": {"enum": ["ok", "degraded", "failed"]},
            "detail": {"type": "string"},
        },
        ["status", "detail"],
    )
    names = ("store", "sessions", "scorers")
    return _object(
        {
            "status": {"enum": ["ready", "degraded", "not ready"]},
            "checks": _object(dict.fromkeys(names, check), list(names)),
        },
        ["status", "checks"],
    )


def _object(
    properties: dict[str, Any] | None = None, required: list[str] | None = None
) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object"}
    if properties:
        schema |= {"properties": properties, "required": required or []}
    return schema


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": _REFERENCE.format(name=name)}


def _json(schema: dict[str, Any], example: object = None) -> dict[str, Any]:
    media: dict[str, Any] = {"schema": schema}
    if example is not None:
        media["example"] = example
    return {"application/json": media}


def _reply(
    description: str, schema: dict[str, Any], headers: dict[str, Any] | None = None
) -> dict[str, Any]:
    reply: dict[str, Any] = {"description": description, "content": _json(schema)}
    if headers:
        reply["headers"] = headers
    return reply


_TOO_LARGE = {"413": _reply("The body is larger than 64 KiB", _ref("Error"))}

_OTHER_ENVIRONMENT = {"404": _reply("Another environment is served", _ref("Error"))}

_UNKEPT = {"503": _reply("It could not be recorded, or read; try again", _ref("Error"))}

_ENVIRONMENT = {
    "name": "env",
    "in": "path",
    "required": True,
    "schema": {"type": "string"},
    "example": "support_queue_env",
}

_EPISODE_HEADER = {
    "X-Episode-Id": {"description": "The episode's id", "schema": {"type": "string"}}
}

_EPISODE_PARAMETERS = [
    {"name": "episode_id", "in": "query", "schema": {"type": "string"}},
    {"name": "X-Episode-Id", "in": "header", "schema": {"type": "string"}},
]
