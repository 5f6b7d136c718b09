"""Rubrics made of openenv's own parts, as somebody else would write them."""

from typing import Any

from openenv.core.rubrics import (
    ExponentialDiscountingTrajectoryRubric,
    Gate,
    LLMJudge,
    Rubric,
    Sequential,
    WeightedSum,
)


class RightQueue(Rubric):
    """Whether the queue is one that the ticket may go to."""

    def forward(self, action: Any, observation: Any) -> float:
        """1 or 0."""
        return float(action.queue in observation.allowed_queues)


class Confident(Rubric):
    """The action's confidence."""

    def forward(self, action: Any, observation: Any) -> float:
        """As it is."""
        return float(action.confidence)


class ConfidentLater(Rubric):
    """The same, async."""

    async def forward(self, action: Any, observation: Any) -> float:
        """As it is."""
        return float(action.confidence)


class NotANumber(Rubric):
    """Divides nothing by nothing."""

    def forward(self, action: Any, observation: Any) -> float:
        """NaN, which openenv's containers let through."""
        return float("nan")


PROMPTS: list[str] = []
"""What `FakeClient` was asked."""


class FakeClient:
    """A model that always says the same."""

    def __init__(self, says: str) -> None:
        self.says = says

    async def complete(self, prompt: str, **_: Any) -> str:
        """Its one sentence."""
        PROMPTS.append(prompt)
        return self.says


class WinLoss(ExponentialDiscountingTrajectoryRubric):
    """Counts the steps of the trajectory; more than one would be a mistake."""

    def score_trajectory(self, trajectory: Any) -> float:
        """1 over the number of steps."""
        return 1.0 / len(trajectory)


def weighted() -> Rubric:
    """A weighted sum."""
    return WeightedSum([RightQueue(), Confident()], [0.75, 0.25])


def weighted_later() -> Rubric:
    """A weighted sum with an async child."""
    return WeightedSum([RightQueue(), ConfidentLater()], [0.75, 0.25])


def gated() -> Rubric:
    """Nothing below a confidence of 0.5."""
    return Gate(Confident(), threshold=0.5)


def sequential() -> Rubric:
    """The confidence, if the queue is right."""
    return Sequential(RightQueue(), Confident())


def sequential_later() -> Rubric:
    """The same with an async end."""
    return Sequential(RightQueue(), ConfidentLater())


def trajectory() -> Rubric:
    """A rubric of trajectories, hidden inside another one from `reset`."""
    return WeightedSum([WinLoss()], [1.0])


def judge() -> Rubric:
    """A judge that finds a number in what the model says."""
    return LLMJudge("Rate {action} for {observation}.", FakeClient("I'd say 0.625."))


def nan_sum() -> Rubric:
    """NaN in a sum."""
    return WeightedSum([NotANumber(), Confident()], [0.5, 0.5])


def nan_gate() -> Rubric:
    """NaN through a gate."""
    return Gate(NotANumber())


def generous() -> Rubric:
    """Weights that openenv takes, and a sum above 1."""
    return WeightedSum([RightQueue(), NoCredit()], [2.0, -1.0])


class NoCredit(Rubric):
    """Nothing."""

    def forward(self, action: Any, observation: Any) -> float:
        """0."""
        return 0.0
