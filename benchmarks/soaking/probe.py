"""Ask `/health` a hundred times a second until standard input ends; say how it went.

python benchmarks/soaking/probe.py PORT
"""

import contextlib
import http.client
import json
import select
import sys
import time


INTERVAL = 0.01


def ask(connection: http.client.HTTPConnection) -> None:
    """One request on a connection that is kept."""
    connection.request("GET", "/health")
    response = connection.getresponse()
    response.read()
    if response.status != 200:
        raise OSError(response.status)


def main() -> None:
    """Ask, and print the figures as JSON: milliseconds and counts."""
    connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=30)
    taken: list[float] = []
    failed = 0
    ask(connection)
    print("asking", flush=True)
    while not taken or not select.select([sys.stdin], [], [], INTERVAL)[0]:
        began = time.perf_counter()
        try:
            ask(connection)
        except (OSError, http.client.HTTPException):
            failed += 1
            with contextlib.suppress(OSError):
                connection.close()
        taken.append((time.perf_counter() - began) * 1000)
    taken.sort()
    last = len(taken) - 1
    figures = {
        "p50": taken[last // 2],
        "p99": taken[int(last * 0.99)],
        "worst": taken[last],
        "asked": len(taken),
        "failed": failed,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
