"""Slow connections, pings and replies that nobody reads; `/health` beside them."""

import contextlib
import json
import select
import socket
import time
from concurrent.futures import ThreadPoolExecutor

from answers import ACTION
from harness.servers import Server, ours
from raw_http import connected
from raw_socket import PING, TEXT, abort, close_code, frame, opened, read_frame
from socket_client import free_slots

from .figures import Figure, at_most, equal
from .servers import steps_per_second, watched


LATENCY = 250
SLOW = 300
DEAD = 75
PINGS = 20_000
UNREAD = 5_000
FLOODS = 8
_HEAD = b"POST /step HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
_BODY = _HEAD + b"Content-Length: 60000\r\n\r\n"
_DROPPED_WITHIN = 15


def slow() -> list[Figure]:
    """300 connections that send a byte a second of a head or of a body."""
    with ours() as server, watched(server) as watch:
        began = time.monotonic()
        held: dict[socket.socket, bytes] = {}
        for number in range(SLOW):
            connection = connected(server.url)
            whole = _BODY + b" " * 60_000 if number % 2 else _HEAD
            begun = len(_BODY) if number % 2 else 1
            connection.sendall(whole[:begun])
            held[connection] = whole[begun:]
        opened_in = time.monotonic() - began
        last = began
        while held and time.monotonic() - began < 2 * _DROPPED_WITHIN:
            for connection in list(held):
                if not trickled(connection, held):
                    last = time.monotonic()
                    connection.close()
                    del held[connection]
            time.sleep(1)
        left = len(held)
        for connection in held:
            connection.close()
    return [
        equal("slow connections still there at the end", 0, left),
        # Opening them takes its time, and they are looked at once a second.
        at_most(
            f"{SLOW} slow connections: the last dropped after",
            _DROPPED_WITHIN,
            last - began - opened_in - 1,
            "s",
        ),
        at_most("/health p99 beside them", LATENCY, watch.p99, "ms"),
        equal("/health requests that failed", 0, watch.failed),
    ]


def trickled(connection: socket.socket, rest: dict[socket.socket, bytes]) -> bool:
    """Send one more byte; whether the server still wants it."""
    if select.select([connection], [], [], 0)[0]:
        return False  # closed, or refused
    try:
        connection.sendall(rest[connection][:1])
    except OSError:
        return False
    rest[connection] = rest[connection][1:]
    return True


def pings() -> list[Figure]:
    """20,000 pings as fast as they go, on a connection that reads the pongs."""
    with ours() as server:
        server.forget_peak()
        before = server.memory()
        with watched(server) as watch, opened(server.url) as connection:
            pongs = 0
            for _ in range(PINGS // 1000):
                connection.sendall(frame(PING, b"x" * 100) * 1000)
                pongs += sum(len(read_frame(connection)[1]) == 100 for _ in range(1000))
        grown = server.memory("VmHWM") - before
        deaf = unread_pings(server)
        with watched(server) as beside, ThreadPoolExecutor(FLOODS) as threads:
            codes = set(threads.map(lambda _: flood_of_pings(server), range(FLOODS)))
    return [
        equal(f"pongs to {PINGS} pings", PINGS, pongs),
        at_most("/health p99 beside them", LATENCY, watch.p99, "ms"),
        at_most("peak memory", 50, grown, "MiB"),
        at_most("peak memory with pongs that nobody reads", 50, deaf, "MiB"),
        equal(f"{FLOODS} endless floods of pings: closed with", {1008}, codes),
        at_most("/health p99 beside those", LATENCY, beside.p99, "ms"),
    ]


def flood_of_pings(server: Server) -> int:
    """Send empty pings until it is over; the close code."""
    with opened(server.url) as connection:
        connection.settimeout(30)
        with contextlib.suppress(ConnectionError):
            for _ in range(100):
                connection.sendall(frame(PING, b"") * 1000)
        return close_code(connection)


def unread_pings(server: Server) -> float:
    """What 64 MiB of pings cost whose pongs nobody reads, in MiB of memory."""
    server.forget_peak()
    before = server.memory()
    with opened(server.url) as connection:
        connection.settimeout(2)
        with contextlib.suppress(TimeoutError, ConnectionError):
            for _ in range(500):
                connection.sendall(frame(PING, b"x" * 125) * 1000)
        abort(connection)
    return server.memory("VmHWM") - before


def unread() -> list[Figure]:
    """5,000 replies that nobody reads, and one client that never reads at all."""
    step = frame(TEXT, json.dumps({"type": "step", "data": ACTION}).encode())
    state = frame(TEXT, b'{"type":"state"}')
    with ours(max_sessions=4) as server:
        server.forget_peak()
        before = server.memory()
        with watched(server) as watch, opened(server.url) as connection:
            connection.sendall(frame(TEXT, b'{"type":"reset"}') + step)
            connection.setblocking(False)
            taken = flooded(connection, state * UNREAD)
            time.sleep(2)
            abort(connection)
        grown = server.memory("VmHWM") - before
        slots = free_slots(server.url, 4)
    return [
        Figure(
            f"{UNREAD} messages without reading a reply",
            "taken or left waiting",
            f"{taken // len(state)} taken",
            holds=True,
        ),
        at_most("/health p99 beside them", LATENCY, watch.p99, "ms"),
        at_most("peak memory", 50, grown, "MiB"),
        equal("slots back", 4, slots),
    ]


def flooded(connection: socket.socket, data: bytes, patience: float = 3) -> int:
    """How many bytes are taken before nothing is for so many seconds."""
    sent, last = 0, time.monotonic()
    while sent < len(data) and time.monotonic() - last < patience:
        with contextlib.suppress(BlockingIOError):
            sent += connection.send(data[sent : sent + 65_536])
            last = time.monotonic()
            continue
        time.sleep(0.01)
    return sent


def dead() -> list[Figure]:
    """A client that answers no ping, and sends nothing, as one whose machine is off."""
    with ours(max_sessions=1) as server, opened(server.url) as connection:
        connection.settimeout(2 * DEAD)
        began = time.monotonic()
        with contextlib.suppress(ConnectionError):
            close_code(connection)
        took = time.monotonic() - began
        slots = free_slots(server.url, 1)
    return [
        at_most("dead client dropped after", DEAD, took, "s"),
        equal("slots back", 1, slots),
    ]


def load() -> list[Figure]:
    """`/health` beside eight sessions that step as fast as they can."""
    with ours() as server, watched(server) as watch:
        steps = steps_per_second(server, 8, 5)
    return [
        Figure("steps a second of 8 sessions", "", f"{steps:.0f}", holds=True),
        at_most("/health p99 beside them", LATENCY, watch.p99, "ms"),
        equal("/health requests that failed", 0, watch.failed),
    ]
