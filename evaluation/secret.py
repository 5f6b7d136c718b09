"""A secret that does not print itself, and keeps out of what others print."""

import json
import re


_TELLING_LENGTH = 8
_HIDDEN = "[token]"


class Secret:
    """A token. Only `reveal` gives it away.

    Raises:
        ValueError: at construction, when it holds anything but printable ASCII; an
            HTTP header could not carry it, and the complaint would quote it.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        if not re.fullmatch(r"[!-~]+", value):
            raise ValueError("expected printable ASCII characters without spaces")
        self._value = value

    def __repr__(self) -> str:
        return f"Secret({_HIDDEN})"

    def reveal(self) -> str:
        """The token itself."""
        return self._value

    def is_in(self, text: str) -> bool:
        """Whether a text gives the token away.

        A token shorter than 8 characters, such as the `none` or `dummy` that local
        endpoints are content with, is an ordinary word and no secret.
        """
        return len(self._value) >= _TELLING_LENGTH and self._value in text

    def hidden_in(self, message: str) -> str:
        """A message without the token, whether as it is or as JSON writes it."""
        escaped = json.dumps(self._value)[1:-1]
        return message.replace(escaped, _HIDDEN).replace(self._value, _HIDDEN)
