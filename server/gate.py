"""What a request must look like before anything reads it.

Pure: a head in, a refusal or nothing out.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from attrs import evolve, field, frozen
from msgspec import Struct

from .access import Access
from .hosts import Authority, HostRule, OriginRule, changes_something


MAX_BODY = 64 * 1024
"""Bytes of an HTTP body; an action at its limits in UTF-8 is under 10 KB."""

MAX_HEAD = 32 * 1024
"""Bytes of all header names and values."""

MAX_HEADERS = 100

MAX_URL = 8000
"""Bytes of path and query."""

Headers = Iterable[tuple[bytes, bytes]]

_REMEMBERED = 256
"""Hosts and origins that are not parsed again; a flood of others costs only time."""

_LONGEST = 512
"""Bytes of those that are looked at; what is longer is no host or origin either way."""


@frozen
class Refusal:
    """An answer in place of the application's.

    Args:
        status: of HTTP.
        reason: the word under which it is counted.
        detail: a sentence, the same for everyone; nothing that was sent.
        headers: further ones of the answer.
    """

    status: int
    reason: str
    detail: str
    headers: tuple[tuple[bytes, bytes], ...] = ()


NO_VERSION = Refusal(400, "malformed", "expected a request of HTTP/1.0 or HTTP/1.1")
NO_HOST = Refusal(400, "host", "expected one Host header that names a host")
FOREIGN_HOST = Refusal(
    400, "host", "the server is not known by this Host; --allowed-hosts tells it more"
)
FOREIGN_ORIGIN = Refusal(
    403, "origin", "pages of this Origin are not served; --allowed-origins lists others"
)
TWO_LENGTHS = Refusal(
    400, "framing", "expected Content-Length or Transfer-Encoding, not both"
)
BAD_LENGTH = Refusal(
    400, "framing", "expected one Content-Length that is a whole number"
)
NO_KEY = Refusal(
    401,
    "key",
    "expected Authorization: Bearer with a key of this server",
    ((b"www-authenticate", b'Bearer realm="support-queue"'),),
)
NO_KEY_TO_SOCKET = evolve(NO_KEY, status=403, headers=())
"""Clients of WebSockets know 403 as the answer to a handshake."""

BODY_TOO_LARGE = Refusal(413, "body", "Request Entity Too Large")
HEAD_TOO_LARGE = Refusal(
    431,
    "headers",
    f"expected at most {MAX_HEADERS} headers of {MAX_HEAD} bytes together",
)
URL_TOO_LONG = Refusal(
    414, "url", f"expected at most {MAX_URL} bytes of path and query"
)


class Head(Struct, frozen=True):
    """What the gate wants to know of a request's headers; each value as it came."""

    size: int
    count: int
    host: tuple[bytes, ...]
    origin: tuple[bytes, ...]
    length: tuple[bytes, ...]
    encoding: tuple[bytes, ...]
    authorization: tuple[bytes, ...]

    @property
    def has_body(self) -> bool:
        """Whether a body may follow."""
        return bool(self.encoding) or self.length not in {(), (b"0",)}


_NAMES = (b"host", b"origin", b"content-length", b"transfer-encoding", b"authorization")
_NONE: Mapping[bytes, tuple[bytes, ...]] = dict.fromkeys(_NAMES, ())


def read_head(headers: Headers) -> Head:
    """The head of headers with names in lower case, as ASGI has them."""
    found = {**_NONE}
    size = count = 0
    for name, value in headers:
        size += len(name) + len(value)
        count += 1
        if name in found:
            found[name] += (value,)
    return Head(size, count, *found.values())


@frozen
class Gate:
    """The rules of one server."""

    hosts: HostRule
    origins: OriginRule
    access: Access = field(factory=Access)
    _authority: Callable[[bytes], Authority | None] = field(init=False)
    _same_page: Callable[[bytes, Authority | None], bool] = field(init=False)

    @_authority.default
    def _(self) -> Callable[[bytes], Authority | None]:
        return lru_cache(_REMEMBERED)(self._served)

    @_same_page.default
    def _(self) -> Callable[[bytes, Authority | None], bool]:
        return lru_cache(_REMEMBERED)(self._may_talk)

    def refusal(self, scope: Mapping[str, Any], head: Head) -> Refusal | None:
        """Why an HTTP request or a WebSocket handshake is not answered, if it is not."""
        if scope["http_version"] == "0.9":  # or it was none that the parser could read
            return NO_VERSION
        url_bytes = len(scope["raw_path"]) + len(scope["query_string"])
        return (
            size_refusal(head, url_bytes)
            or self._host_refusal(scope, head)
            or self._access_refusal(scope, head)
            or framing_refusal(head)
        )

    def _host_refusal(self, scope: Mapping[str, Any], head: Head) -> Refusal | None:
        authority = None
        if len(head.host) == 1:
            authority = self._authority(head.host[0][:_LONGEST])
            if authority is None:
                return FOREIGN_HOST
        elif head.host or scope["http_version"] != "1.0":
            # No browser speaks HTTP/1.0, but checks of load balancers do.
            return NO_HOST
        guarded = scope["type"] == "websocket" or changes_something(scope["method"])
        if head.origin and guarded:
            (origin, *more) = head.origin
            if more or not self._same_page(origin[:_LONGEST], authority):
                return FOREIGN_ORIGIN
        return None

    def _access_refusal(self, scope: Mapping[str, Any], head: Head) -> Refusal | None:
        if self.access.admits(scope["path"], head.authorization):
            return None
        return NO_KEY_TO_SOCKET if scope["type"] == "websocket" else NO_KEY

    def _served(self, host: bytes) -> Authority | None:
        authority = Authority.read(host.decode("latin-1"))
        if authority is None or not self.hosts.allows(authority):
            return None
        return authority

    def _may_talk(self, origin: bytes, authority: Authority | None) -> bool:
        return self.origins.allows(origin.decode("latin-1"), authority)


def size_refusal(head: Head, url_bytes: int) -> Refusal | None:
    """Why a head is too much, if it is."""
    if head.size > MAX_HEAD or head.count > MAX_HEADERS:
        return HEAD_TOO_LARGE
    return URL_TOO_LONG if url_bytes > MAX_URL else None


def framing_refusal(head: Head) -> Refusal | None:
    """Why the body that a head announces is not read, if it is not."""
    if not head.length:
        return None
    if head.encoding:
        return TWO_LENGTHS
    (length, *more) = head.length
    if more or not length.isdigit() or len(length) > 20:
        return BAD_LENGTH
    return BODY_TOO_LARGE if int(length) > MAX_BODY else None
