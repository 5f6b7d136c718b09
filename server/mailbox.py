"""What a connection holds for its whole life, in little memory.

asyncio's queue and event make double-ended queues when they are made, 600 bytes each
and five for a connection; most connections are idle, and most of these never used.
"""

import asyncio
from typing import Any


class Mailbox:
    """`asyncio.Queue` for one reader."""

    __slots__ = ("_items", "_reader")

    def __init__(self) -> None:
        self._items: list[Any] = []
        self._reader: asyncio.Future[None] | None = None

    def empty(self) -> bool:
        """Whether there is nothing to take."""
        return not self._items

    def put_nowait(self, item: Any) -> None:
        """Leave something, and wake the reader if it waits."""
        self._items.append(item)
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    def get_nowait(self) -> Any:
        """The oldest item.

        Raises:
            asyncio.QueueEmpty: there is none.
        """
        if not self._items:
            raise asyncio.QueueEmpty
        return self._items.pop(0)

    async def get(self) -> Any:
        """The oldest item; waits for one. One may wait at a time."""
        while not self._items:
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        return self._items.pop(0)


class Flag(asyncio.Event):
    """`asyncio.Event` with a plain list of those that wait."""

    def __init__(self) -> None:
        super().__init__()
        # It is only appended to, removed from and gone through.
        self._waiters: Any = []
