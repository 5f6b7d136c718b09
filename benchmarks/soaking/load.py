"""Sessions that step as fast as they are answered; how many steps there were.

python benchmarks/soaking/load.py PORT SESSIONS SECONDS
"""

import asyncio
import json
import sys
import time

from websockets.asyncio.client import connect


RESET = '{"type":"reset","data":{"task_id":"hard_exec_escalations"}}'
STEP = json.dumps(
    {
        "type": "step",
        "data": {
            "priority": "P2",
            "queue": "technical",
            "disposition": "respond",
            "summary": "The customer reports an outage since this morning.",
            "response": "Thank you for the report; an engineer is looking into it now.",
            "confidence": 0.5,
        },
    }
)
TICKETS = 4


async def play(port: int, until: float) -> int:
    """Episodes in one session until the time is over; steps that were answered."""
    steps = 0
    async with connect(
        f"ws://127.0.0.1:{port}/ws", proxy=None, compression=None, ping_interval=None
    ) as socket:
        while time.monotonic() < until:
            await socket.send(RESET)
            await socket.recv()
            for _ in range(TICKETS):
                await socket.send(STEP)
                reply = await socket.recv()
                if '"type":"observation"' not in str(reply)[:40]:
                    raise RuntimeError(f"a step was refused: {reply!r:.200}")
                steps += 1
    return steps


async def main() -> None:
    """Play, and print steps per second."""
    port, sessions, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    began = time.monotonic()
    steps = await asyncio.gather(
        *(play(port, began + seconds) for _ in range(sessions))
    )
    print(sum(steps) / (time.monotonic() - began))


if __name__ == "__main__":
    asyncio.run(main())
