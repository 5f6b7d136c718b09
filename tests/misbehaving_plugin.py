"""A plugin whose one scorer does whatever a scorer must not do; used in every lane."""

import os
import sys
import time
from contextlib import suppress
from typing import Any, ClassVar

from attrs import frozen

from support_queue_env.plugins import Case, Score, SupportQueueAction, hookimpl


@frozen
class Rogue:
    """Misbehaves when the summary says how; otherwise scores 1."""

    name: ClassVar[str] = "rogue"

    @hookimpl
    def score(self, case: Case, action: SupportQueueAction) -> Any:
        """Look the misbehaviour up in the summary, `do: nan`."""
        return misbehave(action.summary.removeprefix("do: ").strip(), case, action)


@frozen
class AsyncRogue:
    """The same as a coroutine function."""

    name: ClassVar[str] = "async-rogue"

    @hookimpl
    async def score(self, case: Case, action: SupportQueueAction) -> Any:
        """Look the misbehaviour up in the summary."""
        return misbehave(action.summary.removeprefix("do: ").strip(), case, action)


def misbehave(  # noqa: C901, PLR0912 - a table of misbehaviours
    how: str, case: Case, action: SupportQueueAction
) -> Any:
    """Do it."""
    match how:
        case "raise":
            raise RuntimeError("secret detail")
        case "exit":
            raise SystemExit(3)
        case "interrupt":
            raise KeyboardInterrupt
        case "hang":
            time.sleep(8)
        case "spin":
            end = time.monotonic() + 1.5
            while time.monotonic() < end:
                pass
        case "recurse":
            return misbehave(how, case, action)
        case "number":
            return 0.5
        case "boolean":
            return True
        case "text":
            return "1"
        case "nothing":
            return None
        case "nan":
            return Score(float("nan"), "lost")
        case "too much":
            return Score(2, "generous")
        case "negative":
            return Score(-1, "mean")
        case "change the gold":
            object.__setattr__(case.gold, "queue", "spoilt")
        case "change the action":
            object.__setattr__(action, "summary", "It was never said like that.")
        case "change deep inside":
            object.__setattr__(case.gold.labels, "queue", "spoilt")
            object.__setattr__(case.ticket, "body", "spoilt")
        case "print":
            for _ in range(100):
                print("x" * 100_000)  # noqa: T201 - the misbehaviour
        case "print quietly":
            with suppress(Exception):
                sys.stdout.write("x" * 10_000_000)
        case "end the process":
            os._exit(7)
    return Score(1, "fine")


@hookimpl
def register_scorers() -> list[type[Any]]:
    """Offer both."""
    return [Rogue, AsyncRogue]
