"""What the benchmark takes the time of, and where it lets it run."""

import subprocess
import sys

import pytest
from harness.processors import cores_of, processor_seconds, surroundings_since, ticks


SPENDS = """
import threading, time
def spend():
    until = time.thread_time() + 0.05
    while time.thread_time() < until: pass
thread = threading.Thread(target=spend)
thread.start()
thread.join()
print(time.process_time(), flush=True)
input()
"""


def test_time_of_threads_that_ended_is_counted() -> None:
    """A thread that is over has cost its process what it has."""
    with subprocess.Popen(
        [sys.executable, "-c", SPENDS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = float(process.stdout.readline())
        used = processor_seconds(process.pid)
        process.communicate("\n")

    assert 0.05 <= said <= used


def test_a_process_that_is_gone_is_an_error() -> None:
    """Not a time of zero, and not that of another."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()

    with pytest.raises(ProcessLookupError, match=str(process.pid)):
        processor_seconds(process.pid)


def test_server_and_load_have_cores_of_their_own() -> None:
    """With one core, or nobody to ask, nothing is pinned and a reader is told."""
    two = cores_of(frozenset({0, 1}))
    many = cores_of(frozenset({2, 3, 5}))

    assert (frozenset({0}), frozenset({1}), "") == (two.server, two.load, two.note)
    assert (frozenset({2}), frozenset({3, 5})) == (many.server, many.load)
    for few in (frozenset({0}), frozenset[int]()):
        assert (frozenset(), frozenset()) == (cores_of(few).server, cores_of(few).load)
        assert "rates are not to be compared" in cores_of(few).note


def test_steal_is_a_share() -> None:
    """What others took since then lies between nothing and all."""
    surroundings = surroundings_since(ticks())

    assert 0 <= surroundings.steal <= 1
    assert surroundings.load >= 0
