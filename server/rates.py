"""How fast one address may come: token buckets, in a table that cannot grow.

A bucket is full at first, and a request or handshake takes one token; tokens come back
at the rate. This machine's own addresses have no limit.
"""

import asyncio
import ipaddress
import math
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from attrs import define, field

from .asgi import Message, Receive
from .gate import Refusal
from .patience import Allowance


_MOST = 10_000
"""Addresses that are remembered; past it, the one not seen for the longest goes."""

_NETWORK_BITS = 64
"""Of an IPv6 address: the rest is its owner's to choose."""

_LONGEST_KEY = 64

Clock = Callable[[], float]


@define(eq=False)
class Buckets:
    """One bucket for each key.

    Args:
        burst: tokens of a full bucket.
        per_second: tokens that come back; 0 means that there is no limit.
        most: keys that are remembered.
    """

    burst: float
    per_second: float
    most: int = _MOST
    _by_key: OrderedDict[str, Allowance] = field(init=False, factory=OrderedDict)

    def __len__(self) -> int:
        return len(self._by_key)

    def wait(self, key: str, now: float) -> float:
        """Take a token of that key: 0, or the seconds until there is one."""
        if not self.per_second:
            return 0.0
        bucket = self._by_key.get(key)
        if bucket is None:
            bucket = self._by_key[key] = Allowance(self.burst, self.per_second)
            if len(self._by_key) > self.most:
                self._by_key.popitem(last=False)
        else:
            self._by_key.move_to_end(key)
        return 0.0 if bucket.take(now) else bucket.wait()


@define(eq=False)
class Rates:
    """The limits of one server process.

    Args:
        requests: over HTTP.
        handshakes: of WebSockets.
        steps_per_second: messages that a WebSocket session may send; the rest waits.
            0 means that there is no limit.
        clock: a monotonic clock in seconds.
        sleep: waits that many seconds.
    """

    requests: Buckets
    handshakes: Buckets
    steps_per_second: float
    clock: Clock
    sleep: Callable[[float], Any] = asyncio.sleep

    def refusal(self, scope: Mapping[str, Any]) -> Refusal | None:
        """Why an HTTP request or a handshake comes too early, if it does."""
        key = key_of(scope)
        if key is None:
            return None
        buckets = self.requests if scope["type"] == "http" else self.handshakes
        wait = buckets.wait(key, self.clock())
        return too_early(wait) if wait else None

    def paced(self, scope: Mapping[str, Any], receive: Receive) -> Receive:
        """A receive that gives a session's messages no faster than it may send them."""
        rate = self.steps_per_second
        if not rate or key_of(scope) is None:
            return receive
        allowance = Allowance(max(1.0, rate), rate)

        async def receive_in_time() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive":
                while not allowance.take(self.clock()):
                    await self.sleep(allowance.wait())
            return message

        return receive_in_time


def too_early(wait: float) -> Refusal:
    """The refusal of who should come back after `wait` seconds."""
    seconds = str(max(1, math.ceil(wait))).encode()
    return Refusal(
        429,
        "rate",
        "too many requests from this address",
        ((b"retry-after", seconds),),
    )


def key_of(scope: Mapping[str, Any]) -> str | None:
    """Under what a client is counted; None for this machine itself."""
    client = scope.get("client")
    return _key(client[0][:_LONGEST_KEY]) if client else None


@lru_cache(4096)
def _key(host: str) -> str | None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            if address.is_loopback:
                return None
            network = ipaddress.ip_network((int(address), _NETWORK_BITS), strict=False)
            return str(network)
        address = address.ipv4_mapped
    return None if address.is_loopback else str(address)
