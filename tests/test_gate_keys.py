"""Keys: who has none is told nothing but that the server is there."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from answers import TASKS
from command_line import Run
from hypothesis import given
from hypothesis import strategies as st
from server_process import clean_environment, embedded_server
from socket_client import SocketClient
from websockets.exceptions import InvalidStatus

from support_queue_env.core.api_keys import authorization, read_keys
from support_queue_env.core.errors import ConfigurationError
from support_queue_env.server.access import Access
from support_queue_env.server.settings import Settings, checked, settings_from


KEY, OLD = "new-key-of-7f3a-0001", "old-key-of-7f3a-0001"
BEARER = {"Authorization": f"Bearer {KEY}"}


@pytest.fixture(scope="module")
def locked() -> Iterator[str]:
    """A server with two keys."""
    with embedded_server(api_key=(KEY, OLD)) as url:
        yield url


WRONG = {
    "none": {},
    "another": {"Authorization": f"Bearer {KEY[:-1]}2"},
    "a part": {"Authorization": f"Bearer {KEY[:-1]}"},
    "more": {"Authorization": f"Bearer {KEY}1"},
    "both": {"Authorization": f"Bearer {KEY},{OLD}"},
    "empty": {"Authorization": "Bearer"},
    "no scheme": {"Authorization": KEY},
    "another scheme": {"Authorization": f"Basic {KEY}"},
    "another header": {"X-Api-Key": KEY},
    "in a cookie": {"Cookie": f"key={KEY}"},
}


@pytest.mark.parametrize("headers", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("path", ["/tasks", "/", "/web", "/none", "/state", "/docs"])
def test_a_request_without_the_key(
    locked: str, path: str, headers: dict[str, str]
) -> None:
    """It gets 401, the same words for everyone, whether the path exists or not."""
    reply = httpx.get(f"{locked}{path}", headers=headers, trust_env=False)

    assert 401 == reply.status_code
    assert 'Bearer realm="support-queue"' == reply.headers["www-authenticate"]
    assert {
        "detail": "expected Authorization: Bearer with a key of this server"
    } == reply.json()


@pytest.mark.parametrize("headers", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("path", ["/ws", "/mcp"])
def test_a_handshake_without_the_key(
    locked: str, path: str, headers: dict[str, str]
) -> None:
    """It gets 403 before it is accepted; an address never carries a key."""
    with pytest.raises(InvalidStatus) as refused:
        SocketClient(locked, f"{path}?token={KEY}", additional_headers=headers)

    assert 403 == refused.value.response.status_code
    assert {"detail"} == set(json.loads(refused.value.response.body or b""))


@pytest.mark.parametrize("key", [KEY, OLD])
@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER  "])
def test_with_a_key(locked: str, key: str, scheme: str) -> None:
    """Every key opens everything."""
    headers = {"Authorization": f"{scheme}{key}"}
    reply = httpx.get(f"{locked}/tasks", headers=headers, trust_env=False)
    with SocketClient(locked, additional_headers=headers) as client:
        observation = client.reset()

    assert len(TASKS) == len(reply.json()["tasks"])
    assert observation["observation"]


def test_two_keys_in_two_headers(locked: str) -> None:
    """Which of them counts is not guessed."""
    headers = [("Authorization", f"Bearer {KEY}"), ("Authorization", "Bearer other")]

    assert 401 == httpx.get(f"{locked}/tasks", headers=headers).status_code


@pytest.mark.parametrize(
    "path", ["/health", "/health/live", "/health/ready", "/version", "/static/icon.svg"]
)
def test_what_needs_no_key(locked: str, path: str) -> None:
    """Those who start and watch servers, and the pages' files, have none."""
    assert 200 == httpx.get(f"{locked}{path}", trust_env=False).status_code


@pytest.mark.parametrize(
    "path",
    ["/health/../tasks", "/static/../tasks", "//health", "/health/", "/static", "/mcp"],
)
def test_near_what_needs_no_key(locked: str, path: str) -> None:
    """The open paths are those exactly, and lead nowhere else."""
    with httpx.Client(base_url=locked, trust_env=False) as client:
        request = client.build_request("GET", "/")
        request.url = request.url.copy_with(raw_path=path.encode())
        reply = client.send(request)

    assert reply.status_code in {401, 404}
    assert "easy_inbox" not in reply.text


def test_our_clients_send_the_key(
    locked: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`eval --url` sends the first key of the variable, and plays."""
    monkeypatch.setenv("SUPPORT_QUEUE_API_KEY", f"{KEY},{OLD}")
    played = run("eval", "--url", locked, "--json")

    assert 0 == played.code
    assert len(TASKS) == len(json.loads(played.out)["episodes"])


def test_eval_with_its_own_server(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The embedded server has the keys, too, and its client knows them."""
    monkeypatch.setenv("SUPPORT_QUEUE_API_KEY", KEY)
    played = run("eval", "--task", "easy_inbox_cleanup", "--json")

    assert 0 == played.code


def test_eval_without_the_key(locked: str, run: Run) -> None:
    """It ends with a sentence and a code, and no traceback."""
    played = run("eval", "--url", locked)

    assert 2 <= played.code <= 3
    assert "403" in played.err
    assert "Traceback" not in played.err


def test_inference_sends_the_key(locked: str, tmp_path: Path) -> None:
    """`inference.py` plays on a locked server."""
    script = Path(__file__).parents[1] / "inference.py"
    variables = {"ENV_BASE_URL": locked, "SUPPORT_QUEUE_API_KEY": KEY}
    environment = clean_environment() | variables
    environment.pop("HF_TOKEN", None)
    played = subprocess.run(
        [sys.executable, str(script)],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == played.returncode, played.stderr


@pytest.mark.parametrize(
    "text",
    [
        *("short", "x" * 15, f"{KEY},short", f"{KEY} {OLD}", "ключ-от-сервера-77"),
        *(",", " ", ",,", "x" * 513, "line\nbreak-in-the-key", "tab\tin-the-key-0123"),
    ],
)
def test_a_key_that_is_none(text: str) -> None:
    """Start-up is refused, and no part of what was found is shown."""
    for refuse in (read_keys, lambda t: settings_from({"SUPPORT_QUEUE_API_KEY": t})):
        with pytest.raises(ConfigurationError) as refused:
            refuse(text)

        assert "SUPPORT_QUEUE_API_KEY" in str(refused.value)
        assert "16" in str(refused.value)
        assert not [
            part
            for part in text.replace(",", " ").split()
            if len(part) > 3 and part in str(refused.value)
        ]


def test_a_weak_key_given_in_code() -> None:
    """Settings that are made by hand are held to the rule, too."""
    with pytest.raises(ConfigurationError) as refused:
        checked(Settings(api_key=("secret-7f3a",)))

    assert "secret-7f3a" not in str(refused.value)


def test_keys_are_shown_nowhere(run: Run) -> None:
    """No repr has one, no flag takes one, and the access keeps none."""
    settings = settings_from({"SUPPORT_QUEUE_API_KEY": f" {KEY} , {OLD} "})

    assert (KEY, OLD) == settings.api_key
    assert KEY not in repr(settings)
    assert KEY not in repr(Access.of(settings.api_key))
    assert not Access.of(settings.api_key).admits("/tasks", ())
    assert "api-key" not in run("serve", "--help").out
    assert 2 == run("serve", "--api-key", KEY).code


def test_no_key_means_open() -> None:
    """Without the variable, or with an empty one, everybody may play."""
    assert () == settings_from({"SUPPORT_QUEUE_API_KEY": ""}).api_key
    assert Access().admits("/tasks", ())
    assert {} == authorization({}) == authorization({"SUPPORT_QUEUE_API_KEY": ""})
    assert {"Authorization": f"Bearer {KEY}"} == authorization(
        {"SUPPORT_QUEUE_API_KEY": f"{KEY},{OLD}"}
    )


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_no_other_header_gets_in(before: bytes, after: bytes) -> None:
    """Only Bearer, blanks and a key admit, whatever else is tried."""
    access = Access.of([KEY, OLD])
    tried = before + KEY.encode() + after
    blank = before[:7].lower() == b"bearer " and not before[7:].strip()

    assert access.admits("/tasks", (tried,)) == (blank and not after.strip())
    assert not access.admits("/tasks", (before + after,))


def test_variables_of_this_process_are_clean() -> None:
    """The tests of other modules run without a key."""
    assert "SUPPORT_QUEUE_API_KEY" not in os.environ
