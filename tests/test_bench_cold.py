"""The benchmark of cold starts, with our server."""

import sys

from harness.servers import ours
from suites.cold import Start, import_seconds, rows, started


def test_a_start_is_looked_at() -> None:
    """It takes time, of the processor as well, and memory, of which it has a share."""
    found = started(ours, idle_seconds=0)

    assert found.until_answer > 0
    assert found.processor > 0
    assert 0 < found.share <= found.resident


def test_an_import_is_timed(tmp_path: object) -> None:
    """In an interpreter of its own, without that interpreter's start."""
    assert 0 < import_seconds(sys.executable, "json", str(tmp_path)) < 60


def test_the_aims_of_a_start() -> None:
    """A quarter of the time, half of the memory."""
    slow = Start(until_answer=4.0, processor=3.0, resident=100.0, share=90.0)
    quick = Start(until_answer=1.0, processor=3.0, resident=51.0, share=90.0)

    found = list(rows("store off", [quick, quick], [slow, slow]))

    assert [True, None, False, None] == [row.met for row in found]
