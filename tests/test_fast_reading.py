"""The fast path of reading gives what the slow path gives, or leaves it to that."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from answers import ACTION, environment
from hypothesis import example, given
from hypothesis import strategies as st
from json_texts import damaged, objects

from support_queue_env.core.action_fields import ActionFields
from support_queue_env.core.actions import read_action, structure_action
from support_queue_env.core.documents import decode_document
from support_queue_env.core.errors import InvalidInput
from support_queue_env.models import SupportQueueAction
from support_queue_env.server import messages
from support_queue_env.server.messages import Message, MessageType, Refused


VOCABULARY = environment().tasks.vocabulary
USUAL = {name: json.dumps(value) for name, value in ACTION.items()}
ACTIONS = (
    objects(USUAL)
    | objects(USUAL | {"metadata": "{}"})
    | objects({name: text for name, text in USUAL.items() if name != "confidence"})
)
OPTIONS = {"task_id": '"easy_inbox_cleanup"', "seed": "7", "feedback": '"full"'}


def of_type(type_: str, data: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Messages of a type with that data."""
    return data.flatmap(lambda text: objects({"type": f'"{type_}"', "data": text}))


MESSAGES = st.one_of(
    of_type("step", ACTIONS),
    of_type("step", ACTIONS),
    of_type("reset", objects(OPTIONS)),
    of_type("reset", ACTIONS),
    of_type("mcp", objects(OPTIONS)),
    *(objects({"type": f'"{type_}"'}) for type_ in ("state", "reset", "close", "step")),
)


def verdict(read: Callable[[], object]) -> str:
    """What reading comes to, to the last bit: a value or its faults."""
    try:
        return repr(read())
    except Refused as refused:
        return repr(refused.frame)
    except InvalidInput as error:
        return repr((str(error), error.faults))


def played(message: Message) -> object:
    """A message, a step's with the action that a session would read."""
    if message.type is MessageType.STEP:
        return structure_action(message.data, VOCABULARY)
    return message


@given(damaged(MESSAGES))
@example(json.dumps({"type": "step", "data": ACTION}))
@example('{"data":' + json.dumps(ACTION)[:-1] + ',"queue":"billing"}}')
@example('{"type":"step","type":"step","data":' + json.dumps(ACTION) + "}")
@example('{"type":"reset","type":"step","data":' + json.dumps(ACTION) + "}")
@example('{"type":"step","data":{},"data":' + json.dumps(ACTION) + "}")
@example('{"type":"step","data":' + json.dumps(ACTION | {"confidence": -0.0}) + "}")
@example("{}")
def test_a_message_has_one_verdict(text: str) -> None:
    """Whichever way a frame is read, it means the same or has the same faults."""
    fast = verdict(lambda: played(messages.read_message(text)))
    slow = verdict(lambda: played(messages._read_document(text)))

    assert slow == fast


@given(damaged(ACTIONS), st.booleans())
@example(json.dumps(ACTION), True)
@example(json.dumps(ACTION | {"queue": "nowhere"}), True)
@example(json.dumps(ACTION)[:-1] + ',"queu\\u0065":"billing"}', False)
def test_an_action_has_one_verdict(text: str, as_bytes: bool) -> None:
    """So has the text of an action alone, as text and as bytes."""
    given_ = text.encode("utf-8", "surrogatepass") if as_bytes else text
    fast = verdict(lambda: read_action(given_, VOCABULARY))
    slow = verdict(
        lambda: structure_action(decode_document(given_, "action"), VOCABULARY)
    )

    assert slow == fast


@given(st.binary() | damaged(ACTIONS).map(lambda text: text.encode("utf-16-le")))
def test_bytes_have_one_verdict(text: bytes) -> None:
    """Bytes that are no UTF-8 are refused in the same words."""
    fast = verdict(lambda: read_action(text, VOCABULARY))
    slow = verdict(
        lambda: structure_action(decode_document(text, "action"), VOCABULARY)
    )

    assert slow == fast


@pytest.mark.parametrize("ascii_", [True, False])
@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("separators", [None, (",", ":")])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"confidence": 1},
        {"metadata": {}},
        {"response": 'First, “look”.\n\nThen say "yes": \\ 😀'},
    ],
)
def test_what_is_read_fast(
    changes: dict[str, Any],
    separators: tuple[str, str] | None,
    indent: int | None,
    *,
    ascii_: bool,
) -> None:
    """Steps as clients send them take the fast path, however they are written."""
    data = ACTION | changes
    document = {"type": "step", "data": data}
    text = json.dumps(
        document, ensure_ascii=ascii_, indent=indent, separators=separators
    )
    message = messages.read_message(text)
    action = structure_action(message.data, VOCABULARY)

    assert ActionFields is type(message.data)
    assert SupportQueueAction(**data) == action
    assert repr(structure_action(data, VOCABULARY)) == repr(action)
