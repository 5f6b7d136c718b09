"""Who may see what: the one place that routes and the gate ask.

Without keys everybody may play. With keys a request has to carry one, but for the paths
in `OPEN`. What pages and export routes may show is a question of its own, `--ui`.
"""

import hmac
from collections.abc import Iterable
from hashlib import sha256
from typing import Self

from attrs import field, frozen


OPEN = frozenset({"/health", "/health/live", "/health/ready", "/ready", "/version"})
"""Paths that need no key: those that start, stop and watch servers have none."""

OPEN_BELOW = "/static/"
"""The pages' own style sheets and scripts, which say nothing of anybody."""

METRICS = "/metrics"
"""Open as well where the server is for operators: what collects metrics has no key."""

_SCHEME = b"bearer "


def _digest(key: bytes) -> bytes:
    return sha256(key).digest()


@frozen
class Access:
    """Who may see what of one server.

    Args:
        digests: SHA-256 of each key; the keys themselves are not kept.
        ui: `off`, `public` or `operator`.
    """

    digests: tuple[bytes, ...] = field(default=(), repr=False)
    ui: str = "public"

    @classmethod
    def of(cls, keys: Iterable[str], ui: str = "public") -> Self:
        """The access that these keys give."""
        return cls(tuple(_digest(key.encode()) for key in keys), ui)

    @property
    def shows_pages(self) -> bool:
        """Whether there are pages for people at all."""
        return self.ui != "off"

    @property
    def shows_labels(self) -> bool:
        """Whether pages and exports may show gold labels and whole episodes.

        What an episode tells its own player (`feedback`) is another matter.
        """
        return self.ui == "operator"

    def admits(self, path: str, authorization: tuple[bytes, ...]) -> bool:
        """Whether a request to `path` with these Authorization headers is answered."""
        if not self.digests or path in OPEN or path.startswith(OPEN_BELOW):
            return True
        if path == METRICS and self.ui == "operator":
            return True
        return self._is_known(authorization)

    def _is_known(self, authorization: tuple[bytes, ...]) -> bool:
        """Whether there is one header, with one of the keys.

        All keys are compared, each in the same time, whichever is right.
        """
        given = authorization[0] if len(authorization) == 1 else b""
        is_bearer = given[: len(_SCHEME)].lower() == _SCHEME
        found = _digest(given[len(_SCHEME) :].strip() if is_bearer else b"")
        known = False
        for digest in self.digests:
            known |= hmac.compare_digest(found, digest)
        return known
