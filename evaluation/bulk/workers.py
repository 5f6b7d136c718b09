"""Blocks to processes and back, in order.

Block number k goes to worker k modulo their number, and results are taken in the same
order. So they come in the order of the input, with nothing to sort and no more than a
few blocks in flight. One thread reads the input and sends, the other receives, so that
neither waits for a worker that waits for it.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from queue import SimpleQueue
from types import TracebackType
from typing import Self

from msgspec import msgpack
from msgspec.structs import replace

from ...core.conversion import unstructure
from ...core.errors import BulkFileError, BulkRunEnded
from .grading import Graded
from .lines import Block
from .setup import Setup
from .source import Source
from .worker import Hello


_WAITING = 4
"""Blocks for each worker beside the one that it scores, so that it need not wait."""

_END_SECONDS = 2.0


class _Worker:
    def __init__(self, name: str, setup: Setup, source: Source) -> None:
        self._name = name
        self._source = source
        shared = source.descriptor
        ours, theirs = socket.socketpair()
        ends, self._lifeline = os.pipe()
        self._connection = Connection(ours.detach())
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
                [
                    *(sys.executable, "-m", f"{__package__}.worker"),
                    *(str(theirs.fileno()), str(ends)),
                    str(-1 if shared is None else shared),
                    json.dumps(unstructure(setup)),
                    json.dumps(sys.path),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(
                    theirs.fileno(),
                    ends,
                    *(() if shared is None else (shared,)),
                ),
            )
        except OSError:
            self._let_go()
            raise
        finally:
            theirs.close()
            os.close(ends)

    def greet(self, expected: Hello) -> None:
        """Wait until it is ready.

        Raises:
            BulkFileError: it is not, or what it loaded is not what we did.
            BulkRunEnded: it has ended.
        """
        hello = msgpack.decode(self._receive("it was starting"), type=Hello)
        if hello.error:
            raise BulkFileError(f"{self._name}: {hello.error}")
        if hello != expected:
            raise BulkFileError(
                f"{self._name}: rubric or task packs were changed while it started"
            )

    def send(self, block: Block) -> None:
        """Give it a block; what it can read itself need not go through here."""
        if block.start >= 0 and self._source.descriptor is not None:
            block = replace(block, data=b"")
        self._connection.send_bytes(msgpack.encode(block))

    def receive(self, block: Block) -> Graded:
        """The rows of the block that is next with it."""
        lines = f"it scored lines {block.first} to {block.next_line - 1}"
        graded = msgpack.decode(self._receive(lines), type=Graded)
        if graded.error:
            raise BulkRunEnded(f"{self._source.name}: {graded.error}")
        return graded

    def _receive(self, doing: str) -> bytes:
        try:
            return self._connection.recv_bytes()
        except (EOFError, OSError):
            how = self._how_it_ended()
            pid = self._process.pid
            raise BulkRunEnded(
                f"{self._name} (pid {pid}) ended {how} while {doing}; the rows before "
                "that stand, and in a file --resume goes on behind them"
            ) from None

    def _how_it_ended(self) -> str:
        try:
            code = self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            return "its connection"
        if code < 0:
            return f"by signal {-code} ({signal.strsignal(-code)})"
        return f"with exit code {code}"

    def dismiss(self) -> None:
        """There is nothing more to score."""
        self._connection.close()

    def end(self) -> None:
        """Wait a little for it to end by itself, then end it."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        self.kill()

    def kill(self) -> None:
        """End it, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        self._let_go()

    def _let_go(self) -> None:
        self._connection.close()
        os.close(self._lifeline)


class Workers:
    """Processes that score; a context, at whose end they are ended."""

    def __init__(
        self, setup: Setup, jobs: int, expected: Hello, source: Source
    ) -> None:
        self._expected = expected
        self._ended = False
        self._workers: list[_Worker] = []
        try:
            for number in range(1, jobs + 1):
                name = f"worker process {number} of {jobs}"
                self._workers.append(_Worker(name, setup, source))
        except OSError as error:
            self._kill()
            why = error.strerror or error
            raise BulkRunEnded(
                f"worker process: it cannot be started: {why}"
            ) from error

    def __enter__(self) -> Self:
        """Wait until all are ready."""
        try:
            for worker in self._workers:
                worker.greet(self._expected)
        except BaseException:
            self._kill()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End them; those that have nothing to do may end in order."""
        if error is not None:
            self._kill()
            return
        for worker in self._workers:
            worker.dismiss()
        for worker in self._workers:
            worker.end()

    def _kill(self) -> None:
        self._ended = True
        for worker in self._workers:
            worker.kill()

    def graded(self, blocks: Iterable[Block]) -> Iterator[tuple[Block, Graded]]:
        """Each block with its rows, in order.

        Raises:
            BulkRunEnded: a worker has ended; the message says which.
        """
        sent: SimpleQueue[Block | BaseException | None] = SimpleQueue()
        room = threading.Semaphore(len(self._workers) * (1 + _WAITING))
        sender = threading.Thread(
            target=self._send, args=(blocks, sent, room), daemon=True
        )
        sender.start()
        number = 0
        try:
            while (block := sent.get()) is not None:
                if isinstance(block, BaseException):
                    raise block
                graded = self._workers[number % len(self._workers)].receive(block)
                number += 1
                room.release()
                yield block, graded
        finally:
            self._ended = True
            room.release()

    def _send(
        self,
        blocks: Iterable[Block],
        sent: "SimpleQueue[Block | BaseException | None]",
        room: threading.Semaphore,
    ) -> None:
        try:
            for number, block in enumerate(blocks):
                room.acquire()
                if self._ended:
                    return
                # Announced first: whoever waits for it finds out what became of it.
                sent.put(block)
                self._workers[number % len(self._workers)].send(block)
            sent.put(None)
        except BaseException as error:  # noqa: BLE001 - raised again where it is got
            sent.put(error)
