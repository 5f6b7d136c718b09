"""The benchmark harness: servers, rounds, figures. `bench.py` is its command."""
