"""WebSocket messages that a server must refuse without ending the session.

A message is text, bytes (a binary frame) or a list of either (fragments of one).
"""

import json
from typing import Any

from answers import ACTION
from bad_frames import (
    FAILED,
    INVALID_JSON,
    INVALID_MESSAGE,
    UNKNOWN_TYPE,
    message,
    step,
)
from malformed_bodies import CANARY


Sent = str | bytes | list[str] | list[bytes]

SORTS: dict[str, Any] = {
    "null": None,
    "true": True,
    "number": 7,
    "fraction": 0.5,
    "text": CANARY + " <b>",
    "empty-text": "",
    "array": [CANARY + " <b>"],
    "empty-array": [],
}
"""One of each sort of JSON value that is no object."""

LABELS = ("priority", "queue", "disposition")
TEXTS = {"summary": 280, "response": 1200}

TYPES = {
    f"type-{sort}": json.dumps({"type": value, "data": {}})
    for sort, value in SORTS.items()
} | {
    "type-object": json.dumps({"type": {"type": "state"}}),
    "type-with-a-space": '{"type":"state "}',
    "type-long": json.dumps({"type": CANARY * 1000}),
    "type-in-another-alphabet": '{"type":"st\u0430te"}',
    "type-with-nul": '{"type":"state\\u0000"}',
    "type-of-a-reply": '{"type":"observation","data":{}}',
}

DATA = {
    f"{type_}-data-{sort}": json.dumps({"type": type_, "data": value})
    for type_ in ("reset", "step", "mcp")
    for sort, value in SORTS.items()
}

FIELDS = {
    f"{name}-{sort}": step(**{name: value})
    for name in (*LABELS, *TEXTS, "metadata")
    for sort, value in SORTS.items()
    if (name, sort) != ("summary", "text")  # which it may be
} | {
    f"confidence-{sort}": step(confidence=value)
    for sort, value in SORTS.items()
    if sort != "fraction"
}

LIMITS = {
    **{f"{name}-long": step(**{name: CANARY * 10}) for name in LABELS},
    **{f"{name}-too-long": step(**{name: "x" * (n + 1)}) for name, n in TEXTS.items()},
    **{f"{name}-one-letter": step(**{name: "x"}) for name in TEXTS},
    "confidence-just-over": step(confidence=1.0000000001),
    "confidence-just-under": step(confidence=-1e-300),
    "field-of-another-case": step(Priority="P1"),
    "many-unknown-fields": step(**{f"{'k' * 90}{n}": CANARY for n in range(500)}),
    "action-in-an-action": message("step", {"action": ACTION, "episode_id": "x"}),
    "label-like-a-path": step(queue=f"../../{CANARY}"),
    "label-with-markup": step(disposition=f"<script>{CANARY}</script>"),
    "deep-metadata": step(metadata=json.loads("[" * 40 + "]" * 40)),
    "long-message": message("reset", {"note": CANARY + "x" * 200_000}),
}

FRAGMENTS: dict[str, Sent] = {
    "fragments-of-nonsense": ["{", '"type', f'":"{CANARY} <b>', '"}'],
    "fragments-of-nothing": ["", "", ""],
    "fragments-cut-off": ['{"type":', '"state"'],
    "a-thousand-fragments": ["["] * 1000,
    "binary-fragments": [b"{", b'"type":"state"}'],
}

BINARY: dict[str, Sent] = {
    "binary-json": json.dumps({"type": "step", "data": ACTION}).encode(),
    "binary-empty": b"",
    "binary-nul": bytes(1000),
    "binary-every-byte": bytes(range(256)),
}

NO_JSON: dict[str, Sent] = {
    f"json-{name}": frame for name, frame in INVALID_JSON.items()
}

MESSAGES: dict[str, Sent] = {
    **NO_JSON,
    **{f"type-{name}-again": frame for name, frame in UNKNOWN_TYPE.items()},
    **{f"rule-{name}": frame for name, (frame, _, _) in INVALID_MESSAGE.items()},
    **{f"failed-{name}": frame for name, frame in FAILED.items()},
    **TYPES,
    **DATA,
    **FIELDS,
    **LIMITS,
    **FRAGMENTS,
    **BINARY,
}
"""All of them by name."""


def rpc(**changes: Any) -> str:
    """A JSON-RPC request with changes."""
    whole = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    return json.dumps(whole | changes)


REQUESTS: dict[str, Sent] = {
    **NO_JSON,
    **{f"document-{sort}": json.dumps(value) for sort, value in SORTS.items()},
    **{
        f"{key}-{sort}": rpc(**{key: value})
        for key in ("jsonrpc", "method", "params")
        for sort, value in SORTS.items()
    },
    **{f"id-{sort}": rpc(id=SORTS[sort]) for sort in ("true", "fraction", "array")},
    "id-long": rpc(id=CANARY * 100),
    "unknown-key": rpc(more=CANARY),
    "unknown-method": rpc(method=f"{CANARY} <b>"),
    "no-tool": rpc(method="tools/call"),
    "unknown-tool": rpc(method="tools/call", params={"name": f"{CANARY} <b>"}),
    "tool-array": rpc(method="tools/call", params={"name": [CANARY]}),
    "arguments-text": rpc(
        method="tools/call", params={"name": "triage_ticket", "arguments": CANARY}
    ),
    "close-nothing": rpc(method="openenv/session/close"),
    "close-unknown": rpc(
        method="openenv/session/close", params={"session_id": f"{CANARY} <b>"}
    ),
    "brackets": "[" * 100_000,
    "deep": rpc(params=json.loads('{"a":' * 40 + "1" + "}" * 40)),
    **FRAGMENTS,
    **BINARY,
}
"""What `WS /mcp` must refuse, by name."""
