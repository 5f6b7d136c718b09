"""The key of an endpoint, which does not print itself."""

import json
import re


_HIDDEN = "[key]"
_TELLING_LENGTH = 8


class Key:
    """A key. Only `reveal` gives it away.

    Raises:
        ValueError: it holds anything but printable ASCII, which no HTTP header could
            carry; the message does not quote it.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        if not re.fullmatch(r"[!-~]+", value):
            raise ValueError("expected printable ASCII characters without spaces")
        self._value = value

    def __repr__(self) -> str:
        return f"Key({_HIDDEN})"

    def reveal(self) -> str:
        """The key itself."""
        return self._value

    def hidden_in(self, text: str) -> str:
        """The text without the key.

        A key shorter than 8 characters, such as the `none` that local endpoints are
        content with, is an ordinary word and no secret.
        """
        if len(self._value) < _TELLING_LENGTH:
            return text
        escaped = json.dumps(self._value)[1:-1]
        return text.replace(escaped, _HIDDEN).replace(self._value, _HIDDEN)
