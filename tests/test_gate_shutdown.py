"""The end of a server: orderly, within five seconds, whatever its clients do."""

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from raw_http import connected
from raw_socket import TEXT, frame, opened
from server_process import clean_environment
from socket_client import SocketClient


SECONDS = 5


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_with_open_sessions(ending: signal.Signals) -> None:
    """Ten sessions are told 1012; a deaf client and half a request hold nothing up."""
    process = subprocess.Popen(
        [str(Path(sys.executable).with_name("support-queue")), "serve", "--port", "0"],
        env=clean_environment() | {"PYTHONUNBUFFERED": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    try:
        url = process.stderr.readline().split("Queue on ")[1].split()[0]
        with ExitStack() as stack:
            players = [stack.enter_context(SocketClient(url)) for _ in range(10)]
            for player in players:
                player.reset()
            deaf = stack.enter_context(opened(url))
            deaf.settimeout(0.2)
            with pytest.raises(TimeoutError):
                deaf.sendall(frame(TEXT, b'{"type":"reset"}') * 1_000_000)
            slow = stack.enter_context(connected(url))
            slow.sendall(b"POST /step HTTP/1.1\r\nHost: localhost\r\nContent-Le")
            half = stack.enter_context(connected(url))
            half.sendall(
                b"POST /step HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"
            )
            time.sleep(0.1)
            begun = time.monotonic()
            os.kill(process.pid, ending)
            codes = {player.close_code() for player in players}
            _, told = process.communicate(timeout=30)
            took = time.monotonic() - begun
    finally:
        process.kill()
        process.communicate()

    assert {1012} == codes
    assert took < SECONDS
    assert 0 == process.returncode or ending == signal.SIGTERM
    assert "Traceback" not in told
