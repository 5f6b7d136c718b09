"""The types of ASGI, as loose as its messages are."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any


Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[..., Awaitable[None]]
"""Takes a scope, a receive and a send."""

CONVERSE = "support_queue.converse"
"""The extension of a scope through which a connection answers messages by itself.

Its value is `AnsweringSocket.converse`.
"""
