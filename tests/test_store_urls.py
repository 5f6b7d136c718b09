"""Which database a setting means, and what is said of one that means none."""

from pathlib import Path

import pytest

from support_queue_env.core.errors import StoreError
from support_queue_env.store.urls import default_path, resolve_url, scrubbed


def resolved(text: str) -> str | None:
    """The resolved URL with its password."""
    url = resolve_url(text)
    return None if url is None else url.render_as_string(hide_password=False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("none", None),
        ("episodes.db", "sqlite:///episodes.db"),
        ("/data/a b.db", "sqlite:////data/a b.db"),
        ("sqlite:///x/y.db", "sqlite:///x/y.db"),
        ("sqlite:////data/y", "sqlite:////data/y"),
        ("postgresql://u:p@h:5/d", "postgresql+psycopg://u:p@h:5/d"),
        ("postgres://h/d", "postgresql+psycopg://h/d"),
        ("postgresql+psycopg://h/d", "postgresql+psycopg://h/d"),
        ("postgresql:///d?host=/run", "postgresql+psycopg:///d?host=%2Frun"),
    ],
)
def test_a_setting_names_a_database(text: str, expected: str | None) -> None:
    """Files and servers in the ways that people write them."""
    assert resolved(text) == expected


def test_the_default_is_a_file_of_this_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the data directory of the platform, which a variable may move."""
    monkeypatch.setenv("XDG_DATA_HOME", "/somewhere")

    assert default_path() == Path("/somewhere/support-queue/episodes.db")
    assert resolved("") == resolved("default")
    assert resolved(" ") == "sqlite:////somewhere/support-queue/episodes.db"


@pytest.mark.parametrize(
    "text",
    [
        "mysql://root:hunter2@host/db",
        "postgresql://u:hunter2@host",
        "postgresql://u:hunter2@host:port/db",
        "://hunter2",
        "hunter2",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///x.db?mode=hunter2",
        "postgresql+asyncpg://u:hunter2@h/d",
        "none://hunter2",
        "hunter2\udcff.db",
        "sqlite:///hunter2\udcff",
        "hunter2\0.db",
    ],
)
def test_another_address_is_refused_without_quoting_it(text: str) -> None:
    """The error names the setting and the rule, and cannot give a password away."""
    with pytest.raises(StoreError) as refused:
        resolve_url(text)

    message = str(refused.value)
    assert message.startswith("--database-url (SUPPORT_QUEUE_DATABASE_URL): expected")
    assert "hunter2" not in message


def test_passwords_are_taken_out_of_other_peoples_messages() -> None:
    """A driver may quote what it was given, in either place."""
    url = resolve_url("postgresql://u:s%40cret@h/d?sslpassword=other")
    assert url is not None

    assert scrubbed("no s@cret, no other", url) == "no ***, no ***"
