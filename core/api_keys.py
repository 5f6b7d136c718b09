"""Keys to a server, as a variable holds them and a header carries them."""

import re
from collections.abc import Mapping

from .errors import ConfigurationError


API_KEYS = "SUPPORT_QUEUE_API_KEY"
"""The variable: one key, or several separated by commas; a client sends the first."""

SHORTEST = 16
"""Characters of a key at least; guessing is no way in then."""

_KEY = re.compile(rf"[!-+\--~]{{{SHORTEST},512}}")
"""Visible ASCII without the comma, so that every header can carry it."""


def read_keys(text: str) -> tuple[str, ...]:
    """The keys that a text holds; none in an empty one.

    Raises:
        ConfigurationError: one breaks the rule, or there is only punctuation. The
            message does not repeat any of it.
    """
    keys = tuple(part.strip() for part in text.split(","))
    kept = tuple(key for key in keys if key)
    if not all(is_key(key) for key in kept) or (text and not kept):
        raise ConfigurationError(
            f"{API_KEYS}: expected {RULE}, separated by commas; found something else, "
            "which is not shown"
        )
    return kept


RULE = f"keys of {SHORTEST} to 512 visible ASCII characters"


def is_key(text: str) -> bool:
    """Whether a text can be a key."""
    return _KEY.fullmatch(text) is not None


def authorization(environment: Mapping[str, str]) -> dict[str, str]:
    """The header that shows a server the first key of the variable; empty without.

    Raises:
        ConfigurationError: as `read_keys`.
    """
    keys = read_keys(environment.get(API_KEYS, ""))
    return {"Authorization": f"Bearer {keys[0]}"} if keys else {}
