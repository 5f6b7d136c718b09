"""A process that scores blocks: reads one, sends its rows; started by `workers`.

    python -m support_queue_env.evaluation.bulk.worker SOCKET LIFELINE SETUP PATH

The first two are open file descriptors, SETUP is a `Setup` and PATH the parent's
`sys.path`, both as JSON. When the lifeline closes, the parent is gone.
"""

import json
import os
import signal
import sys
import threading
from multiprocessing.connection import Connection

from msgspec import Struct, msgpack

from ...core.conversion import structure
from ...core.errors import SupportQueueError
from .grading import Grader
from .lines import Block
from .setup import Setup


class Hello(Struct):
    """A worker's first word: what it scores with, or why it cannot."""

    rubric_digest: str = ""
    tickets_digest: str = ""
    error: str = ""


def serve(connection: Connection, setup: Setup) -> None:
    """Say hello, then answer blocks until the other side is gone."""
    try:
        ready = setup.ready()
    except SupportQueueError as error:
        connection.send_bytes(msgpack.encode(Hello(error=str(error))))
        return
    hello = Hello(ready.rubric.digest, ready.tickets_digest)
    connection.send_bytes(msgpack.encode(hello))
    try:
        _answer(connection, ready.grader)
    finally:
        ready.close()


def _answer(connection: Connection, grader: Grader) -> None:
    decode = msgpack.Decoder(Block).decode
    while True:
        try:
            block = decode(connection.recv_bytes())
            connection.send_bytes(msgpack.encode(grader.grade(block)))
        except (EOFError, OSError):
            return


def _end_with(lifeline: int) -> None:
    """End at once when the parent is gone, whatever a scorer is doing."""
    os.read(lifeline, 1)
    os._exit(0)


def main() -> None:
    """Serve on the descriptors that the parent passed."""
    # A person who presses Ctrl-C means the run; the parent ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    descriptor, lifeline = int(sys.argv[1]), int(sys.argv[2])
    setup = structure(json.loads(sys.argv[3]), Setup, "setup")
    sys.path[:] = json.loads(sys.argv[4])
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    serve(Connection(descriptor), setup)


if __name__ == "__main__":
    main()
