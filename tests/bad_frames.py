"""WebSocket frames that a server must refuse, by the code they get."""

import json

from answers import ACTION, without


DEEP = 100_000


def message(type_: str, data: object) -> str:
    """A frame of that type and data."""
    return json.dumps({"type": type_, "data": data})


def step(**changes: object) -> str:
    """A step frame with a changed action."""
    return message("step", ACTION | changes)


INVALID_JSON: dict[str, str | bytes] = {
    "empty": "",
    "blank": " ",
    "words": "hello",
    "cut-off": '{"type":"state"',
    "two-documents": '{"type":"state"}{"type":"state"}',
    "single-quotes": "{'type':'state'}",
    "trailing-comma": '{"type":"state",}',
    "byte-order-mark": '\ufeff{"type":"state"}',
    "binary": b'{"type":"state"}',
    "binary-noise": b"\xff\x00",
}

UNKNOWN_TYPE = {
    "no-type": "{}",
    "null": '{"type":null}',
    "number": '{"type":7}',
    "list": '{"type":["state"]}',
    "object": '{"type":{"state":1}}',
    "unknown": '{"type":"restart"}',
    "upper-case": '{"type":"STATE"}',
    "blank": '{"type":""}',
    "markup": '{"type":"<b>state</b>"}',
    "before-envelope": '{"type":"restart","extra":1,"data":7}',
}

INVALID_MESSAGE = {
    "array": ("[]", "model_attributes_type", []),
    "number": ("1", "model_attributes_type", []),
    "null": ("null", "model_attributes_type", []),
    "text": ('"state"', "model_attributes_type", []),
    "true": ("true", "model_attributes_type", []),
    "duplicate-key": ('{"type":"state","type":"state"}', "duplicate_key", []),
    "duplicate-in-data": (
        '{"type":"reset","data":{"seed":1,"seed":2}}',
        "duplicate_key",
        [],
    ),
    "nan": ('{"type":"step","data":{"confidence":NaN}}', "finite_number", []),
    "infinity": ('{"type":"step","data":{"a":Infinity}}', "finite_number", []),
    "minus-infinity": ('{"type":"step","data":{"a":-Infinity}}', "finite_number", []),
    "1e400": ('{"type":"step","data":{"confidence":1e400}}', "finite_number", []),
    "huge-integer": (
        f'{{"type":"reset","data":{{"seed":{"9" * 5000}}}}}',
        "number_too_long",
        [],
    ),
    "brackets": ("[" * DEEP, "too_long", []),
    "fewer-brackets": ("[" * 60_000, "nesting", []),
    "balanced-brackets": ("[" * 30_000 + "]" * 30_000, "nesting", []),
    "deep-objects": ('{"a":' * 10_000, "nesting", []),
    "surrogate": (
        step(summary="half a pair: \ud800"),
        "string_unicode",
        ["data", "summary"],
    ),
    "surrogate-key": (step(**{"\udfff": 1}), "string_unicode", ["data"]),
    "state-data": ('{"type":"state","data":{}}', "extra_forbidden", ["data"]),
    "state-null": ('{"type":"state","data":null}', "extra_forbidden", ["data"]),
    "close-data": ('{"type":"close","data":{}}', "extra_forbidden", ["data"]),
    "extra-key": (
        '{"type":"reset","data":{},"request_id":"1"}',
        "extra_forbidden",
        ["request_id"],
    ),
    "step-alone": ('{"type":"step"}', "missing", ["data"]),
    "step-null": (message("step", None), "dict_type", ["data"]),
    "step-array": (message("step", [ACTION]), "dict_type", ["data"]),
    "reset-array": (message("reset", []), "dict_type", ["data"]),
    "reset-null": (message("reset", None), "dict_type", ["data"]),
    "mcp-alone": ('{"type":"mcp"}', "missing", ["data"]),
    "nested-action": (
        message("step", {"action": ACTION}),
        "extra_forbidden",
        ["action"],
    ),
    "no-queue": (message("step", without("queue")), "missing", ["queue"]),
    "unknown-field": (step(mood="good"), "extra_forbidden", ["mood"]),
    "unknown-label": (step(priority="P0"), "enum", ["priority"]),
    "label-list": (step(queue=["billing"]), "enum", ["queue"]),
    "short": (step(summary="short"), "string_too_short", ["summary"]),
    "long": (step(response="x" * 1201), "string_too_long", ["response"]),
    "number-for-text": (step(summary=12345678), "string_type", ["summary"]),
    "text-for-number": (step(confidence="0.5"), "float_type", ["confidence"]),
    "boolean-for-number": (step(confidence=True), "float_type", ["confidence"]),
    "over-one": (step(confidence=1.01), "less_than_equal", ["confidence"]),
    "below-zero": (step(confidence=-1), "greater_than_equal", ["confidence"]),
    "integer-too-big-for-a-float": (
        step(confidence=10**400),
        "finite_number",
        ["confidence"],
    ),
    "metadata-text": (step(metadata="x"), "dict_type", ["metadata"]),
}

FAILED = {
    "unknown-task": message("reset", {"task_id": "no_such_task"}),
    "unknown-rubric": message("reset", {"rubric": "no-such-rubric"}),
    "negative-seed": message("reset", {"seed": -1}),
    "text-seed": message("reset", {"seed": "5"}),
    "number-for-id": message("reset", {"episode_id": 7}),
    "unknown-feedback": message("reset", {"feedback": "everything"}),
}
