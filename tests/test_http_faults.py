"""Bad HTTP requests: refused in one shape, without an echo, without a trace."""

import json
from typing import Any

import httpx
import pytest
from answers import ACTION, TASKS, without


MARKER = "MARKER-7f3a"
"""Stands in the values of bad input; no reply may repeat it."""

DEEP = 30_000
BODY_LIMIT = 64 * 1024
REPLY_LIMIT = 2048


def text(value: object) -> bytes:
    """A body of JSON; lone surrogates are written as escapes."""
    return json.dumps(value).encode()


def action(**changes: object) -> bytes:
    """A flat action with changes."""
    return text(ACTION | changes)


def nested(**changes: object) -> bytes:
    """A nested action with changes."""
    return text({"action": ACTION | changes})


ANY_ROUTE = {
    "words": (MARKER.encode(), "json_invalid", ["body", 0]),
    "blank": (b" ", "json_invalid", ["body"]),
    "cut-off": (f'{{"a":"{MARKER}'.encode(), "json_invalid", ["body"]),
    "form": (f"priority={MARKER}".encode(), "json_invalid", ["body"]),
    "not-utf-8": (b'{"a":"\xff\xfe"}', "json_invalid", ["body"]),
    "utf-16": (json.dumps({"a": 1}).encode("utf-16"), "json_invalid", ["body"]),
    "byte-order-mark": (b"\xef\xbb\xbf{}", "json_invalid", ["body"]),
    "array": (text([MARKER]), "model_attributes_type", ["body"]),
    "null": (b"null", "model_attributes_type", ["body"]),
    "number": (b"7", "model_attributes_type", ["body"]),
    "json-text": (text(MARKER), "model_attributes_type", ["body"]),
    "nan": (b'{"confidence":NaN}', "finite_number", ["body"]),
    "infinity": (b'{"seed":Infinity}', "finite_number", ["body"]),
    "minus-infinity": (b'{"seed":-Infinity}', "finite_number", ["body"]),
    "1e400": (b'{"confidence":1e400}', "finite_number", ["body"]),
    "huge-integer": (b'{"seed":' + b"9" * 5000 + b"}", "number_too_long", ["body"]),
    "brackets": (b"[" * DEEP, "nesting", ["body"]),
    "balanced": (b"[" * DEEP + b"]" * DEEP, "nesting", ["body"]),
    "deep-objects": (b'{"a":' * 10_000, "nesting", ["body"]),
    "duplicate": (b'{"seed":1,"seed":2}', "duplicate_key", ["body"]),
    "surrogate": (text({"summary": "\ud800"}), "string_unicode", ["body", "summary"]),
    "surrogate-key": (text({"\ud800": 1}), "string_unicode", ["body"]),
    "id-number": (text({"episode_id": 7}), "string_type", ["body", "episode_id"]),
    "id-blank": (text({"episode_id": ""}), "string_too_short", ["body", "episode_id"]),
    "id-long": (
        text({"episode_id": MARKER * 40}),
        "string_too_long",
        ["body", "episode_id"],
    ),
}

RESET = {
    "seed-negative": (text({"seed": -1}), "greater_than_equal", ["body", "seed"]),
    "seed-words": (text({"seed": MARKER}), "int_type", ["body", "seed"]),
    "seed-minus": (text({"seed": "-5"}), "int_type", ["body", "seed"]),
    "seed-unicode-digits": (text({"seed": "\u0665"}), "int_type", ["body", "seed"]),
    "seed-endless-digits": (text({"seed": "5" * 500}), "int_type", ["body", "seed"]),
    "seed-fraction": (text({"seed": 1.5}), "int_type", ["body", "seed"]),
    "seed-true": (text({"seed": True}), "int_type", ["body", "seed"]),
    "seed-list": (text({"seed": [1]}), "int_type", ["body", "seed"]),
    "task-unknown": (text({"task_id": MARKER}), "unknown_task", ["body", "task_id"]),
    "task-number": (text({"task_id": 1}), "string_type", ["body", "task_id"]),
    "rubric-unknown": (text({"rubric": MARKER}), "unknown_rubric", ["body", "rubric"]),
    "rubric-path": (
        text({"rubric": f"../{MARKER}.toml"}),
        "unknown_rubric",
        ["body", "rubric"],
    ),
    "feedback-unknown": (text({"feedback": MARKER}), "enum", ["body", "feedback"]),
    "feedback-null": (text({"feedback": None}), "enum", ["body", "feedback"]),
    "rewards-unknown": (text({"rewards": MARKER}), "enum", ["body", "rewards"]),
    "rewards-list": (text({"rewards": [MARKER]}), "enum", ["body", "rewards"]),
}

STEP = {
    "no-body": (b"", "missing", ["body"]),
    "empty": (b"{}", "missing", ["body", "action"]),
    "only-options": (text({"timeout_s": 1}), "missing", ["body", "action"]),
    "action-null": (text({"action": None}), "dict_type", ["body", "action"]),
    "action-list": (text({"action": [MARKER]}), "dict_type", ["body", "action"]),
    "action-text": (text({"action": MARKER}), "dict_type", ["body", "action"]),
    "action-empty": (text({"action": {}}), "missing", ["priority"]),
    "no-queue": (text(without("queue")), "missing", ["body", "queue"]),
    "no-queue-nested": (text({"action": without("queue")}), "missing", ["queue"]),
    "unknown-field": (action(mood=MARKER), "extra_forbidden", ["body", "mood"]),
    "unknown-field-nested": (nested(mood=MARKER), "extra_forbidden", ["mood"]),
    "priority-unknown": (action(priority=MARKER), "enum", ["body", "priority"]),
    "priority-lower": (action(priority="p1"), "enum", ["body", "priority"]),
    "priority-number": (action(priority=1), "enum", ["body", "priority"]),
    "queue-list": (nested(queue=[MARKER]), "enum", ["queue"]),
    "disposition-null": (nested(disposition=None), "enum", ["disposition"]),
    "summary-short": (action(summary="x" * 7), "string_too_short", ["body", "summary"]),
    "summary-long": (
        action(summary=MARKER * 30),
        "string_too_long",
        ["body", "summary"],
    ),
    "summary-number": (action(summary=12345678), "string_type", ["body", "summary"]),
    "response-short": (nested(response="x" * 15), "string_too_short", ["response"]),
    "response-long": (nested(response=MARKER * 110), "string_too_long", ["response"]),
    "response-object": (nested(response={MARKER: 1}), "string_type", ["response"]),
    "confidence-text": (
        action(confidence=MARKER),
        "float_type",
        ["body", "confidence"],
    ),
    "confidence-true": (nested(confidence=True), "float_type", ["confidence"]),
    "confidence-null": (nested(confidence=None), "float_type", ["confidence"]),
    "confidence-over": (nested(confidence=1.5), "less_than_equal", ["confidence"]),
    "confidence-under": (nested(confidence=-0.1), "greater_than_equal", ["confidence"]),
    "confidence-huge": (nested(confidence=10**400), "finite_number", ["confidence"]),
    "metadata-text": (nested(metadata=MARKER), "dict_type", ["metadata"]),
    "timeout-text": (action(timeout_s=MARKER), "float_type", ["body", "timeout_s"]),
    "request-id-number": (action(request_id=1), "string_type", ["body", "request_id"]),
    "request-id-empty": (
        action(request_id=""),
        "string_too_short",
        ["body", "request_id"],
    ),
}

Case = tuple[bytes, str, list[str | int]]


@pytest.fixture
def episode(http: httpx.Client) -> Any:
    """The state of the unnamed episode, fresh and running."""
    http.post("/reset", json={"task_id": "medium_sla_defense"}).raise_for_status()
    return http.get("/state").json()


def check(reply: httpx.Response, type_: str, loc: list[str | int]) -> None:
    """A refusal in OpenEnv's shape that tells nothing of what was sent."""
    assert 422 == reply.status_code
    assert "application/json" == reply.headers["content-type"]
    assert len(reply.content) <= REPLY_LIMIT
    assert MARKER not in reply.text
    assert {"detail"} == set(reply.json())
    entries = reply.json()["detail"]
    assert all({"type", "loc", "msg"} == set(entry) for entry in entries)
    assert (type_, loc) in [(e["type"], e["loc"][: len(loc)]) for e in entries]


@pytest.mark.parametrize("path", ["/reset", "/step"])
@pytest.mark.parametrize("case", ANY_ROUTE.values(), ids=ANY_ROUTE)
def test_a_bad_body(http: httpx.Client, episode: Any, path: str, case: Case) -> None:
    """Reset and step refuse what is no honest JSON object, and change nothing."""
    content, type_, loc = case
    headers = {"content-type": "application/json"}
    check(http.post(path, content=content, headers=headers), type_, loc)

    assert episode == http.get("/state").json()


@pytest.mark.parametrize("case", RESET.values(), ids=RESET)
def test_a_bad_reset(http: httpx.Client, episode: Any, case: Case) -> None:
    """A refused reset leaves the running episode as it is."""
    content, type_, loc = case
    headers = {"content-type": "application/json"}
    check(http.post("/reset", content=content, headers=headers), type_, loc)

    assert episode == http.get("/state").json()


@pytest.mark.parametrize("case", STEP.values(), ids=STEP)
def test_a_bad_step(http: httpx.Client, episode: Any, case: Case) -> None:
    """A refused step grades nothing; the ticket may be answered after all."""
    content, type_, loc = case
    headers = {"content-type": "application/json"}
    check(http.post("/step", content=content, headers=headers), type_, loc)

    assert episode == http.get("/state").json()
    assert 200 == http.post("/step", json=ACTION).status_code


@pytest.mark.parametrize("path", ["/reset", "/step"])
@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "", "text/json", "multipart/form-data; boundary=x", "application"],
)
def test_another_content_type(
    http: httpx.Client, episode: Any, path: str, content_type: str
) -> None:
    """A body that does not call itself JSON is not read as JSON."""
    headers = {"content-type": content_type}
    reply = http.post(path, content=text(ACTION), headers=headers)
    check(reply, "model_attributes_type", ["body"])


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON; charset=utf-8", "application/a+json", None],
)
def test_json_by_any_of_its_names(
    http: httpx.Client, episode: Any, content_type: str | None
) -> None:
    """Parameters, capitals and +json are fine, and so is no content type at all."""
    headers = {"content-type": content_type} if content_type else {}
    reply = http.post("/step", content=text(ACTION), headers=headers)

    assert 200 == reply.status_code


def test_every_fault_is_reported_at_once(http: httpx.Client, episode: Any) -> None:
    """One reply lists all that is wrong with an action."""
    bad = without("queue") | {"priority": "P9", "confidence": 2, "mood": "good"}
    entries = http.post("/step", json=bad).json()["detail"]

    assert {"queue", "priority", "confidence", "mood"} == {e["loc"][1] for e in entries}


def test_an_unknown_task_lists_the_tasks(http: httpx.Client) -> None:
    """The message names every task there is."""
    (entry,) = http.post("/reset", json={"task_id": MARKER}).json()["detail"]

    assert all(task_id in entry["msg"] for task_id in TASKS)


@pytest.mark.parametrize("letter", ["k", "中", "👋"])
def test_many_long_unknown_fields(
    http: httpx.Client, episode: Any, letter: str
) -> None:
    """However many unknown fields there are, the reply stays small."""
    unknown = {letter * 100 + str(number): 1 for number in range(60)}
    reply = http.post("/step", json={"action": ACTION | unknown})

    assert 422 == reply.status_code
    assert len(reply.content) <= 8 * REPLY_LIMIT


@pytest.mark.parametrize("path", ["/reset", "/step"])
@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_a_body_that_is_too_large(
    http: httpx.Client, episode: Any, path: str, chunked: bool
) -> None:
    """A body over 64 KiB is refused, announced or not, and nothing changes."""
    content = text({"note": MARKER + "x" * BODY_LIMIT})
    parts = [content[i : i + 4096] for i in range(0, len(content), 4096)]
    headers = {"content-type": "application/json"}
    reply = http.post(
        path, content=iter(parts) if chunked else content, headers=headers
    )

    assert 413 == reply.status_code
    assert "application/json" == reply.headers["content-type"]
    assert {"detail": "Request Entity Too Large"} == reply.json()
    assert episode == http.get("/state").json()


def test_a_body_of_the_largest_size(http: httpx.Client) -> None:
    """A body of exactly 64 KiB is read."""
    filled = BODY_LIMIT - len(text({"note": ""}))
    reply = http.post("/reset", content=text({"note": "x" * filled}))

    assert 200 == reply.status_code


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/reset/x",
        f"/{MARKER}",
        "/%00",
        "/%ff",
        "/static/nothing",
        "/..%2f",
        "/ws",
    ],
)
def test_an_unknown_path(http: httpx.Client, path: str) -> None:
    """Not found is JSON, and does not repeat the path."""
    reply = http.get(path)

    assert 404 == reply.status_code
    assert "application/json" == reply.headers["content-type"]
    assert {"detail": "Not Found"} == reply.json()


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/reset", "POST"),
        ("GET", "/step", "POST"),
        ("PUT", "/step", "POST"),
        ("DELETE", "/state", "GET"),
        ("POST", "/health", "GET"),
        ("PATCH", "/tasks", "GET"),
    ],
)
def test_a_wrong_method(
    http: httpx.Client, method: str, path: str, allowed: str
) -> None:
    """Method not allowed is JSON and says which one is."""
    reply = http.request(method, path)

    assert 405 == reply.status_code
    assert "application/json" == reply.headers["content-type"]
    assert {"detail": "Method Not Allowed"} == reply.json()
    assert allowed in reply.headers["allow"]
