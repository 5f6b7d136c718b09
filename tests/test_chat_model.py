"""The chat with a model's endpoint, however the endpoint behaves."""

import time
from typing import Any

import pytest
from fake_model import NEVER, FakeModel, Reply, choices, completion, drip, page, say
from fake_model import status as refuse

from support_queue_env.evaluation.chat_model import ChatModel
from support_queue_env.evaluation.model_policy import Message, ModelError
from support_queue_env.evaluation.secret import Secret


TOKEN = "hf_not-a-real-token"  # noqa: S105 - as it says
MESSAGES: list[Message] = [{"role": "user", "content": "What do you say?"}]


def ask(model: FakeModel, timeout: float = 5.0) -> str:
    """One question to the endpoint."""
    with ChatModel(model.base_url, "a-model", Secret(TOKEN), timeout) as chat:
        return chat.complete(MESSAGES, {"type": "object"})


def test_the_endpoint_gets_model_token_messages_and_schema() -> None:
    """The request is an ordinary chat completion with strict structured output."""
    with FakeModel(say("yes")) as model:
        reply = ask(model)

    assert "yes" == reply
    assert [f"Bearer {TOKEN}"] == model.keys
    (request,) = model.requests
    assert ("a-model", MESSAGES) == (request["model"], request["messages"])
    assert request["response_format"]["json_schema"]["strict"] is True
    assert {"type": "object"} == request["response_format"]["json_schema"]["schema"]


@pytest.mark.parametrize(
    ("known", "forms"),
    [
        ({"json_schema"}, ["json_schema", "json_schema"]),
        ({"json_object"}, ["json_schema", "json_object", "json_object"]),
        (set(), ["json_schema", "json_object", None, None]),
    ],
)
def test_an_endpoint_without_a_response_format_is_asked_without_it(
    known: set[str], forms: list[str | None]
) -> None:
    """The simplest form that works is found once and kept for later questions."""

    def form(request: dict[str, Any]) -> str | None:
        found: str | None = request.get("response_format", {}).get("type")
        return found

    def respond(request: dict[str, Any]) -> Reply:
        asked = form(request)
        return say("yes") if asked is None or asked in known else refuse(400)

    with (
        FakeModel(respond=respond) as model,
        ChatModel(model.base_url, "m", Secret(TOKEN), 5.0) as chat,
    ):
        assert ["yes", "yes"] == [chat.complete(MESSAGES, {}) for _ in range(2)]

    assert forms == [form(request) for request in model.requests]


def test_a_model_that_fixes_its_temperature_is_asked_without_one() -> None:
    """The complaint names the temperature, so only that is left out."""

    def respond(request: dict[str, Any]) -> Reply:
        fixed = "temperature" in request
        return refuse(400, "Unsupported value: temperature") if fixed else say("yes")

    with FakeModel(respond=respond) as model:
        assert "yes" == ask(model)

    assert 2 == len(model.requests)
    assert "json_schema" == model.requests[1]["response_format"]["type"]


def test_a_server_error_is_tried_twice() -> None:
    """A passing failure of the endpoint costs no ticket."""
    with FakeModel(Reply(status=503), say("yes")) as model:
        assert "yes" == ask(model)


MISBEHAVIOUR: dict[str, tuple[Reply, str]] = {
    "refusal": (
        completion({"role": "assistant", "content": None, "refusal": "I will not"}),
        "the model refused: I will not",
    ),
    "html": (page("<html>Welcome</html>"), "it begins: <html>Welcome"),
    "no body": (page(""), "not JSON"),
    "half a completion": (Reply(body=b'{"choices": [{"mess'), "not JSON"),
    "a list": (Reply(body=b"[]"), "without a message"),
    "no choices": (choices([]), "without a message"),
    "null choices": (Reply(body=b'{"choices": null}'), "without a message"),
    "text for a choice": (choices(["yes"]), "without a message"),
    "no bytes of UTF-8": (Reply(body=b'{"choices": "\xff"}'), "without a message"),
    "server error": (refuse(500, "down for tea"), "answered 500: down for tea"),
    "html error": (page("<h1>Bad</h1>", 502), "answered 502: <h1>Bad</h1>"),
    "bad key": (refuse(401, f"bad key {TOKEN}"), r"401: bad key \[token\]"),
    "no such model": (refuse(404, "no such model"), "answered 404: no such model"),
    "never valid": (refuse(400, "bad request"), "answered 400: bad request"),
    "a late token": (page(f"{'.' * 110}{TOKEN}"), r"\[token\]"),
    "the token said": (say(f"Your key is {TOKEN}."), "repeats the token"),
}


@pytest.mark.parametrize("name", MISBEHAVIOUR)
def test_an_endpoint_that_misbehaves_is_an_error_without_the_token(name: str) -> None:
    """Each failure is one `ModelError` that says what happened."""
    reply, reason = MISBEHAVIOUR[name]
    with FakeModel(reply) as model, pytest.raises(ModelError, match=reason) as caught:
        ask(model)

    assert TOKEN[:8] not in str(caught.value)


@pytest.mark.parametrize("reply", [NEVER, drip(say("yes"))], ids=["hang", "drip"])
def test_a_slow_endpoint_is_given_up(reply: Reply) -> None:
    """The deadline holds for the whole answer, not only for its first byte."""
    started = time.monotonic()
    with (
        FakeModel(reply) as model,
        pytest.raises(ModelError, match=r"no answer within 0\.3 seconds"),
    ):
        ask(model, timeout=0.3)

    assert time.monotonic() - started < 2


def test_an_endpoint_that_is_not_there_is_an_error() -> None:
    """A refused connection is reported, after one more try."""
    with FakeModel(say("yes")) as model:
        pass
    with pytest.raises(ModelError, match="cannot be reached"):
        ask(model)


@pytest.mark.parametrize("content", [None, ""])
def test_a_model_that_says_nothing_gave_an_empty_reply(content: str | None) -> None:
    """No content is a reply like another one: the policy asks again."""
    with FakeModel(completion({"role": "assistant", "content": content})) as model:
        assert not ask(model)


def test_a_secret_does_not_print_itself() -> None:
    """Neither as text nor inside a collection, and a bad one is not quoted."""
    assert TOKEN not in f"{Secret(TOKEN)} {[Secret(TOKEN)]}"
    with pytest.raises(ValueError, match="printable") as caught:
        Secret("a token\nand more")
    assert "token" not in str(caught.value)
