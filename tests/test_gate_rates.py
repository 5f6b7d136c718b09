"""Rates: how fast one address may come, while this machine comes as it likes."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from server_process import embedded_server
from socket_client import SocketClient
from websockets.exceptions import InvalidStatus

from support_queue_env.core.errors import ConfigurationError
from support_queue_env.server.application import rates_of
from support_queue_env.server.asgi import Message
from support_queue_env.server.rates import Buckets, Rates, key_of
from support_queue_env.server.settings import Settings, settings_from


class Clock:
    """A clock that only moves when it is told to, or slept on."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        """What time it is."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Be later at once."""
        self.slept.append(seconds)
        self.now += seconds


def scope(client: str | None, kind: str = "http") -> dict[str, Any]:
    """As much of a scope as rates look at."""
    return {"type": kind, "client": (client, 1234) if client else None}


def rates(clock: Clock) -> Rates:
    """Four requests at once and two a second, three handshakes and one a second."""
    return Rates(Buckets(4, 2), Buckets(3, 1), 10, clock, clock.sleep)


def let_in(limit: Rates, client: str, times: int, kind: str = "http") -> int:
    """How many of so many attempts are let in."""
    return sum(limit.refusal(scope(client, kind)) is None for _ in range(times))


def test_a_burst_and_then_the_rate() -> None:
    """A full bucket empties; tokens come back with time, up to the burst."""
    clock = Clock()
    limit = rates(clock)

    assert 4 == let_in(limit, "203.0.113.1", 10)
    clock.now += 1
    assert 2 == let_in(limit, "203.0.113.1", 10)
    clock.now += 3600
    assert 4 == let_in(limit, "203.0.113.1", 10)


def test_handshakes_are_counted_apart() -> None:
    """An address out of requests may still open a WebSocket."""
    limit = rates(Clock())

    assert 4 == let_in(limit, "203.0.113.1", 9)
    assert 3 == let_in(limit, "203.0.113.1", 9, "websocket")
    assert 4 == let_in(limit, "203.0.113.2", 9)


@pytest.mark.parametrize("client", ["127.0.0.1", "127.9.9.9", "::1", None])
def test_this_machine_has_no_limit(client: str | None) -> None:
    """Loopback peers and Unix sockets come as they like."""
    limit = rates(Clock())

    assert all(limit.refusal(scope(client)) is None for _ in range(100))
    assert 0 == len(limit.requests)


def test_who_counts_as_one() -> None:
    """IPv4 in IPv6 clothes is the same address; a /64 is one owner's."""
    assert key_of(scope("203.0.113.1")) == key_of(scope("::ffff:203.0.113.1"))
    assert key_of(scope("::ffff:127.0.0.1")) is None
    assert key_of(scope("2001:db8::1")) == key_of(scope("2001:db8::ffff:1"))
    assert key_of(scope("2001:db8::1")) != key_of(scope("2001:db8:0:1::1"))
    assert "x" * 64 == key_of(scope("x" * 10_000))


def test_the_refusal_says_when() -> None:
    """Retry-After has the whole seconds until the next token."""
    clock = Clock()
    slow = Rates(Buckets(1, 0.1), Buckets(1, 1), 0, clock)
    slow.refusal(scope("203.0.113.1"))
    refusal = slow.refusal(scope("203.0.113.1"))

    assert refusal is not None
    assert (429, "rate") == (refusal.status, refusal.reason)
    assert ((b"retry-after", b"10"),) == refusal.headers
    clock.now += 10
    assert slow.refusal(scope("203.0.113.1")) is None


def test_the_table_does_not_grow() -> None:
    """However many addresses come, the latest are remembered."""
    buckets = Buckets(1, 0.001, most=50)
    for number in range(1000):
        assert 0 == buckets.wait(f"address {number}", 0.0)

    assert 50 == len(buckets)
    assert buckets.wait("address 999", 0.0) > 0
    assert 0 == buckets.wait("address 0", 0.0)


def test_no_limit_at_all() -> None:
    """A rate of 0 remembers nobody and refuses nothing."""
    buckets = Buckets(1, 0)

    assert {0.0} == {buckets.wait("address", 0.0) for _ in range(100)}
    assert 0 == len(buckets)


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 2)), max_size=60))
def test_addresses_do_not_disturb_each_other(comings: list[tuple[int, float]]) -> None:
    """What one is let in depends on its own comings only."""
    clock, together = Clock(), rates(Clock())
    together.clock = clock
    alone = {client: rates(clock) for client in range(4)}
    for client, wait in comings:
        clock.now += wait
        address = scope(f"203.0.113.{client}")
        expected = alone[client].refusal(address)

        assert (expected is None) == (together.refusal(address) is None)


def test_steps_wait_their_time() -> None:
    """A session's messages come at its rate, none is lost, and nothing else waits."""
    clock = Clock()
    sent = [{"type": "websocket.connect"}]
    sent += [{"type": "websocket.receive", "text": str(n)} for n in range(35)]

    async def receive() -> Message:
        return sent.pop(0) if sent else {"type": "websocket.disconnect"}

    async def listen() -> list[Message]:
        paced = rates(clock).paced(scope("203.0.113.1", "websocket"), receive)
        return [await paced() for _ in range(37)]

    received = asyncio.run(listen())

    assert [str(n) for n in range(35)] == [m["text"] for m in received if "text" in m]
    assert 25 == len(clock.slept)
    assert pytest.approx(2.5) == clock.now - 100.0


def test_this_machines_steps_do_not_wait() -> None:
    """For a loopback peer nothing is put in between."""

    async def receive() -> Message:
        return {}

    limit = rates(Clock())

    assert receive is limit.paced(scope("127.0.0.1", "websocket"), receive)
    limit.steps_per_second = 0
    assert receive is limit.paced(scope("203.0.113.1", "websocket"), receive)


def test_a_trainer_may_open_all_its_sessions() -> None:
    """The default burst of handshakes is over the default number of sessions."""
    limit = rates_of(Settings())
    limit.clock = Clock()

    assert 1100 == let_in(limit, "203.0.113.1", 1200, "websocket")
    assert 400 == let_in(limit, "203.0.113.1", 1200)


@pytest.mark.parametrize("name", ["REQUEST_RATE", "HANDSHAKE_RATE", "STEP_RATE"])
@pytest.mark.parametrize("text", ["-1", "nan", "inf"])
def test_a_rate_that_is_none(name: str, text: str) -> None:
    """A rate is a number from 0."""
    with pytest.raises(ConfigurationError):
        settings_from({f"SUPPORT_QUEUE_{name}": text})


@pytest.fixture
def slow() -> Iterator[str]:
    """A server that believes this machine about who its client is."""
    with embedded_server(
        trusted_proxies=("127.0.0.1",),
        request_rate=0.001,
        handshake_rate=0.001,
        max_sessions=2,
    ) as url:
        yield url


def test_requests_too_fast(slow: str) -> None:
    """They get 429 and a time, each address for itself; a key would not help."""
    with httpx.Client(base_url=slow, trust_env=False) as client:
        one = {"X-Forwarded-For": "203.0.113.1"}
        statuses = [client.get("/health", headers=one).status_code for _ in range(3)]
        refused = client.get("/health", headers=one)
        spoofed = {"X-Forwarded-For": "203.0.113.9, 203.0.113.1"}
        other = {"X-Forwarded-For": "203.0.113.1, 203.0.113.2"}

        assert [200, 429, 429] == statuses
        assert {"detail": "too many requests from this address"} == refused.json()
        assert int(refused.headers["retry-after"]) > 900
        assert 429 == client.get("/health", headers=spoofed).status_code
        assert 200 == client.get("/health", headers=other).status_code
        assert 200 == client.get("/health").status_code


def test_handshakes_too_fast(slow: str) -> None:
    """They get 429 before they are accepted."""
    options: Any = {"additional_headers": {"X-Forwarded-For": "203.0.113.1"}}
    for _ in range(2):
        with SocketClient(slow, **options) as client:
            client.reset()
    with pytest.raises(InvalidStatus) as refused:
        SocketClient(slow, **options)

    assert 429 == refused.value.response.status_code
    assert "retry-after" in refused.value.response.headers


def test_nobody_else_is_believed() -> None:
    """Without `--trusted-proxies` an address in a header changes nothing."""
    with embedded_server(request_rate=0.001) as url:
        headers = {"X-Forwarded-For": "203.0.113.1"}
        statuses = {
            httpx.get(f"{url}/health", headers=headers, trust_env=False).status_code
            for _ in range(5)
        }

    assert {200} == statuses
