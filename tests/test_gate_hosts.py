"""Which Host and Origin a server takes: compared as values, never as parts of text."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from support_queue_env.core.errors import ConfigurationError
from support_queue_env.server.hosts import (
    Authority,
    Origin,
    host_rule,
    is_host_pattern,
    is_origin_pattern,
    origin_rule,
)
from support_queue_env.server.settings import settings_from


def allows(bound: str, host: str, *allowed: str) -> bool:
    """Whether a server that listens on `bound` takes a Host."""
    authority = Authority.read(host)
    return authority is not None and host_rule(bound, allowed, "box").allows(authority)


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "LOCALHOST", "localhost.", "localhost:8000", "127.0.0.1"),
        *("127.0.0.1:1", "127.8.8.8:65535", "[::1]", "[::1]:8000", "[0:0::1]"),
    ],
)
@pytest.mark.parametrize("bound", ["127.0.0.1", "localhost", "::1", "0.0.0.0", "::"])
def test_this_machine_by_its_own_names(bound: str, host: str) -> None:
    """Loopback names and addresses work wherever the server listens."""
    assert allows(bound, host)


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "localhost.evil.example", "evillocalhost", "127.0.0.1.evil"),
        *("192.168.0.7", "10.0.0.1:8000", "[2001:db8::1]", "box", "0.0.0.0"),
        *("", ":8000", "[::1", "::1", "[evil]", "localhost:", "localhost:99999"),
        *("localhost:80:80", "localhost/", "user@localhost", "local host", "a,b"),
        *("localhost\n", "*", "x" * 300),
    ],
)
def test_a_loopback_server_is_nobody_elses(host: str) -> None:
    """Any other name may have been made to lead here; what is no host is refused."""
    assert not allows("127.0.0.1", host)


@pytest.mark.parametrize(
    "host", ["192.168.0.7:8000", "[2001:db8::1]", "box", "BOX:8000", "0.0.0.0"]
)
def test_a_server_for_others(host: str) -> None:
    """One that listens everywhere has its machine's name and every address."""
    assert allows("0.0.0.0", host)
    assert not allows("0.0.0.0", "evil.example")
    assert not allows("0.0.0.0", "box.evil.example")


def test_a_server_on_one_name_or_address() -> None:
    """The address that it listens on is a name of it."""
    assert allows("192.168.0.7", "192.168.0.7:8000")
    assert allows("queue.example", "queue.example")
    assert allows("127.0.0.2", "127.0.0.2")
    assert not allows("queue.example", "evil.example")


@pytest.mark.parametrize(
    ("pattern", "fine", "foreign"),
    [
        ("a.example", "a.example:8443", "b.a.example"),
        ("A.Example.", "a.example", "a.example.evil"),
        ("*.a.example", "b.c.a.example", "a.example"),
        ("*.a.example", "b.a.example", "ba.example"),
        ("192.168.0.7", "192.168.0.7", "192.168.0.70"),
        ("::2", "[::2]:80", "[::3]"),
    ],
)
def test_hosts_on_the_list(pattern: str, fine: str, foreign: str) -> None:
    """A listed name is taken whole, and one with *. for what is under it."""
    if pattern == "::2":
        pattern = "[::2]"

    assert is_host_pattern(pattern)
    assert allows("127.0.0.1", fine, pattern)
    assert not allows("127.0.0.1", foreign, pattern)


def test_any_host_at_all() -> None:
    """A star turns the rule off, but a Host must still be one."""
    assert allows("127.0.0.1", "evil.example", "*")
    assert not allows("127.0.0.1", "no host", "*")


def talks(origin: str, host: str, *allowed: str) -> bool:
    """Whether a page may talk to the server that it calls so."""
    return origin_rule(allowed).allows(origin, Authority.read(host))


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://localhost:8000", "localhost:8000"),
        ("https://queue.example", "queue.example"),
        ("https://queue.example", "queue.example:443"),
        ("http://queue.example:80", "queue.example"),
        ("HTTP://[::1]:8000", "[0::1]:8000"),
    ],
)
def test_a_page_of_the_server_itself(origin: str, host: str) -> None:
    """Host and port agree; a proxy may have taken off the encryption."""
    assert talks(origin, host)


@pytest.mark.parametrize(
    "origin",
    [
        *("null", "", "file://", "http://", "localhost:8000", "//localhost:8000"),
        *("http://localhost", "http://localhost:80000", "http://127.0.0.1:8000"),
        *("http://localhost:8000.evil.example", "http://evil.example#localhost:8000"),
        *("http://localhost:8000@evil.example", "http://evil.example/localhost:8000"),
        *("chrome-extension://abcdef", "http://evil.example", "https://hf.space"),
        "http://localhost:8000 http://evil.example",
    ],
)
def test_a_page_of_a_stranger(origin: str) -> None:
    """Anything but the same host and port is foreign."""
    assert not talks(origin, "localhost:8000")


@pytest.mark.parametrize(
    ("pattern", "fine", "foreign"),
    [
        ("https://a.example", "https://a.example:443", "http://a.example"),
        ("https://a.example", "https://a.example", "https://a.example:8443"),
        ("https://*.hf.space", "https://me-queue.hf.space", "https://hf.space"),
        ("https://*.hf.space", "https://a.b.hf.space", "https://evilhf.space"),
        ("https://*.hf.space", "https://a.hf.space", "https://a.hf.space.evil.example"),
        ("http://[::2]:8000", "http://[::2]:8000", "http://[::2]"),
        ("*", "https://anything.example", "https://"),
    ],
)
def test_origins_on_the_list(pattern: str, fine: str, foreign: str) -> None:
    """Scheme, host and port of a listed origin must all agree."""
    assert is_origin_pattern(pattern)
    assert talks(fine, "localhost:8000", pattern)
    assert pattern == "*" or not talks(foreign, "localhost:8000", pattern)


@example("..")
@example("localhost..:80")
@given(st.text())
def test_any_text_is_read_or_is_none(text: str) -> None:
    """Whatever a header holds is read without an error, and what is read is stable."""
    authority, origin = Authority.read(text), Origin.read(text)
    if authority is not None and ":" not in authority.host:
        port = "" if authority.port is None else f":{authority.port}"

        assert authority == Authority.read(authority.host + port)
    if origin is not None:
        assert "://" in text


@given(st.sampled_from(["evil.example", "xlocalhost", "a.b"]), st.text(max_size=20))
def test_no_text_makes_a_name_local(name: str, around: str) -> None:
    """Nothing before or after a foreign name turns it into one of ours."""
    for host in (f"{around}{name}", f"{name}{around}"):
        authority = Authority.read(host)

        assert authority is None or not allows("127.0.0.1", host)


@pytest.mark.parametrize("text", ["evil example", "a/b", "http://a", "", "a:80", "*.*"])
def test_a_host_that_none_can_be(text: str) -> None:
    """`--allowed-hosts` refuses what would never match, naming flag and variable."""
    assert not is_host_pattern(text)
    if text:
        with pytest.raises(ConfigurationError) as refused:
            settings_from({"SUPPORT_QUEUE_ALLOWED_HOSTS": text})

        assert "--allowed-hosts (SUPPORT_QUEUE_ALLOWED_HOSTS)" in str(refused.value)


@pytest.mark.parametrize("text", ["a.example", "null", "https://", "https://a/b"])
def test_an_origin_that_none_can_be(text: str) -> None:
    """`--allowed-origins` refuses what would never match."""
    assert not is_origin_pattern(text)
    with pytest.raises(ConfigurationError):
        settings_from({"SUPPORT_QUEUE_ALLOWED_ORIGINS": text})


def test_a_hugging_face_space() -> None:
    """The variables that a Space sets allow its host, and its page's frame."""
    space = settings_from({"SPACE_HOST": "me-queue.hf.space", "SPACE_ID": "me/queue"})

    assert ("me-queue.hf.space",) == space.allowed_hosts
    assert ("https://huggingface.co", "https://*.hf.space") == space.allowed_origins
    assert () == settings_from({"SPACE_HOST": "no host at all"}).allowed_hosts
