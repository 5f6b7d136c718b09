"""openenv's clients as the benchmark has them play."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from server_process import server_process


SCRIPT = Path(__file__).parents[2] / "benchmarks" / "harness" / "official_client.py"


@pytest.mark.parametrize("kind", ["async", "sync"])
def test_the_clients_of_the_benchmark(kind: str) -> None:
    """They play each time they are told to, and say what they reached."""
    with server_process() as url:
        ran = subprocess.run(
            [sys.executable, str(SCRIPT), url, kind, "2"],
            input="0.1\n0.1\n",
            capture_output=True,
            text=True,
            check=True,
        )
    ready, *rounds = ran.stdout.splitlines()

    assert "ready" == ready
    assert 2 == len(rounds)
    for told in map(json.loads, rounds):
        assert told["steps"] >= 8
        assert told["seconds"] >= 0.1
        assert told["processor"] > 0
