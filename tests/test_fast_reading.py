"""The fast path of reading gives what the slow path gives, or leaves it to that."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from answers import ACTION, environment
from attrs import fields
from hypothesis import example, given
from hypothesis import strategies as st
from json_texts import damaged, objects

from support_queue_env.core.action_fields import ActionFields
from support_queue_env.core.actions import read_action, structure_action
from support_queue_env.core.conversion import structure
from support_queue_env.core.documents import decode_document
from support_queue_env.core.errors import InvalidInput
from support_queue_env.core.session import read_reset_options
from support_queue_env.models import ResetOptions, SupportQueueAction
from support_queue_env.server import messages
from support_queue_env.server.messages import Message, MessageType, Refused
from support_queue_env.server.requests import (
    StepRequest,
    read_object,
    read_step,
    read_step_body,
)


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
    """A message, with the action or the options that a session would read."""
    if message.type is MessageType.STEP:
        return structure_action(message.data, VOCABULARY)
    if message.type is MessageType.RESET:
        return message, read_reset_options(message.data)
    return message


def options_of(value: dict[str, Any]) -> object:
    """What `read_reset_options` is the short way to."""
    known = {key: item for key, item in value.items() if key in OPTION_NAMES}
    ignored = tuple(key for key in value if key not in OPTION_NAMES)
    return structure(known, ResetOptions, "reset options"), ignored


OPTION_NAMES = frozenset(field.name for field in fields(ResetOptions))
BODIES = st.one_of(
    ACTIONS.flatmap(
        lambda text: objects({"action": text, "episode_id": '"e"', "request_id": '"r"'})
    ),
    ACTIONS.flatmap(lambda text: objects({"action": text})),
    ACTIONS.flatmap(lambda text: objects({"ticket_id": '"t"', "action": text})),
    objects(USUAL | {"episode_id": '"e"'}),
)


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


@given(damaged(BODIES), st.sampled_from([None, "application/json", "text/plain"]))
@example(json.dumps({"action": ACTION}), None)
@example('{"action":{},"action":' + json.dumps(ACTION) + "}", None)
@example(json.dumps({"action": ACTION, "episode_id": ""}), None)
def test_a_request_has_one_verdict(text: str, content_type: str | None) -> None:
    """So has a body of `POST /step`, with what stands beside the action."""

    def read(how: Callable[[], StepRequest]) -> object:
        asked = how()
        action = structure_action(asked.action, VOCABULARY)
        return action, asked.options, asked.flat

    body = text.encode("utf-8", "surrogatepass")
    fast = verdict(lambda: read(lambda: read_step_body(body, content_type)))
    slow = verdict(lambda: read(lambda: read_step(read_object(body, content_type))))

    assert slow == fast


@given(damaged(objects(OPTIONS) | BODIES))
@example("{}")
@example('{"seed":1,"seed":2}')
@example('{"a":"\\u0022","a":1}')
def test_an_object_has_one_verdict(text: str) -> None:
    """So has a body of `POST /reset`, whatever else is in it."""
    body = text.encode("utf-8", "surrogatepass")

    def slow() -> object:
        document = decode_document(body, "body")
        return document if isinstance(document, dict) else "no object"

    def fast() -> object:
        try:
            return read_object(body, None)
        except InvalidInput as error:
            if "expected an object" in str(error):
                return "no object"
            raise

    assert verdict(slow) == verdict(fast)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            **dict.fromkeys(
                ("task_id", "episode_id", "rubric", "other"),
                st.text(max_size=3) | st.sampled_from([None, 1, "x" * 256, []]),
            ),
            "seed": st.integers() | st.sampled_from([None, 7.0, "7", True, {}]),
            "feedback": st.sampled_from(["full", "none", "any", None, 1, []]),
            "rewards": st.sampled_from(["terminal", "per_ticket", "", None]),
        },
    )
)
def test_options_have_one_verdict(value: dict[str, Any]) -> None:
    """Options that the constructor takes are those that conversion takes."""
    slow = verdict(lambda: options_of(value))

    assert slow == verdict(lambda: read_reset_options(value))


@pytest.mark.parametrize(
    ("type_", "data"),
    [
        ("reset", {}),
        ("reset", {"task_id": "a", "seed": 7, "other": None}),
        ("state", None),
    ],
)
def test_what_else_is_read_fast(type_: str, data: Any) -> None:
    """Resets and states as clients send them take the fast path, too."""
    document = {"type": type_} | ({} if data is None else {"data": data})

    assert Message(MessageType(type_), data or {}) == (
        messages._read_typed(json.dumps(document))
    )


def test_a_request_as_it_is_sent_is_read_fast() -> None:
    """A nested action with its episode takes the fast path."""
    body = json.dumps({"action": ACTION, "episode_id": "e:1"}).encode()

    assert ActionFields is type(read_step_body(body, "application/json").action)
