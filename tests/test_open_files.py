"""A server has room for as many connections as it has slots."""

import resource
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from raw_http import exchange
from raw_socket import opened
from server_process import started_server

from support_queue_env.server.open_files import SPARE, make_room


LIMIT = resource.RLIMIT_NOFILE
HEALTH = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@contextmanager
def allowed(soft: int) -> Iterator[None]:
    """What is started here may have so many files open, unless it asks for more."""
    before = resource.getrlimit(LIMIT)
    resource.setrlimit(LIMIT, (soft, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(LIMIT, before)


def test_more_sessions_than_the_system_begins_with(tmp_path: Path) -> None:
    """With few open files allowed at first, every slot can be taken all the same."""
    with ExitStack() as stack:
        with allowed(128):
            server = stack.enter_context(started_server(max_sessions="150"))
        for _ in range(150):
            stack.enter_context(opened(server.url))

        assert 200 == exchange(server.url, HEALTH).status


def test_a_limit_is_raised_no_further_than_needed() -> None:
    """Where there is room already, the limit stays; else it is what is needed."""
    with allowed(2048):
        make_room(100)

        assert 2048 == resource.getrlimit(LIMIT)[0]
    with allowed(256):
        make_room(100)

        assert 100 + SPARE == resource.getrlimit(LIMIT)[0]


def test_a_limit_that_cannot_be_raised_is_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The warning names setting, need and limit; the server starts."""
    monkeypatch.setattr(resource, "getrlimit", lambda _: (300, 300))
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
    make_room(1024)

    assert "--max-sessions 1024 may need 1536 open files" in caplog.text
    assert "may have 300" in caplog.text
