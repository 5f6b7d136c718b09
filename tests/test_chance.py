"""Ids that nobody can guess: never twice, in whatever thread or process."""

import os
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from support_queue_env.core.chance import new_uuid


FORKING = """
import os
from support_queue_env.core.chance import new_uuid

print(new_uuid(), flush=True)
child = os.fork()
if child:
    os.waitpid(child, 0)  # whose line is complete then
print(*(new_uuid() for _ in range(70)), flush=True)
"""


def test_ids_are_uuids_and_differ_in_all_threads() -> None:
    """Version 4, as everybody expects of a random one."""
    with ThreadPoolExecutor(4) as threads:
        drawn = list(threads.map(lambda _: new_uuid(), range(1000)))

    assert 1000 == len(set(drawn))
    assert {4} == {uuid.UUID(text).version for text in drawn}
    assert {uuid.RFC_4122} == {uuid.UUID(text).variant for text in drawn}
    assert all(text == str(uuid.UUID(text)) for text in drawn)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that forks")
def test_a_child_does_not_draw_what_its_parent_draws() -> None:
    """Some are always drawn ahead; a process that was forked forgets them."""
    done = subprocess.run(
        [sys.executable, "-c", FORKING], stdout=subprocess.PIPE, check=True, timeout=60
    )

    drawn = done.stdout.decode().split()
    assert 141 == len(drawn) == len(set(drawn))
