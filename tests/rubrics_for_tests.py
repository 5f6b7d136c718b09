"""Stand-ins for OpenEnv rubrics: the same methods, without openenv."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any, ClassVar


class Node:
    """What openenv's `Rubric` offers, as far as the bridge uses it."""

    def __init__(self, **children: "Node") -> None:
        self.last_score: Any = None
        self._children = children

    def __call__(self, action: Any, observation: Any) -> Any:
        """Keep the score, as openenv does."""
        self.last_score = self.forward(action, observation)
        return self.last_score

    def forward(self, action: Any, observation: Any) -> Any:
        """Right queue or not, told by the ticket that was observed."""
        return 1.0 if action.queue in observation.allowed_queues else 0.0

    def rubrics(self) -> Iterator["Node"]:
        """Everything below."""
        for child in self._children.values():
            yield child
            yield from child.rubrics()

    def named_rubrics(self, prefix: str = "") -> Iterator[tuple[str, "Node"]]:
        """Everything below with its dotted name."""
        for name, child in self._children.items():
            path = f"{prefix}.{name}" if prefix else name
            yield path, child
            yield from child.named_rubrics(path)

    def reset(self) -> None:
        """Openenv's reaches no children, so neither does this one."""


class Returning(Node):
    """Returns what it was told to."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value

    def forward(self, action: Any, observation: Any) -> Any:
        """Whatever it is."""
        return self.value


class Counting(Node):
    """Pays less with every call, unless it is reset: it remembers too much."""

    made: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        type(self).made += 1
        self.calls = 0

    def forward(self, action: Any, observation: Any) -> float:
        """1, then 1/2, then 1/4."""
        self.calls += 1
        return 0.5 ** (self.calls - 1)

    def reset(self) -> None:
        """Forget."""
        self.calls = 0


class Both(Node):
    """Calls the first of its two children, and the second if that pays."""

    def __init__(self) -> None:
        super().__init__(first=Counting(), second=Returning(0.25))

    def forward(self, action: Any, observation: Any) -> Any:
        """A short circuit, as openenv's `Sequential` has."""
        first, second = self._children.values()
        if action.queue != "billing":
            return 0.0
        return first(action, observation) * second(action, observation)


class Awaiting(Node):
    """Async, as a judge is."""

    def __call__(self, action: Any, observation: Any) -> Any:
        """A coroutine."""
        return self._later(action, observation)

    async def _later(self, action: Any, observation: Any) -> float:
        await asyncio.sleep(0)
        self.last_score = action.confidence
        return float(action.confidence)


class Exclusive(Node):
    """Fails when two calls meet in one instance."""

    def __init__(self) -> None:
        super().__init__()
        self._busy = threading.Lock()

    def __call__(self, action: Any, observation: Any) -> Any:
        """A coroutine that takes a moment."""
        return self._alone()

    async def _alone(self) -> float:
        if not self._busy.acquire(blocking=False):
            raise RuntimeError("two calls in one rubric")
        await asyncio.sleep(0.001)
        self._busy.release()
        return 1.0


class Raising(Node):
    """Cannot."""

    def forward(self, action: Any, observation: Any) -> Any:
        """Say so."""
        raise RuntimeError("no idea")


class Trajectory(Node):
    """Pays when the episode is over, like openenv's `TrajectoryRubric`."""

    def forward(self, action: Any, observation: Any) -> float:
        """0 until then."""
        return 0.75 if observation.done and observation.reward is None else 0.0


class Knowing(Node):
    """Compares with the gold, where it is given."""

    def forward(self, action: Any, observation: Any) -> Any:
        """None without it."""
        gold = observation.metadata.get("gold")
        return gold and float(gold["queue"] == action.queue)


LAST: list[Any] = []
"""The rubric that `recorded` made last."""


def recorded() -> Node:
    """One that tests can look at afterwards."""
    LAST[:] = [Both()]
    return LAST[0]  # type: ignore[no-any-return]  # just put there


def plain_function() -> Any:
    """A rubric need not be an object."""
    return lambda action, observation: 0.5


def broken() -> Node:
    """A factory that fails."""
    raise OSError("no model there")


def a_number() -> float:
    """A factory that makes no rubric."""
    return 0.5


nan = Returning(float("nan"))
ODD: dict[str, Any] = {
    "none": None,
    "nan": float("nan"),
    "infinity": float("inf"),
    "negative": -0.01,
    "too_much": 1.0000001,
    "text": "0.5",
    "true": True,
    "list": [1.0],
    "huge": 10**400,
}
"""What a rubric may return that is no number in [0, 1]."""


def __getattr__(name: str) -> Any:
    """`odd_nan` and so on: factories of rubrics that return those."""
    if name.removeprefix("odd_") in ODD:
        return lambda: Returning(ODD[name.removeprefix("odd_")])
    raise AttributeError(name)
