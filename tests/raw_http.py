"""HTTP by hand: bytes on a socket, and what comes back."""

import contextlib
import http.client
import re
import socket
from pathlib import Path
from urllib.parse import urlsplit

from attrs import frozen


PATIENCE = 20.0
"""Seconds to wait for a reply; a test that needs them is about to fail."""


ROOT = str(Path(__file__).parent.parent)
INNARDS = re.compile(r"Traceback|File \"|\.py\b|line \d|[A-Z]\w+(Error|Exception)\b")
"""What a reply shows when it was not written for strangers."""


@frozen
class Reply:
    """A reply; `head` is everything in it but the body, for a search."""

    status: int
    content_type: str | None
    head: str
    body: bytes


def connected(url: str) -> socket.socket:
    """A TCP connection to the server at a base URL."""
    address = urlsplit(url)
    assert address.hostname
    assert address.port
    return socket.create_connection((address.hostname, address.port), PATIENCE)


def exchange(url: str, request: bytes) -> Reply:
    """The reply to bytes on a connection of their own.

    Raises:
        OSError: there is none; a server that refuses may stop reading, though.
    """
    with connected(url) as connection:
        # Refused half-way: it has answered, or the reading below says that it has not.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(request)
        return read_reply(connection)


def read_reply(connection: socket.socket) -> Reply:
    """The next reply on a connection."""
    response = http.client.HTTPResponse(connection)
    try:
        response.begin()
        body = response.read()
    finally:
        response.close()
    return Reply(
        response.status,
        response.getheader("content-type"),
        f"{response.reason}\n{response.headers}",
        body,
    )
