"""Which names a server answers to, and which pages may talk to it. Pure.

A browser shows any page any server that it can reach: the page of a stranger, too,
whose name was made to lead to this machine (DNS rebinding). It does say which name it
asked for (`Host`) and where the page came from (`Origin`); both are compared as parsed
values, never as parts of text.
"""

import ipaddress
import re
from collections.abc import Iterable
from typing import Self

from attrs import frozen


ANY = "*"

_DEFAULT_PORTS = {"http": 80, "https": 443}
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing here; a page cannot read what they answer."""

_AUTHORITY = re.compile(
    r"(?P<host>\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::(?P<port>[0-9]{1,5}))?"
)
_ORIGIN = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]{0,31})://(?P<authority>.{1,300})")


@frozen
class Authority:
    """A host in lower case, without brackets and final dot, and a port if one is said."""

    host: str
    port: int | None

    @classmethod
    def read(cls, text: str) -> Self | None:
        """`host`, `host:port` or `[address]:port`; None for anything else."""
        found = _AUTHORITY.fullmatch(text.lower())
        if found is None:
            return None
        host = found["host"].removesuffix(".")
        address = _address(host.strip("[]"))
        if host.startswith("[") and address is None:
            return None
        port = int(found["port"]) if found["port"] else None
        if not host or host.endswith(".") or (port is not None and port > 65535):
            return None
        return cls(host if address is None else str(address), port)


@frozen
class Origin:
    """Where a page came from."""

    scheme: str
    host: str
    port: int | None

    @classmethod
    def read(cls, text: str) -> Self | None:
        """`scheme://host[:port]`; None for anything else, such as `null`."""
        found = _ORIGIN.fullmatch(text.lower())
        authority = Authority.read(found["authority"]) if found else None
        if found is None or authority is None:
            return None
        scheme = found["scheme"]
        port = _DEFAULT_PORTS.get(scheme) if authority.port is None else authority.port
        return cls(scheme, authority.host, port)

    def is_at(self, authority: Authority) -> bool:
        """Whether the page came from there; the proxy before us knows the scheme."""
        port = authority.port
        if port is None:
            port = _DEFAULT_PORTS.get(self.scheme)
        return (self.host, self.port) == (authority.host, port)


@frozen
class HostPattern:
    """A name, or with `*.` before it every name under it."""

    host: str
    under: bool

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The pattern that `text` is; None if it is none."""
        under = text.startswith("*.")
        authority = Authority.read(text[2:] if under else text)
        if authority is None or authority.port is not None:
            return None
        return cls(authority.host, under)

    def matches(self, host: str) -> bool:
        """Whether the pattern covers a host as `Authority` writes it."""
        return host.endswith(f".{self.host}") if self.under else host == self.host


@frozen
class HostRule:
    """The names that a server answers to.

    Args:
        patterns: names, and names under which all are fine.
        addresses: whether any IP address is fine, since nobody can rebind one; those of
            the loopback always are.
        anything: whether there is no rule at all.
    """

    patterns: tuple[HostPattern, ...]
    addresses: bool
    anything: bool = False

    def allows(self, authority: Authority) -> bool:
        """Whether a request may be meant for this server."""
        if self.anything or any(p.matches(authority.host) for p in self.patterns):
            return True
        address = _address(authority.host)
        if address is None:
            return False
        return self.addresses or address.is_loopback


@frozen
class OriginPattern:
    """An origin whose host may be a pattern."""

    scheme: str
    host: HostPattern
    port: int | None

    @classmethod
    def read(cls, text: str) -> Self | None:
        """`scheme://host[:port]`, `*.` allowed before the host; None if it is none."""
        scheme, separator, rest = text.lower().partition("://")
        under = rest.startswith("*.")
        origin = Origin.read(f"{scheme}{separator}{rest[2:] if under else rest}")
        if origin is None:
            return None
        return cls(origin.scheme, HostPattern(origin.host, under), origin.port)

    def matches(self, origin: Origin) -> bool:
        """Whether scheme, host and port all agree."""
        return (
            (self.scheme, self.port) == (origin.scheme, origin.port)
        ) and self.host.matches(origin.host)


@frozen
class OriginRule:
    """The pages that may open a WebSocket or post, beside the server's own."""

    patterns: tuple[OriginPattern, ...] = ()
    anything: bool = False

    def allows(self, origin: str, authority: Authority | None) -> bool:
        """Whether a page of `origin` may talk to the server that it calls so."""
        if self.anything:
            return True
        read = Origin.read(origin)
        if read is None:
            return False
        if authority is not None and read.is_at(authority):
            return True
        return any(pattern.matches(read) for pattern in self.patterns)


def host_rule(bound: str, allowed: Iterable[str], own_name: str) -> HostRule:
    """The names for a server that listens on `bound`, on a machine called `own_name`.

    On a loopback address that is this machine's loopback names and addresses; a server
    that others can reach answers to its own name and to every IP address, too.
    """
    listed = tuple(allowed)
    names = ["localhost", bound, *(name for name in listed if name != ANY)]
    address = _address(bound)
    reachable = bound.lower() != "localhost" and not (address and address.is_loopback)
    if reachable:
        names.append(own_name)
    patterns = [HostPattern.read(name) for name in names]
    return HostRule(
        tuple(pattern for pattern in patterns if pattern is not None),
        addresses=reachable,
        anything=ANY in listed,
    )


def origin_rule(allowed: Iterable[str]) -> OriginRule:
    """The rule that a list of origins makes; those that are none are left out."""
    listed = tuple(allowed)
    patterns = (OriginPattern.read(text) for text in listed)
    return OriginRule(tuple(p for p in patterns if p is not None), ANY in listed)


def is_host_pattern(text: str) -> bool:
    """Whether `--allowed-hosts` takes it."""
    return text == ANY or HostPattern.read(text) is not None


def is_origin_pattern(text: str) -> bool:
    """Whether `--allowed-origins` takes it."""
    return text == ANY or OriginPattern.read(text) is not None


def is_network(text: str) -> bool:
    """Whether `--trusted-proxies` takes it."""
    try:
        return text == ANY or bool(ipaddress.ip_network(text))
    except ValueError:
        return False


def changes_something(method: str) -> bool:
    """Whether a request of that method needs a page that is allowed to send it."""
    return method not in _SAFE_METHODS


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
