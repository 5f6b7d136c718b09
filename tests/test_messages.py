"""Reading a WebSocket frame is pure, total, and never echoes."""

import asyncio
import json
from collections.abc import Coroutine
from typing import Any

import pytest
from answers import environment
from hypothesis import given
from hypothesis import strategies as st

from support_queue_env.core.session import Session
from support_queue_env.server.answers import Answers, Reply
from support_queue_env.server.messages import (
    ErrorCode,
    Message,
    MessageType,
    Refused,
    read_message,
)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=12,
)
ENVELOPES = st.dictionaries(
    st.sampled_from(["type", "data", "extra"]),
    st.sampled_from([*map(str, MessageType), ""]) | JSON,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"type":"reset"}', Message(MessageType.RESET, {})),
        ('{"type":"reset","data":{}}', Message(MessageType.RESET, {})),
        ('{"data":{"a":1},"type":"step"}', Message(MessageType.STEP, {"a": 1})),
        (' {"type" : "state"} ', Message(MessageType.STATE, {})),
        ('{"type":"close"}', Message(MessageType.CLOSE, {})),
        ('{"type":"mcp","data":{"id":1}}', Message(MessageType.MCP, {"id": 1})),
        ('{"type":"st\\u0061te"}', Message(MessageType.STATE, {})),
    ],
)
def test_a_message(text: str, expected: Message) -> None:
    """A well-formed envelope gives its type and its data, not looked into."""
    assert expected == read_message(text)


@given(st.text() | JSON.map(json.dumps) | ENVELOPES.map(json.dumps))
def test_any_text_is_a_message_or_refused(text: str) -> None:
    """Whatever the text, there is a message or a frame that says why not."""
    read = read_or_frame(text)
    if isinstance(read, Message):
        return

    assert {"type", "data"} == set(read)
    assert "error" == read["type"]
    assert read["data"]["code"] in {
        ErrorCode.INVALID_JSON,
        ErrorCode.UNKNOWN_TYPE,
        ErrorCode.VALIDATION_ERROR,
    }
    assert json.dumps(read, allow_nan=False, ensure_ascii=False).encode()


def read_or_frame(text: str) -> Message | dict[str, Any]:
    """The message in a text, or the frame that refuses it."""
    try:
        return read_message(text)
    except Refused as refused:
        return refused.frame


@given(st.none() | st.text() | JSON.map(json.dumps) | ENVELOPES.map(json.dumps))
def test_any_frame_is_answered(text: str | None) -> None:
    """The server has an answer to any frame, None only to `close`."""

    async def mcp(_: object) -> dict[str, str]:
        return {"jsonrpc": "2.0"}

    async def replied() -> Reply:
        reply = Answers(Session(environment()), mcp)(text)
        return await reply if isinstance(reply, Coroutine) else reply

    reply = asyncio.run(replied())
    if reply is None:
        assert text is not None
        assert MessageType.CLOSE == read_message(text).type
    else:
        assert {"type", "data"} == set(json.loads(reply))


@pytest.mark.parametrize(
    ("text", "code", "faults"),
    [
        ("{", ErrorCode.INVALID_JSON, None),
        ("{}", ErrorCode.UNKNOWN_TYPE, None),
        ('{"type":"step"}', ErrorCode.VALIDATION_ERROR, [["missing", ["data"]]]),
        (
            '{"type":"step","data":1,"b":1,"a":1}',
            ErrorCode.VALIDATION_ERROR,
            [
                ["extra_forbidden", ["a"]],
                ["extra_forbidden", ["b"]],
                ["dict_type", ["data"]],
            ],
        ),
        (
            '{"type":"state","data":{},"x":1}',
            ErrorCode.VALIDATION_ERROR,
            [["extra_forbidden", ["data"]], ["extra_forbidden", ["x"]]],
        ),
    ],
)
def test_faults(text: str, code: ErrorCode, faults: Any) -> None:
    """The first stage that fails gives the code, and lists all its faults."""
    with pytest.raises(Refused) as refused:
        read_message(text)
    data = refused.value.frame["data"]
    entries = data.get("errors")

    assert code == data["code"]
    assert faults == (entries and [[e["type"], e["loc"]] for e in entries])


def test_a_refusal_does_not_echo() -> None:
    """No part of a bad message's values comes back, and long keys are cut."""
    document = {"type": "<secret>", "data": "secret", "k" * 9999: "secret"}
    for changed in (
        document,
        document | {"type": "step"},
        document | {"type": "state"},
    ):
        with pytest.raises(Refused) as refused:
            read_message(json.dumps(changed))
        frame = json.dumps(refused.value.frame)

        assert "secret" not in frame
        assert len(frame) < 1000
