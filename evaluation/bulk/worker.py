"""A process that scores blocks: reads one, sends its rows; started by `workers`.

    python -m support_queue_env.evaluation.bulk.worker SOCKET LIFELINE INPUT SETUP PATH

The first three are open file descriptors, INPUT being -1 when every block comes with its
data. SETUP is a `Setup` and PATH the parent's `sys.path`, both as JSON. When the
lifeline closes, the parent is gone.
"""

import json
import os
import signal
import sys
import threading
from multiprocessing.connection import Connection

from msgspec import Struct, msgpack
from msgspec.structs import replace

from ...core.conversion import structure
from ...core.errors import SupportQueueError
from .grading import Graded, Grader
from .lines import Block
from .setup import Setup


class Hello(Struct):
    """A worker's first word: what it scores with, or why it cannot."""

    rubric_digest: str = ""
    tickets_digest: str = ""
    error: str = ""


def serve(connection: Connection, setup: Setup, source: int) -> None:
    """Say hello, then answer blocks until the other side is gone."""
    try:
        ready = setup.ready()
    except SupportQueueError as error:
        connection.send_bytes(msgpack.encode(Hello(error=str(error))))
        return
    hello = Hello(ready.rubric.digest, ready.tickets_digest)
    connection.send_bytes(msgpack.encode(hello))
    try:
        _answer(connection, ready.grader, source)
    finally:
        ready.close()


def _answer(connection: Connection, grader: Grader, source: int) -> None:
    decode = msgpack.Decoder(Block).decode
    while True:
        try:
            graded = _graded(decode(connection.recv_bytes()), grader, source)
            connection.send_bytes(msgpack.encode(graded))
        except (EOFError, OSError):
            return


def _graded(block: Block, grader: Grader, source: int) -> Graded:
    """The rows of a block, whose data is read here when it did not come along."""
    if not block.data:
        try:
            data = os.pread(source, block.end - block.start, block.start)
        except OSError as error:
            return Graded(b"", 0, 0.0, error=(error.strerror or str(error)).lower())
        if len(data) != block.end - block.start:
            return Graded(b"", 0, 0.0, error="it became shorter while it was read")
        block = replace(block, data=data)
    return grader.grade(block)


def _end_with(lifeline: int) -> None:
    """End at once when the parent is gone, whatever a scorer is doing."""
    os.read(lifeline, 1)
    os._exit(0)


def main() -> None:
    """Serve on the descriptors that the parent passed."""
    # A person who presses Ctrl-C means the run; the parent ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    descriptor, lifeline, source = map(int, sys.argv[1:4])
    setup = structure(json.loads(sys.argv[4]), Setup, "setup")
    sys.path[:] = json.loads(sys.argv[5])
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    serve(Connection(descriptor), setup, source)


if __name__ == "__main__":
    main()
